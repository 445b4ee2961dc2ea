"""Who holds which signing key, since when and until when: `keys/signers.json` in the data folder, the public halves.

A private key is a file of its own, made on this machine and readable for its owner alone. A person's first key is made
and written down at their first signature; after that a new one comes only by a rotation, and a key that was stolen is
revoked, never taken out: what it signed must stay explainable.
"""

from __future__ import annotations

import copy
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner, Key, SSlibKey

from core.settings import Settings
from release.sbom import text

RING = "signers.json"


class KeyringError(ValueError):
    """A key that is not there, or not as it has to be; one sentence with the remedy."""


@dataclass(frozen=True)
class Signer:
    """A person's key. It is theirs from `since` to the day before `until`; all days are ISO dates, empty for none."""

    name: str
    keyid: str
    public: Mapping[str, Any]
    since: str = ""
    until: str = ""
    revoked: str = ""
    reason: str = ""

    def key(self) -> Key:
        return Key.from_dict(self.keyid, copy.deepcopy(dict(self.public)))  # it changes what it is given

    def valid(self, day: date) -> bool:
        return not self.revoked and self.since <= day.isoformat() and (not self.until or day.isoformat() < self.until)


def ring(settings: Settings) -> list[Signer]:
    """Every key that was ever written down here, oldest first."""
    return parse(_ring_file(settings)) if _ring_file(settings).exists() else []


def parse(path: Path) -> list[Signer]:
    """The keys in a file that `signers.json` is a copy of. Raises KeyringError."""
    known = tuple(Signer.__dataclass_fields__)
    try:
        rows = json.loads(path.read_bytes())["signers"]
        return [Signer(**{name: row[name] for name in known if name in row}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyringError(f"{path} is no list of signers: {error}") from None


def document(signers: Sequence[Signer]) -> bytes:
    """The public halves as a file, for those who want to check signatures elsewhere."""
    return text({"signers": [asdict(signer) for signer in signers]})


def signing_key(settings: Settings, name: str, day: date) -> CryptoSigner:
    """The key that `name` signs with on that day; their very first is made and written down.

    Raises KeyringError where none is valid that day, or where its private half is on another machine.
    """
    with _alone(settings):
        signers = ring(settings)
        mine = [signer for signer in signers if signer.name == name]
        return _private(settings, _valid(mine, name, day)) if mine else _enrol(settings, signers, name, day)


def check(settings: Settings, name: str, day: date) -> None:
    """Could `name` sign on that day? Makes nothing. Raises KeyringError as `signing_key` does."""
    mine = [signer for signer in ring(settings) if signer.name == name]
    if mine:
        _private(settings, _valid(mine, name, day))


def _valid(mine: Sequence[Signer], name: str, day: date) -> Signer:
    valid = [signer for signer in mine if signer.valid(day)]
    if not valid:
        raise KeyringError(f"no key of {name} is valid on {day}: camelot release rotate-key {name!r} makes a new one")
    return valid[-1]


def house_key(settings: Settings) -> CryptoSigner:
    """The key of this installation, for what no person signs: the tag at a branch's end."""
    private = load_pem_private_key(private_file(settings, "house.pem").read_bytes(), password=None)
    return CryptoSigner(private, SSlibKey.from_crypto(private.public_key()))


def rotate(settings: Settings, name: str, day: date) -> Signer:
    """A new key for `name` from `day` on; the one before it ends there. What it signed before stays good."""
    with _alone(settings):
        signers = ring(settings)
        if any(signer.name == name and signer.since >= day.isoformat() for signer in signers):
            raise KeyringError(f"{name} has a key that begins on {day} or later: rotate on a later day")
        ended = [replace(one, until=day.isoformat()) if _open(one, name, day) else one for one in signers]
        made = _enrol(settings, ended, name, day)
        return next(signer for signer in ring(settings) if signer.keyid == made.public_key.keyid)


def revoke(settings: Settings, keyid: str, day: date, reason: str) -> Signer:
    """The key is not to be trusted for anything logged from `day` on. `keyid` may be its beginning.

    Raises KeyringError when it names none or several, or when the key is revoked already.
    """
    if not reason.strip():
        raise KeyringError("a key is revoked for a reason: say which")
    with _alone(settings):
        signers = ring(settings)
        found = [signer for signer in signers if keyid and signer.keyid.startswith(keyid)]
        if len(found) != 1:
            raise KeyringError(f"{keyid!r} names {len(found)} keys: write more of its id (camelot release signers)")
        if found[0].revoked:
            raise KeyringError(f"{found[0].keyid[:16]} was revoked on {found[0].revoked} already")
        dead = replace(found[0], revoked=day.isoformat(), reason=reason.strip())
        _write(settings, [dead if one.keyid == dead.keyid else one for one in signers])
        return dead


def public(signer: CryptoSigner) -> dict[str, Any]:
    """The public half, with its id, as it is published beside the files that it signed."""
    return {"keyid": signer.public_key.keyid, **signer.public_key.to_dict()}


def private_file(settings: Settings, name: str) -> Path:
    """The file of a private ed25519 key that is nobody's own (PEM); made on first use."""
    path = settings.data / "keys" / name
    with _alone(settings):
        if not path.exists():
            _secret(path, CryptoSigner.generate_ed25519().private_bytes)
    return path


def _enrol(settings: Settings, signers: Sequence[Signer], name: str, day: date) -> CryptoSigner:
    """The private half is on disk before the public one is believed."""
    made = CryptoSigner.generate_ed25519()
    key = made.public_key
    _secret(_private_file(settings, key.keyid), made.private_bytes)
    _write(settings, [*signers, Signer(name, key.keyid, key.to_dict(), since=day.isoformat())])
    return made


def _private(settings: Settings, signer: Signer) -> CryptoSigner:
    path = _private_file(settings, signer.keyid)
    if not path.exists():
        raise KeyringError(
            f"the private key {signer.keyid[:16]} of {signer.name} is not on this machine: "
            f"sign where it is, or bring {path.name} into the folder keys"
        )
    private = load_pem_private_key(path.read_bytes(), password=None)
    found = SSlibKey.from_crypto(private.public_key())
    if found.keyid != signer.keyid:
        raise KeyringError(f"{path.name} holds another key ({found.keyid[:16]}): bring back the one of {signer.name}")
    return CryptoSigner(private, found)


def _open(signer: Signer, name: str, day: date) -> bool:
    return signer.name == name and not signer.revoked and (not signer.until or signer.until > day.isoformat())


def _private_file(settings: Settings, keyid: str) -> Path:
    return settings.data / "keys" / f"{keyid[:16]}.pem"


def _ring_file(settings: Settings) -> Path:
    return settings.data / "keys" / RING


def _write(settings: Settings, signers: Sequence[Signer]) -> None:
    _secret(_ring_file(settings), document(signers))  # no secret, but nobody else's business to write


def _secret(path: Path, data: bytes) -> None:
    """Whole or not at all, and at no moment readable for others."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    folder = settings.data / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
