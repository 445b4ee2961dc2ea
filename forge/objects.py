"""A repository's objects, by git processes that stay: one reads, others merge; what they make is in a scratch store.

The scratch store borrows the repository's objects and is thrown away with its process, so that a pick that was killed
leaves nothing behind in the repository. Nothing in it needs to survive a power cut: what counts is pushed.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from forge.git import Fault, GitFailed, environment

ATTRIBUTES = ".gitattributes"
MERGERS = 8  # of so many different sets of attributes the merging process is kept
FOLDERS = 50_000  # so many folders are remembered for the attributes in them
_TREE, _LINK = b"40000", b"160000"


@dataclass(frozen=True)
class Entry:
    """What stands at a path of a tree: its mode as git writes it (`100644`) and its object."""

    mode: str
    sha: str


@dataclass(frozen=True)
class Merge:
    """A merge's tree, and for each path in conflict its stages: 1 the base, 2 ours, 3 theirs."""

    tree: str
    conflicts: Mapping[str, Mapping[int, Entry]]


class Objects:
    """The objects of one repository. Safe to call from several threads: one call at a time."""

    def __init__(self, repo: Path) -> None:
        self.repo = repo
        self._scratch, self._held = _scratch(repo)
        self.env = {
            "GIT_OBJECT_DIRECTORY": str(self._scratch / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(repo / "objects"),
            "GIT_LITERAL_PATHSPECS": "1",  # a file may be called `:(exclude)x`
        }
        self._lock = threading.RLock()
        self._reader: _Process | None = None
        self._mergers: dict[str, _Process] = {}
        self._attributes: dict[str, dict[str, str]] = {}

    def close(self) -> None:
        """End the processes and throw the scratch store away."""
        with self._lock:
            for process in filter(None, (self._reader, *self._mergers.values())):
                process.close()
            self._reader, self._mergers = None, {}
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._held.close()

    # --- reading ---

    def find(self, name: str) -> tuple[str, str, bytes] | None:
        """The object that a revision (`1.2`, `<sha>:path`) names: hash, kind, content; None when there is none."""
        if "\n" in name:
            return None
        with self._lock:
            if self._reader is None or not self._reader.alive:
                self._reader = _Process(["cat-file", "--batch"], self.repo, self.env, self.repo)
            return self._reader.look_up(name)

    def read(self, name: str) -> bytes:
        """The content of an object. Raises GitFailed when there is none."""
        found = self.find(name)
        if found is None:
            raise GitFailed("cat-file", f"{name} is not in the repository", Fault.COMMIT_MISSING)
        return found[2]

    def resolve(self, name: str) -> str:
        """The hash that a revision names. Raises GitFailed when there is none."""
        found = self.find(name)
        if found is None:
            raise GitFailed("cat-file", f"{name} is not in the repository", Fault.COMMIT_MISSING)
        return found[0]

    def entry(self, tree: str, path: str) -> Entry | None:
        """What stands at `path` of a tree."""
        for part in path.split("/")[:-1]:
            step = self._entries(tree).get(part)
            if step is None or step.mode != _TREE.decode():
                return None
            tree = step.sha
        return self._entries(tree).get(path.rpartition("/")[2])

    def _entries(self, tree: str) -> dict[str, Entry]:
        width = len(tree) // 2
        return {
            name.decode("utf-8", "surrogateescape"): Entry(mode.decode(), sha.hex())
            for mode, name, sha in _split(self.read(tree), width)
        }

    # --- writing ---

    def write(self, kind: str, content: bytes) -> str:
        """Keep an object in the scratch store; its hash."""
        whole = b"%s %d\0%s" % (kind.encode(), len(content), content)
        sha = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        path = self._scratch / "objects" / sha[:2] / sha[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            part = path.with_name(f"tmp_{threading.get_ident()}_{sha}")
            part.write_bytes(zlib.compress(whole, 1))
            part.replace(path)
        return sha

    def put(self, tree: str, path: str, entry: Entry | None) -> str:
        """The tree with `entry` at `path`, or with nothing there; a folder that becomes empty goes too."""
        name, _, rest = path.partition("/")
        entries = self._entries(tree) if tree else {}
        if rest:
            inner = entries.get(name)
            below = inner.sha if inner and inner.mode == _TREE.decode() else ""
            made = self.put(below, rest, entry)
            entry = Entry(_TREE.decode(), made) if self._entries(made) else None
        entries.pop(name, None)
        if entry is not None:
            entries[name] = entry
        return self.write("tree", _join(entries))

    # --- merging ---

    def merge(self, ours: str, theirs: str, attributes: str) -> Merge:
        """Merge two commits as git does, by the `.gitattributes` of tree `attributes`. Raises GitFailed."""
        with self._lock:
            rules = self._rules(attributes)
            key = hashlib.sha256(repr(sorted(rules.items())).encode()).hexdigest()
            merger = self._mergers.pop(key, None)
            if merger is None or not merger.alive:
                merger = self._start_merger(key, rules)
            self._mergers[key] = merger
            while len(self._mergers) > MERGERS:
                self._mergers.pop(next(iter(self._mergers))).close()
            return merger.merge(ours, theirs)

    def _start_merger(self, key: str, rules: Mapping[str, str]) -> _Process:
        """In a bare repository git reads no attributes: it is shown a folder that holds these files alone."""
        place = self._scratch / "attributes" / key
        for path, sha in rules.items():
            file = place / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.read(sha))
        place.mkdir(parents=True, exist_ok=True)
        env = {**self.env, "GIT_WORK_TREE": str(place)}
        return _Process(["merge-tree", "--stdin", "--no-messages"], self.repo, env, place)

    def _rules(self, tree: str) -> dict[str, str]:
        """Path and object of every `.gitattributes` in a tree; folders that were looked through once are remembered."""
        known = self._attributes.get(tree)
        if known is not None:
            return known
        found: dict[str, str] = {}
        for mode, name, raw in _split(self.read(tree), len(tree) // 2):
            if mode == _TREE:
                folder = name.decode("utf-8", "surrogateescape")
                found |= {f"{folder}/{path}": sha for path, sha in self._rules(raw.hex()).items()}
            elif name == ATTRIBUTES.encode() and mode != _LINK:
                found[ATTRIBUTES] = raw.hex()
        if len(self._attributes) > FOLDERS:
            self._attributes.clear()
        self._attributes[tree] = found
        return found


class _Process:
    """A git process that answers one request after another until its input ends; it ends with us, however we end."""

    def __init__(self, arguments: list[str], repo: Path, env: Mapping[str, str], place: Path) -> None:
        self._command = ["git", f"--git-dir={repo.resolve()}", *arguments]
        self._one_by_one = arguments[0] == "merge-tree" and shutil.which("stdbuf") is None
        self._env = environment(extra={**env, "GIT_NO_REPLACE_OBJECTS": "1"})
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None if self._one_by_one else self._start()

    @property
    def alive(self) -> bool:
        return self._one_by_one or (self._process is not None and self._process.poll() is None)

    def close(self) -> None:
        if self._process is not None:
            _end(self._process)
            self._process = None

    def look_up(self, name: str) -> tuple[str, str, bytes] | None:
        out = self._ask(name)
        header = out.readline().decode("utf-8", "surrogateescape").rstrip("\n")
        if not header:
            raise self._broken("cat-file")
        if header.endswith((" missing", " ambiguous")):
            return None
        sha, kind, size = header.rsplit(" ", 2)
        content = out.read(int(size))
        out.read(1)
        return sha, kind, content

    def merge(self, ours: str, theirs: str) -> Merge:
        """A record is: 1 or 0, the tree, a field for each stage of a conflict, an empty field."""
        out = self._ask(f"{ours} {theirs}")
        fields = list(iter(lambda: _field(out), b""))
        if self._one_by_one:
            self.close()
        if len(fields) < 2 or fields[0] not in (b"0", b"1"):
            raise self._broken("merge-tree")
        return Merge(fields[1].decode(), _stages(fields[2:]))

    def _ask(self, line: str) -> IO[bytes]:
        process = self._process or self._start()
        self._process = process
        if process.stdin is None or process.stdout is None:
            raise self._broken(self._command[2])
        try:
            process.stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
            process.stdin.flush()
            if self._one_by_one:
                process.stdin.close()
        except OSError:
            raise self._broken(self._command[2]) from None
        return process.stdout

    def _start(self) -> subprocess.Popen[bytes]:
        """`merge-tree --stdin` holds its answers back; with `stdbuf` before it, each comes at once."""
        unheld = ["stdbuf", "-o0"] if self._command[2] == "merge-tree" and not self._one_by_one else []
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([*unheld, *self._command], env=self._env, cwd=self._place, **pipes)  # type: ignore[call-overload]
        weakref.finalize(self, _end, process)
        return process  # type: ignore[no-any-return]

    def _broken(self, verb: str) -> GitFailed:
        self.close()
        return GitFailed(verb, "the process ended without an answer", Fault.OTHER)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _field(out: IO[bytes]) -> bytes:
    """Up to the next NUL; also empty at the end of the stream."""
    parts = bytearray()
    while (byte := out.read(1)) not in (b"", b"\0"):
        parts += byte
    return bytes(parts)


def _stages(fields: list[bytes]) -> dict[str, dict[int, Entry]]:
    found: dict[str, dict[int, Entry]] = {}
    for field in fields:
        about, _, path = field.decode("utf-8", "surrogateescape").partition("\t")
        mode, sha, stage = about.split(" ")
        found.setdefault(path, {})[int(stage)] = Entry(mode, sha)
    return found


def _split(content: bytes, width: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(mode, name, hash) of each entry of a tree object."""
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        yield content[at:space], content[space + 1 : end], content[end + 1 : end + 1 + width]
        at = end + 1 + width


def _join(entries: Mapping[str, Entry]) -> bytes:
    """A tree object; git sorts a folder as if its name ended in a slash."""
    rows = [(name.encode("utf-8", "surrogateescape"), entry) for name, entry in entries.items()]
    rows.sort(key=lambda row: row[0] + (b"/" if row[1].mode == _TREE.decode() else b""))
    return b"".join(b"%s %s\0%s" % (entry.mode.encode(), name, bytes.fromhex(entry.sha)) for name, entry in rows)


def _quoted(path: Path) -> str:
    """A path in one of git's lists, which colons separate: in C's quotes a colon is a colon (git 2.11 and later)."""
    escaped = str(path).replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _scratch(repo: Path) -> tuple[Path, IO[bytes]]:
    """A new folder of our own, and the file whose lock says that it is in use; what dead processes left goes first."""
    top = repo.resolve().with_suffix(".scratch")
    top.mkdir(parents=True, exist_ok=True)
    with (top / "lock").open("wb") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        for old in top.iterdir():
            if old.is_dir() and _is_left(old):
                shutil.rmtree(old, ignore_errors=True)
        place = Path(tempfile.mkdtemp(dir=top))
        held = (place / "lock").open("wb")
        fcntl.flock(held, fcntl.LOCK_EX)
    (place / "objects").mkdir()
    return place, held


def _is_left(place: Path) -> bool:
    """Whoever made it is gone: nobody holds its lock."""
    try:
        with (place / "lock").open("wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
