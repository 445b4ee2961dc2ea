"""Signing what is published: an in-toto statement with SLSA provenance in a DSSE envelope, by a local ed25519 key.

Whose key that is, `keys` knows; who may sign which version, `policy`; that it was signed, `log`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, Key

from core.settings import Settings
from core.versions import Version
from release import policy
from release.sbom import text

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PROVENANCE_TYPE = "https://slsa.dev/provenance/v1"
# Identifiers, not addresses to fetch: .invalid belongs to nobody.
BUILD_TYPE = "https://camelot.invalid/release/cut/v1"
BUILDER = "https://camelot.invalid/release"


class SignatureError(ValueError):
    """The envelope cannot be trusted; one sentence says why."""


def statement(
    subjects: Mapping[str, str], version: str, commit: str, source: str, mode: str = "rehearse"
) -> dict[str, Any]:
    """What is claimed: these files (name -> sha256) were made from this commit by a release cut.

    in-toto Statement v1 with SLSA provenance v1. There is neither a time nor a number in it, so that the same files of
    the same commit give the same statement: the log says when it was signed.
    """
    tag = f"refs/tags/v{version}"
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)],
        "predicateType": PROVENANCE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"version": version, "source": source, "ref": tag},
                "internalParameters": {"mode": mode},
                "resolvedDependencies": [{"uri": f"git+{source}@{tag}", "digest": {"gitCommit": commit}}],
            },
            "runDetails": {"builder": {"id": BUILDER}},
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
    signed_by(data)
    claim: dict[str, Any] = json.loads(envelope.payload)
    return claim


def peek(data: bytes) -> dict[str, Any]:
    """The claim inside, unverified: to name the file that differs. Raises SignatureError."""
    try:
        claim: dict[str, Any] = json.loads(Envelope.from_dict(json.loads(data)).payload)
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureError(f"not an envelope: {error}") from None
    return claim


def signed_by(data: bytes) -> str:
    """The id of the key that an envelope names, unverified. Raises SignatureError."""
    try:
        named = sorted(Envelope.from_dict(json.loads(data)).signatures)
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureError(f"not an envelope: {error}") from None
    if len(named) != 1:
        raise SignatureError(f"the envelope names {len(named)} signers: there must be exactly one")
    return str(named[0])


def keys_for(settings: Settings, branch: str) -> list[Key]:
    """The keys of those who may sign the releases of `branch`."""
    return policy.of(settings).trusted(Version.parse(f"{branch}.0"))
