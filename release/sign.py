"""Signing what is published: an in-toto statement with SLSA provenance in a DSSE envelope, by a local ed25519 key.

The private key is made on first use and never leaves `keys/` in the data folder. Who may sign what stands beside it in
`signers.json`: the key of a version's branch, and whose it is.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, Key, SSlibKey

from core.settings import Settings
from release.sbom import text

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PROVENANCE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://camelot.invalid/release/cut/v1"  # .invalid: an identifier, not an address to fetch


class SignatureError(ValueError):
    """The envelope cannot be trusted; one sentence says why."""


@dataclass(frozen=True)
class Signer:
    """Somebody who may sign the releases of a branch. `public` is the key as securesystemslib writes it."""

    branch: str
    name: str
    keyid: str
    public: Mapping[str, Any]

    def key(self) -> Key:
        return Key.from_dict(self.keyid, copy.deepcopy(dict(self.public)))


def statement(subjects: Mapping[str, str], version: str, commit: str, source: str) -> dict[str, Any]:
    """What is claimed: these files (name -> sha256) were made from this commit by a release cut."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)],
        "predicateType": PROVENANCE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"version": version, "source": source},
                "resolvedDependencies": [
                    {"uri": f"git+{source}@refs/tags/v{version}", "digest": {"gitCommit": commit}}
                ],
            },
            "runDetails": {"builder": {"id": BUILD_TYPE}},
        },
    }


def sign(claim: Mapping[str, Any], signer: CryptoSigner) -> bytes:
    """The envelope's bytes. ed25519 is deterministic: the same claim and key give the same bytes."""
    envelope = Envelope(text(claim), PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return text(envelope.to_dict())


def opened(data: bytes, keys: Sequence[Key]) -> dict[str, Any]:
    """The claim inside, once a key of `keys` has signed it. Raises SignatureError."""
    try:
        tree = json.loads(data)
        envelope = Envelope.from_dict(copy.deepcopy(tree))  # it changes what it is given
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureError(f"not an envelope: {error}") from None
    if text(tree) != data or text(envelope.to_dict()) != data:
        raise SignatureError("the envelope is not written as the signer wrote it: a byte of it was changed")
    if envelope.payload_type != PAYLOAD_TYPE:
        raise SignatureError(f"the envelope holds {envelope.payload_type!r}, not a statement")
    try:
        envelope.verify(list(keys), threshold=1)
    except (VerificationError, ValueError):
        signers = ", ".join(sorted(envelope.signatures)) or "nobody"
        raise SignatureError(f"no allowed key made this signature (it names {signers})") from None
    claim: dict[str, Any] = json.loads(envelope.payload)
    return claim


def peek(data: bytes) -> dict[str, Any]:
    """The claim inside, unverified: to name the file that differs. Raises SignatureError."""
    try:
        claim: dict[str, Any] = json.loads(Envelope.from_dict(json.loads(data)).payload)
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureError(f"not an envelope: {error}") from None
    return claim


def own_key(settings: Settings) -> CryptoSigner:
    """The key of this installation; made on first use, readable for its owner alone."""
    path = settings.data / "keys" / "release.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(".release.pem.partial")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        partial.write_bytes(CryptoSigner.generate_ed25519().private_bytes)
        partial.replace(path)
    return _load(path)


def _load(path: Path) -> CryptoSigner:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(path.read_bytes(), password=None)
    return CryptoSigner(private, SSlibKey.from_crypto(private.public_key()))


def public(signer: CryptoSigner) -> dict[str, Any]:
    """The public half, with its id, as it is exported."""
    return {"keyid": signer.public_key.keyid, **signer.public_key.to_dict()}


def allow(settings: Settings, branch: str, name: str, signer: CryptoSigner) -> None:
    """Remember that this key may sign `branch`; saying it again changes nothing."""
    known = {(row.branch, row.keyid): row for row in signers(settings)}
    key = signer.public_key
    known.setdefault((branch, key.keyid), Signer(branch, name, key.keyid, key.to_dict()))
    rows = [vars(known[place]) for place in sorted(known)]
    path = _signers_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(".signers.json.partial")
    partial.write_bytes(text({"signers": rows}))
    partial.replace(path)


def signers(settings: Settings) -> list[Signer]:
    """Everybody who may sign something."""
    path = _signers_file(settings)
    if not path.exists():
        return []
    return [Signer(**row) for row in json.loads(path.read_text(encoding="utf-8"))["signers"]]


def keys_for(settings: Settings, branch: str) -> list[Key]:
    """The keys that may sign a release of `branch`."""
    return [signer.key() for signer in signers(settings) if signer.branch == branch]


def _signers_file(settings: Settings) -> Path:
    return settings.data / "keys" / "signers.json"
