"""Other ways to sign a file, each behind the same two functions: `sign` gives a signature's bytes, `verify` says whose.

The statement that every release carries is `sign`'s business; these stand beside it for those who check files as they
always have. GPG: releases of branches whose first release manager began before PEP 761 (CPython up to 3.13). Sigstore:
an identity in place of a key; signing needs the network, checking does not. Both refuse whom they were not told of.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import gnupg

from core.versions import Version, branch_key
from release.sign import SignatureError

UID = re.compile(r"\s*(?P<name>[^(<]*?)\s*(?:\(.*\)\s*)?(?:<[^>]*>)?\s*")  # Name (comment) <address>


class Backend(Protocol):
    """`suffix` is added to a file's name for its signature."""

    suffix: str

    def sign(self, data: bytes) -> bytes:
        """A signature over `data`. Raises SignatureError."""

    def verify(self, data: bytes, signature: bytes) -> str:
        """Who signed: a fingerprint or an identity that is allowed. Raises SignatureError for everybody else."""


class Gpg:
    """Detached signatures by the keys of a GPG home: those of `allowed` fingerprints count, the first signs."""

    suffix = ".asc"

    def __init__(self, home: Path, allowed: Sequence[str]) -> None:
        self._allowed = tuple(allowed)
        self._gpg = _gpg(home)

    def sign(self, data: bytes) -> bytes:
        if not self._allowed:
            raise SignatureError("GPG was told of no key to sign with")
        made = self._gpg.sign(data, keyid=self._allowed[0], detach=True, clearsign=False)
        if not made.data:
            raise SignatureError(
                f"GPG made no signature with {self._allowed[0]}: {made.status or 'no such secret key'}"
            )
        return bytes(made.data)

    def verify(self, data: bytes, signature: bytes) -> str:
        with tempfile.NamedTemporaryFile(suffix=self.suffix) as file:
            file.write(signature)
            file.flush()
            found = self._gpg.verify_data(file.name, data)
        who = str(found.pubkey_fingerprint or found.fingerprint or found.key_id or "nobody")
        if not found.valid:
            raise SignatureError(f"GPG: {found.status or 'no signature'} (it names {who})")
        if who not in self._allowed:
            raise SignatureError(f"GPG: {who} may not sign this; allowed: {', '.join(self._allowed) or 'nobody'}")
        return who

    def public(self) -> bytes:
        """The public halves of the allowed keys, armoured, to lie beside what they signed."""
        return str(self._gpg.export_keys(list(self._allowed))).encode()


class Sigstore:
    """Bundles by an identity (a mail address) that `issuer` (the address of an OpenID provider) vouches for."""

    suffix = ".sigstore.json"

    def __init__(self, identity: str, issuer: str, token: str = "") -> None:
        self.identity, self.issuer, self._token = identity, issuer, token

    def sign(self, data: bytes) -> bytes:
        """Asks Fulcio and Rekor over the network, with a token of the identity."""
        if not self._token:
            raise SignatureError(f"sigstore needs an identity token of {self.identity} from {self.issuer}")
        _sigstore()
        from sigstore.models import ClientTrustConfig
        from sigstore.oidc import IdentityToken
        from sigstore.sign import SigningContext

        try:
            context = SigningContext.from_trust_config(ClientTrustConfig.production())
            with context.signer(IdentityToken(self._token)) as signer:
                return str(signer.sign_artifact(data).to_json()).encode()
        except Exception as error:  # its network, token and trust errors have no common base
            raise SignatureError(f"sigstore made no signature: {error}") from None

    def verify(self, data: bytes, signature: bytes) -> str:
        """Offline, with the trusted roots that the library brings."""
        _sigstore()
        from sigstore.models import Bundle
        from sigstore.verify import Verifier
        from sigstore.verify.policy import Identity

        try:
            bundle = Bundle.from_json(signature)
            Verifier.production(offline=True).verify_artifact(
                data, bundle, Identity(identity=self.identity, issuer=self.issuer)
            )
        except Exception as error:  # a bundle can be broken in as many ways as it has parts
            raise SignatureError(f"sigstore: {error}") from None
        return self.identity


def _sigstore() -> Any:
    """The optional library. Raises SignatureError with the way to install it."""
    try:
        import sigstore
    except ImportError:
        raise SignatureError("sigstore is not installed: pip install 'camelot[sigstore]'") from None
    return sigstore


def wants_gpg(version: Version, until: str) -> bool:
    """Is it of a branch that is signed with GPG too? `until` is the last such branch; empty: there is none."""
    return bool(until) and branch_key(version.branch) <= branch_key(until)


def fingerprints(home: Path, name: str) -> list[str]:
    """The secret keys of a GPG home whose owner is called `name`, as the registry writes it."""
    found = _gpg(home).list_keys(secret=True)
    return [str(key["fingerprint"]) for key in found if any(_is(uid, name) for uid in key["uids"])]


def _is(uid: str, name: str) -> bool:
    parts = UID.fullmatch(uid)
    return parts is not None and parts["name"].casefold() == name.casefold()


@contextmanager
def borrowed(public: bytes) -> Iterator[Gpg]:
    """A throw-away home that knows these public keys and nothing else. Raises SignatureError where they are none."""
    with throwaway() as home:
        imported = _gpg(home).import_keys(public)
        if not imported.fingerprints:
            raise SignatureError("GPG finds no public key there")
        yield Gpg(home, imported.fingerprints)


@contextmanager
def throwaway() -> Iterator[Path]:
    """A GPG home that ends with us, its agent included. Short, for a socket's address holds 107 characters."""
    with tempfile.TemporaryDirectory(prefix="gpg-") as folder:
        home = Path(folder)
        home.chmod(0o700)
        try:
            yield home
        finally:
            subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], check=False, capture_output=True)


def _gpg(home: Path) -> Any:
    try:
        return gnupg.GPG(gnupghome=str(home), options=["--batch"])
    except (OSError, ValueError) as error:
        raise SignatureError(
            f"GPG cannot be used in {home}: {error}: is gnupg installed, and is the folder there?"
        ) from None
