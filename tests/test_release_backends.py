"""GPG and sigstore, behind the same two functions: who is allowed is believed, everybody and everything else refused.

GPG is the machine's own, each test with a throw-away home. Sigstore signs over the network, so that only its refusals
can be tried here; where the optional library is installed, its own are tried too.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gnupg
import pytest

from core.versions import Version
from release import backends, cut, verify
from release.backends import Gpg, Sigstore
from release.judging import Blockers
from release.sign import SignatureError
from tests import release_house
from tests.release_house import TODAY, VERSION

ME = "release-manager"
with_gpg = pytest.mark.skipif(not shutil.which("gpg"), reason="NOT TRIED WITH GPG: apt-get install gnupg")


def make_key(home: Path, name: str) -> str:
    """A key without a passphrase; its fingerprint."""
    gpg = gnupg.GPG(gnupghome=str(home), options=["--batch"])
    address = f"{name.replace(' ', '.')}@users.noreply.invalid"
    wanted = gpg.gen_key_input(
        key_type="EDDSA", key_curve="ed25519", name_real=name, name_email=address, no_protection=True
    )
    made = gpg.gen_key(wanted)
    assert made.fingerprint, made.stderr
    return str(made.fingerprint)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with backends.throwaway() as folder:
        make_key(folder, ME)
        make_key(folder, "mallory m")
        yield folder


@with_gpg
@pytest.mark.row("RL-19")
def test_gpg_signs_and_believes_the_allowed_key_alone(home: Path) -> None:
    (mine,) = backends.fingerprints(home, "Release-Manager")
    (other,) = backends.fingerprints(home, "mallory m")
    assert backends.fingerprints(home, "mallory") == []
    data, gpg = b"a tarball", Gpg(home, [mine])
    made = gpg.sign(data)
    assert made.startswith(b"-----BEGIN PGP SIGNATURE-----")
    assert gpg.verify(data, made) == mine
    with pytest.raises(SignatureError, match=f"{other} may not sign this; allowed: {mine}"):
        gpg.verify(data, Gpg(home, [other]).sign(data))
    for wrong, signature in (
        (b"another tarball", made),
        (data, b""),
        (data, b"nonsense"),
        (data, made[: len(made) // 2]),
    ):
        with pytest.raises(SignatureError, match="^GPG: "):
            gpg.verify(wrong, signature)
    with backends.borrowed(gpg.public()) as elsewhere:
        assert elsewhere.verify(data, made) == mine
        with pytest.raises(SignatureError, match="made no signature"):
            elsewhere.sign(data)
    with pytest.raises(SignatureError, match="no public key"), backends.borrowed(b"nothing"):
        pass
    with pytest.raises(SignatureError, match="told of no key"):
        Gpg(home, []).sign(data)


@pytest.mark.row("RL-19")
@pytest.mark.parametrize(
    ("version", "until", "wanted"),
    [("3.13.9", "3.13", True), ("3.9.25", "3.13", True), ("3.14.0", "3.13", False), ("1.3.0a2", "", False)],
)
def test_gpg_is_for_the_branches_before_pep_761(version: str, until: str, wanted: bool) -> None:
    assert backends.wants_gpg(Version.parse(version), until) is wanted


@with_gpg
@pytest.mark.row("RL-19")
def test_a_release_of_an_old_branch_carries_gpg_signatures_that_are_checked(home: Path, tmp_path: Path) -> None:
    house = release_house.build(tmp_path)
    old = house.settings.release.model_copy(update={"gpg_until": "1.3", "gpg_home": home})
    given = house.settings.model_copy(update={"release": old})
    ended = cut.cut(given, house.engine, VERSION, ME, today=TODAY)
    house.engine.dispose()
    assert ended.state == "done", ended.error
    assert ended.folder is not None
    names = {path.name for path in ended.folder.iterdir()}
    assert {"Rabbit-1.3.0a2.tgz.asc", "Rabbit-1.3.0a2.tar.xz.asc", "gpg-keys.asc"} <= names
    assert verify.verify(ended.folder) == []
    with backends.borrowed((ended.folder / "gpg-keys.asc").read_bytes()) as gpg:
        tarball = ended.folder / "Rabbit-1.3.0a2.tgz"
        assert [gpg.verify(tarball.read_bytes(), tarball.with_name(f"{tarball.name}.asc").read_bytes())] == (
            backends.fingerprints(home, ME)
        )
    for name in ("Rabbit-1.3.0a2.tgz.asc", "gpg-keys.asc"):
        whole = (ended.folder / name).read_bytes()
        (ended.folder / name).write_bytes(whole[:80] + bytes([whole[80] ^ 1]) + whole[81:])
        assert name in {problem.file for problem in verify.verify(ended.folder)}
        (ended.folder / name).write_bytes(whole)


@pytest.mark.row("RL-19")
def test_a_real_release_of_an_old_branch_is_not_published_without_gpg(tmp_path: Path) -> None:
    house = release_house.build(tmp_path)
    for home, said in ((None, "set release.gpg_home"), (tmp_path / "empty", "has no secret key of release-manager")):
        if home:
            home.mkdir(mode=0o700)
        old = house.settings.release.model_copy(update={"gpg_until": "1.3", "gpg_home": home})
        given = house.settings.model_copy(update={"release": old})
        asked: dict[str, Any] = {"today": TODAY, "tracker": lambda _: Blockers((), complete=True), "yes": "a test"}
        ended = cut.cut(given, house.engine, VERSION, ME, rehearse=home is not None, **asked)
        assert (ended.state, said in ended.error) == ("failed", True), ended.error
        assert ended.error.startswith("gates: "), "before anything was pushed"
        assert not house.settings.downloads.exists()
    house.engine.dispose()


def test_sigstore_says_what_it_lacks_and_refuses_what_is_no_bundle() -> None:
    someone = Sigstore("release-manager@users.noreply.invalid", "https://issuer.invalid")
    with pytest.raises(
        SignatureError, match=r"needs an identity token of release-manager@\S+ from https://issuer.invalid"
    ):
        someone.sign(b"data")
    installed = importlib.util.find_spec("sigstore") is not None
    wanted = "^sigstore: " if installed else r"pip install 'camelot\[sigstore\]'"
    for bundle in (b"", b"{}", b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}'):
        with pytest.raises(SignatureError, match=wanted):
            someone.verify(b"data", bundle)
    with pytest.raises(SignatureError, match="made no signature" if installed else wanted):
        Sigstore(someone.identity, someone.issuer, "no.real.token").sign(b"data")
