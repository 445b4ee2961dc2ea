"""Tarballs come out the same everywhere; the SBOM lists what is in them; a changed byte is found and its file named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from core import settings
from core.versions import Version
from release import artifacts, cut, keys, repo, sbom, sign, verify
from tests import release_house as house_of
from tests.release_house import TODAY, VERSION, House

WORLDS = [  # umask, time zone, locale, hash seed
    (0o000, "UTC", "C.UTF-8", "0"),
    (0o077, "Asia/Seoul", "C", "1"),
    (0o027, "America/St_Johns", "POSIX", "4294967295"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = house_of.build(tmp_path_factory.mktemp("house"))
    result = cut.cut(made.settings, made.engine, VERSION, "release-manager", today=TODAY)
    assert result.state == "done", result.error
    return made


@pytest.fixture
def published(house: House, tmp_path: Path) -> Path:
    return Path(shutil.copytree(house.settings.downloads / VERSION, tmp_path / VERSION))


@pytest.mark.row("RL-17")
def test_tarballs_are_the_same_under_another_umask_time_zone_locale_and_hash_seed(house: House, tmp_path: Path) -> None:
    target = house.settings.data / "rehearsal" / "1.3" / "upstream.git"
    commit = repo.git(target, "rev-parse", "v1.3.0a2^{commit}")
    words = [sys.executable, "-m", "release.artifacts", str(target), commit, VERSION, "Rabbit", "Misc/NEWS.d"]
    sums = set()
    for number, (umask, zone, locale, seed) in enumerate(WORLDS):
        env = {**house_of.environment(), "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed}
        folder = tmp_path / str(number)
        done = subprocess.run([*words, str(folder)], env=env, umask=umask, capture_output=True, text=True, check=True)
        sums.add(done.stdout)
    assert len(sums) == 1
    lines = (house.settings.downloads / VERSION / "SHA256SUMS").read_text().splitlines()
    assert set(sums.pop().splitlines()) <= set(lines)


def test_a_member_bears_the_commits_time_and_nobodys_name(published: Path, house: House) -> None:
    target = house.settings.data / "rehearsal" / "1.3" / "upstream.git"
    moment = repo.commit_time(target, "v1.3.0a2")
    with tarfile.open(published / "Rabbit-1.3.0a2.tgz") as tar:
        members = tar.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(moment, 0, 0, "", "")}
    assert {m.mode for m in members if m.isfile()} == {0o644, 0o755}
    assert [m.name for m in members if m.mode == 0o755 and m.isfile()] == ["Rabbit-1.3.0a2/configure"]
    names = [m.name for m in members if m.isfile()]
    assert names == sorted(names)


def test_a_tarball_leaves_out_git_and_the_loose_news_but_names_its_commit(published: Path) -> None:
    with tarfile.open(published / "Rabbit-1.3.0a2.tar.xz") as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
        info = tar.extractfile("Rabbit-1.3.0a2/.gitinfo")
        assert info is not None
        commit, branch = info.read().decode().splitlines()
    assert not {name for name in names if name.startswith((".gitignore", "Misc/NEWS.d"))}
    assert {"Misc/NEWS", "configure", "rabbit.c"} <= names
    assert len(commit) == len("commit=") + 40
    assert branch == "branch=tags/v1.3.0a2"


def test_links_stay_links(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    repo.git(work, "init", "--quiet", "--initial-branch=main", ".")
    (work / "there").write_text("text\n")
    (work / "here").symlink_to("there")
    repo.git(work, "add", "--all")
    person = ("-c", "user.name=ada", "-c", "user.email=ada@users.noreply.invalid")
    repo.git(work, *person, "commit", "--quiet", "--message", "Begin")
    rules = settings.load({}, "rabbit").news
    recipe = artifacts.Recipe(work, repo.git(work, "rev-parse", "HEAD"), Version.parse("1.0.0"), "Rabbit", rules)
    made = artifacts.make(recipe, tmp_path / "out")
    with tarfile.open(made[0]) as tar:
        assert tar.getmember("Rabbit-1.0.0/here").linkname == "there"


def test_the_sbom_is_valid_spdx_and_lists_each_file_with_its_true_sums(published: Path) -> None:
    document = parse_file(str(published / "Rabbit-1.3.0a2.tgz.spdx.json"))
    assert validate_full_spdx_document(document) == []
    tree = json.loads((published / "Rabbit-1.3.0a2.tgz.spdx.json").read_text())
    with tarfile.open(published / "Rabbit-1.3.0a2.tgz") as tar:
        inside = {m.name.partition("/")[2]: tar.extractfile(m) for m in tar.getmembers() if m.isfile()}
        data = {name: stream.read() for name, stream in inside.items() if stream}
    listed = {entry["fileName"]: [row["checksumValue"] for row in entry["checksums"]] for entry in tree["files"]}
    sums = {f"./{n}": [hashlib.sha1(d).hexdigest(), hashlib.sha256(d).hexdigest()] for n, d in data.items()}  # noqa: S324
    assert listed == sums
    together = "".join(sorted(first for first, _ in sums.values()))
    code = tree["packages"][0]["packageVerificationCode"]["packageVerificationCodeValue"]
    assert code == hashlib.sha1(together.encode()).hexdigest()  # noqa: S324
    assert tree["creationInfo"]["created"] == "2026-11-20T00:00:00Z", "the commit's time, not the clock's"


def test_the_private_key_is_readable_for_its_owner_alone(house: House) -> None:
    private = list((house.settings.data / "keys").glob("*.pem"))
    assert {path.name == "log.pem" for path in private} == {True, False}, "the log's, and the release manager's"
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert {b"PRIVATE" in path.read_bytes() for path in private} == {True}
    published = [path for path in house.settings.downloads.rglob("*") if path.is_file()]
    assert published
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in published)


NAMES = [
    "Rabbit-1.3.0a2.dsse.json",
    "Rabbit-1.3.0a2.tar.xz",
    "Rabbit-1.3.0a2.tar.xz.spdx.json",
    "Rabbit-1.3.0a2.tgz",
    "Rabbit-1.3.0a2.tgz.spdx.json",
    "Rabbit-1.3.0a2.tlog-proof",
    "SHA256SUMS",
    "log-key.txt",
    "signing-key.json",
]


def test_a_release_is_these_files(published: Path) -> None:
    assert sorted(path.name for path in published.iterdir()) == NAMES


@pytest.mark.row("RL-18", "RL-19")
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_byte_is_found_and_its_file_named(published: Path, name: str) -> None:
    path = published / name
    whole = path.read_bytes()
    for place in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        problems = verify.verify(published)
        assert name in {problem.file for problem in problems}, (place, problems)
    path.write_bytes(whole)
    assert verify.verify(published) == []


def test_a_missing_file_and_one_too_many_are_named(published: Path) -> None:
    (published / "SHA256SUMS").unlink()
    (published / "extra.txt").write_text("unsigned")
    found = {problem.file: problem.text for problem in verify.verify(published)}
    assert "missing" in found["SHA256SUMS"]
    assert "nobody signed" in found["extra.txt"]


def test_a_key_that_nobody_trusts_is_refused(house: House, published: Path, tmp_path: Path) -> None:
    allowed = sign.keys_for(house.settings, "1.3")
    assert len(allowed) == 1
    assert verify.verify(published, allowed) == []
    elsewhere = settings.load({}, "rabbit", {"data": str(tmp_path / "elsewhere")})
    stranger = keys.signing_key(elsewhere, "release-manager", TODAY)
    assert "no allowed key" in str(verify.verify(published, [stranger.public_key])[0])


def test_a_folder_without_a_signature_is_a_problem_not_an_error(tmp_path: Path) -> None:
    assert "0 signatures" in str(verify.verify(tmp_path)[0])
    assert "no such folder" in str(verify.verify(tmp_path / "nowhere")[0])


def test_signing_the_same_claim_twice_gives_the_same_bytes(house: House) -> None:
    claim = sign.statement({"a.tgz": "00"}, VERSION, "c0ffee", "https://forge.invalid/rabbit")
    key = keys.signing_key(house.settings, "release-manager", TODAY)
    assert sign.sign(claim, key) == sign.sign(claim, keys.signing_key(house.settings, "release-manager", TODAY))
    assert sign.opened(sign.sign(claim, key), [key.public_key]) == claim


def test_the_inventory_of_one_tarball_is_the_same_each_time(published: Path) -> None:
    path = published / "Rabbit-1.3.0a2.tgz"
    once = sbom.document(path, "Rabbit", VERSION, 1, "https://forge.invalid")
    assert sbom.text(once) == sbom.text(sbom.document(path, "Rabbit", VERSION, 1, "https://forge.invalid"))
    assert os.fspath(path.parent) not in sbom.text(once).decode()
