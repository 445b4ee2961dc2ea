"""The transparency log: every signature that was ever made here, in order, in a file that only grows.

`log/entries` in the downloads folder holds an entry a line, `log/checkpoint` the signed head of their Merkle tree, and
`log/key` the public key that checks it. An entry is on disk before the head that counts it, so a process that is killed
between the two leaves a log that holds; the next one to write takes up what was left. Whoever keeps an old checkpoint
can prove later that nothing before it was changed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from core.settings import Settings
from release import merkle, note
from release.keys import private_file
from release.note import Checkpoint, NoteError, NoteKey, decoded, encoded

PROOF_TYPE = "c2sp.org/tlog-proof@v1"
OLDEST = "old"  # a consistency proof begins with the size that it begins from, as in C2SP's tlog-witness


class LogError(RuntimeError):
    """The log does not hold, or is not ours to write; one sentence with the remedy."""


@dataclass(frozen=True)
class Entry:
    """One signature: whose, over which version's statement. `envelope` is the SHA-256 of the file that holds it."""

    version: str
    mode: str
    day: str
    signer: str
    keyid: str
    commit: str
    envelope: str

    def data(self) -> bytes:
        """The one way to write it; what the tree's leaf is the hash of."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def parse(cls, data: bytes) -> Entry:
        """Raises LogError."""
        try:
            tree = json.loads(data)
            found = cls(**{field.name: str(tree.pop(field.name)) for field in fields(cls)})
            date.fromisoformat(found.day)
        except (ValueError, KeyError, AttributeError, TypeError):
            raise LogError(f"{data[:60]!r} is no entry of a log") from None
        if tree or found.data() != data:
            raise LogError(f"the entry of {found.version} is not written as the log writes it")
        return found


@dataclass(frozen=True)
class Proof:
    """That `entry` is number `index` of the log whose head `note` (a signed checkpoint) is."""

    entry: Entry
    index: int
    hashes: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        """C2SP's tlog-proof; the entry travels with it as its extra data."""
        lines = [PROOF_TYPE, f"extra {encoded(self.entry.data())}", f"index {self.index}"]
        return "\n".join([*lines, *map(encoded, self.hashes), "", self.note])

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Raises NoteError or LogError."""
        head, _, signed = text.partition("\n\n")
        lines = head.split("\n")
        if len(lines) < 3 or lines[0] != PROOF_TYPE:
            raise NoteError(f"a proof begins with {PROOF_TYPE}")
        extra, index = (line.partition(" ") for line in lines[1:3])
        if extra[0] != "extra" or index[0] != "index" or not (index[2].isascii() and index[2].isdecimal()):
            raise NoteError("a proof names its entry and the entry's index")
        entry = Entry.parse(decoded(extra[2]))
        found = cls(entry, int(index[2]), tuple(map(decoded, lines[3:])), signed)
        if str(found) != text:
            raise NoteError("the proof is not written as the log writes it")
        return found

    def check(self, key: NoteKey) -> Checkpoint:
        """The head that it leads to. Raises NoteError where the proof does not hold."""
        head = Checkpoint.parse(note.opened(self.note, key))
        if not merkle.included(merkle.leaf(self.entry.data()), self.index, head.size, self.hashes, head.root):
            raise NoteError(f"the proof does not lead from {self.entry.version} to the root of the log {head.origin}")
        return head


@dataclass(frozen=True)
class Standing:
    """A log as it was read: `entries` that its head counts, those that `wait` for one, and the signed head."""

    key: NoteKey
    head: Checkpoint
    note: str
    entries: tuple[Entry, ...]
    waiting: tuple[Entry, ...] = ()


class Log:
    """The log in a folder. Reading needs nothing else; writing needs the private key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries, self.checkpoint, self.key = folder / "entries", folder / "checkpoint", folder / "key"

    def read(self) -> Standing:
        """All of it, checked: signature, root, every entry. Raises LogError that says what does not hold."""
        try:
            key = NoteKey.parse(self.key.read_text(encoding="utf-8"))
            signed = self.checkpoint.read_text(encoding="utf-8")
            head = Checkpoint.parse(note.opened(signed, key))
        except FileNotFoundError as error:
            raise LogError(f"there is no log in {self.folder}: {error.filename} is missing") from None
        except (NoteError, UnicodeDecodeError) as error:
            raise LogError(f"the head of the log in {self.folder} does not hold: {error}") from None
        lines = self._lines()
        if len(lines) < head.size:
            raise LogError(f"the log lost entries: {len(lines)} are there, and its head counts {head.size}")
        if merkle.root(_leaves(lines[: head.size])) != head.root:
            raise LogError(f"an entry before number {head.size} was changed: the log's head has another root")
        found = [Entry.parse(line) for line in lines]
        return Standing(key, head, signed, tuple(found[: head.size]), tuple(found[head.size :]))

    def append(self, entry: Entry, private: Ed25519PrivateKey, origin: str) -> int:
        """Add an entry, unless it is there, and sign the new head; its index.

        Raises LogError when what is there does not hold or belongs to another key: nothing is signed on top of it.
        """
        key = self.begun(private, origin)
        with self._alone():
            self._mend()
            known = self.read() if self.checkpoint.exists() else None
            lines = self._lines()
            if known is None and len(lines) > 1:
                raise LogError(f"{self.checkpoint} is missing, though {len(lines)} entries are there: bring it back")
            if entry.data() not in lines:
                _write(self.entries, entry.data() + b"\n", os.O_APPEND)
                lines = self._lines()
            if known is None or known.head.size < len(lines):
                head = Checkpoint(key.name, len(lines), merkle.root(_leaves(lines)))
                _replace(self.checkpoint, note.sign(str(head), key.name, private).encode())
            return lines.index(entry.data())

    def prove(self, index: int) -> Proof:
        """That entry `index` is in the log, under its head of now. Raises LogError."""
        now = self.read()
        if not 0 <= index < now.head.size:
            raise LogError(f"there is no entry {index} in the log: it has {now.head.size}")
        leaves = _leaves([entry.data() for entry in now.entries])
        return Proof(now.entries[index], index, tuple(merkle.inclusion(leaves, index)), now.note)

    def since(self, old: int) -> str:
        """The proof that the log of `old` entries is a beginning of the one of now, with its head. Raises LogError."""
        now = self.read()
        if not 0 <= old <= now.head.size:
            raise LogError(f"the log has {now.head.size} entries: it never had {old}")
        leaves = _leaves([entry.data() for entry in now.entries])
        hashes = "".join(f"{encoded(one)}\n" for one in merkle.consistency(leaves, old))
        return f"{OLDEST} {old}\n{hashes}\n{now.note}"

    def begun(self, private: Ed25519PrivateKey, origin: str) -> NoteKey:
        """The log's key, published when the log begins; `origin` names a new log. Raises LogError for another's."""
        mine = private.public_key().public_bytes_raw()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if not self.key.exists():
                _replace(self.key, f"{NoteKey(origin, mine)}\n".encode())
        key = NoteKey.parse(self.key.read_text(encoding="utf-8"))
        if key.public != mine:
            raise LogError(f"the log in {self.folder} belongs to another key ({key.id.hex()}): bring that key back")
        return key

    def _mend(self) -> None:
        """Take back what a killed writer left of a line: it was never counted by a head."""
        data = self.entries.read_bytes() if self.entries.exists() else b""
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            with self.entries.open("r+b") as file:
                file.truncate(whole)
                os.fsync(file.fileno())

    def _lines(self) -> list[bytes]:
        """The whole lines; a torn one at the end is nobody's entry yet."""
        data = self.entries.read_bytes() if self.entries.exists() else b""
        return data.split(b"\n")[:-1]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self.entries.open("ab") as lock:  # the one file that is never replaced
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def grew(proof: str, old: Checkpoint, key: NoteKey) -> Checkpoint:
    """The newer head, once `proof` (see `Log.since`) shows that `old` is a beginning of it. Raises NoteError."""
    head, _, signed = proof.partition("\n\n")
    first, *hashes = head.split("\n")
    new = Checkpoint.parse(note.opened(signed, key))
    said = f"{OLDEST} {old.size}"
    known = [decoded(line) for line in hashes if line]
    if first != said or not merkle.consistent(old.size, old.root, new.size, new.root, known):
        raise NoteError(
            f"the log of {new.size} entries does not begin with the {old.size} that you knew: it was changed"
        )
    return new


def of(settings: Settings) -> Log:
    """The log of this installation."""
    return Log(settings.downloads.resolve() / "log")


def record(settings: Settings, entry: Entry) -> Proof:
    """Write an entry into this installation's log and prove that it is there. Raises LogError."""
    log = of(settings)
    return log.prove(log.append(entry, _private(settings), key_of(settings).name))


def check(settings: Settings) -> None:
    """Could it be written to? Makes nothing. Raises LogError where what is there does not hold, or is another key's."""
    ledger = of(settings)
    if ledger.key.exists():
        key_of(settings)
    if ledger.checkpoint.exists():
        ledger.read()


def key_of(settings: Settings) -> NoteKey:
    """The key of this installation's log; made on first use, with the log's name. Raises LogError."""
    return of(settings).begun(_private(settings), origin_of(settings))


def _private(settings: Settings) -> Ed25519PrivateKey:
    path = private_file(settings, "log.pem")
    private = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise LogError("keys/log.pem is no ed25519 key: bring back the one that the log was begun with")
    return private


def origin_of(settings: Settings) -> str:
    """What a new log is called: the repository's address without its scheme."""
    address = urlsplit(settings.github.web_url)
    where = f"{address.netloc}{address.path}".strip("/") or "camelot.invalid"
    return f"{where}/{settings.github.repository}/releases".replace("+", "-").replace(" ", "-")


def _leaves(lines: Sequence[bytes]) -> list[bytes]:
    return [merkle.leaf(line) for line in lines]


def _write(path: Path, data: bytes, flags: int) -> None:
    """Onto the disk before we go on."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, also when the machine loses its power."""
    partial = path.with_name(f".{path.name}.partial")
    _write(partial, data, os.O_TRUNC)
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
