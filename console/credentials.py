"""The secrets of an all-in-one house: made once, kept in files that only their owner can read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048  # as GitHub's own App keys


@dataclass(frozen=True)
class Credentials:
    """What the processes of the house prove themselves with. `tokens` are personal access tokens by login."""

    app_key: Path
    app_public_key: str
    webhook_secret: str
    worker_password: str
    admin_token: str
    tokens: dict[str, str]
    client_secret: str = ""  # of the App, with which people log in at the farm


def load_or_make(folder: Path, logins: Sequence[str], entropy: Callable[[int], str] = secrets.token_hex) -> Credentials:
    """The credentials in `folder`, those that are missing made first. `entropy(n)` is n random bytes in hex."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = folder / "app.pem"
    if not key.exists():
        _write(key, _new_key())
    tokens = _tokens(folder / "tokens.json", logins, entropy)
    return Credentials(
        app_key=key,
        app_public_key=_public(key),
        webhook_secret=_text(folder / "webhook-secret", entropy),
        worker_password=_text(folder / "worker-password", entropy),
        admin_token=_text(folder / "admin-token", entropy),
        tokens=tokens,
        client_secret=_text(folder / "client-secret", entropy),
    )


def _text(path: Path, entropy: Callable[[int], str]) -> str:
    if not path.exists():
        _write(path, entropy(24).encode())
    return path.read_text(encoding="ascii")


def _tokens(path: Path, logins: Sequence[str], entropy: Callable[[int], str]) -> dict[str, str]:
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [login for login in logins if login not in known]
    if missing:
        known |= {login: f"ghp_{entropy(18)}" for login in missing}
        _write(path, json.dumps(known, indent=2).encode())
    return known


def _new_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _public(path: Path) -> str:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public.decode("ascii")


def _write(path: Path, content: bytes) -> None:
    """Never readable by others, not even for a moment; whole, or not there."""
    spare = path.with_name(f"{path.name}.new")
    spare.unlink(missing_ok=True)
    with os.fdopen(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    spare.replace(path)
