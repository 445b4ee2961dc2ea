"""Signed notes and checkpoints, as C2SP's signed-note and tlog-checkpoint describe them: text that a person can read.

A key is written `name+id+base64`, and a checkpoint is three lines: whose log, how many entries, the tree's root.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"  # the type of a key and its signatures
DASH = "—"


class NoteError(ValueError):
    """A note, key or checkpoint that cannot be trusted or read; one sentence says why."""


@dataclass(frozen=True)
class NoteKey:
    """Who signs notes: a name without spaces or `+`, and 32 bytes of a public ed25519 key."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """The key that `text` is. Raises NoteError."""
        name, _, rest = text.strip().partition("+")
        _, _, data = rest.partition("+")
        raw = decoded(data)
        found = cls(name, raw[1:])
        if raw[:1] != ED25519 or len(found.public) != 32 or text != f"{found}\n":
            raise NoteError(f"{text.strip()[:100]!r} is no key of a log: it is written name+id+key, on a line")
        return found


@dataclass(frozen=True)
class Checkpoint:
    """A tree's head: how many entries its log had, and the root of their tree."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Raises NoteError."""
        lines = text.splitlines()
        if len(lines) != 3 or not lines[1].isascii() or not lines[1].isdecimal():
            raise NoteError("a checkpoint is three lines: origin, size and root")
        found = cls(lines[0], int(lines[1]), decoded(lines[2]))
        if str(found) != text:
            raise NoteError("the checkpoint is not written as its log writes it")
        return found


def sign(text: str, name: str, private: Ed25519PrivateKey) -> str:
    """`text` (it ends with a newline) and its signature by `name`."""
    key = NoteKey(name, private.public_key().public_bytes_raw())
    return f"{text}\n{DASH} {name} {encoded(key.id + private.sign(text.encode()))}\n"


def opened(note: str, key: NoteKey) -> str:
    """The text that `key` signed. Signatures of other keys beside it are passed over. Raises NoteError."""
    text, found, signatures = note.rpartition("\n\n")
    if not found:
        raise NoteError("there is no signed note")
    text += "\n"
    mine = f"{DASH} {key.name} "
    for line in signatures.splitlines():
        if not line.startswith(f"{DASH} ") or not signatures.endswith("\n"):
            raise NoteError("a line below the note is no signature")
        data = decoded(line.rpartition(" ")[2])
        if line.startswith(mine) and data[:4] == key.id:
            return _checked(text, data[4:], key)
    raise NoteError(f"{key.name} did not sign it with the key {key.id.hex()}")


def _checked(text: str, signature: bytes, key: NoteKey) -> str:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature:
        raise NoteError(f"the signature of {key.name} does not fit the text above it") from None
    return text


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes:
    """Only the one spelling that `encoded` gives: what can be written in two ways can be changed unseen."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError(f"{text[:60]!r} is not base64") from None
    if encoded(data) != text:
        raise NoteError(f"{text[:60]!r} is base64 with bits to spare")
    return data
