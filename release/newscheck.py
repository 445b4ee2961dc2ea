"""What is wrong with a tree's news: entries that cannot be gathered, and entries that stand there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.settings import News
from release.entries import Entry, NewsError, parse_next, parse_release
from release.news import next_files, release_files


@dataclass(frozen=True)
class Place:
    """Where an entry stands: the file below the tree."""

    file: str

    @property
    def is_waiting(self) -> bool:
        return "/next/" in self.file

    def __str__(self) -> str:
        return self.file


@dataclass(frozen=True)
class Duplicate:
    """One change told twice: `again` can go. `why` says by what the two are one."""

    first: Place
    again: Place
    why: str

    def __str__(self) -> str:
        return f"{self.again} tells again what {self.first} says: {self.why}"


def problems(root: Path, rules: News) -> list[str]:
    """A sentence for every file that cannot be used, releases' files included, and for every file in a wrong place."""
    found = []
    for path in next_files(root, rules):
        found += _problem(root, path, lambda name, text: parse_next(name, text, rules))
    for path in release_files(root, rules):
        found += _problem(root, path, parse_release)
    return found + list(_misplaced(root, rules))


def _problem(root: Path, path: Path, read: Callable[[str, str], object]) -> list[str]:
    try:
        read(_name(root, path), _text(path))
    except NewsError as error:
        return [str(error)]
    except UnicodeDecodeError:
        return [f"{_name(root, path)}: not UTF-8: save it as UTF-8"]
    return []


def _misplaced(root: Path, rules: News) -> Iterator[str]:
    known = set(next_files(root, rules))
    for path in sorted((root / rules.directory / "next").rglob("*")):
        if path.is_file() and path not in known and path.name not in ("README.rst", ".gitkeep", ".gitignore"):
            yield f"{_name(root, path)}: no release would gather this: move it into a section's folder, as *.rst"


def duplicates(root: Path, rules: News) -> list[Duplicate]:
    """Changes that are told twice in a tree: in two releases, in a release and again waiting, or under two names.

    A cherry-pick brings the last two: the file comes back after its release, or somebody wrote it anew.
    """
    seen: dict[str, Place] = {}
    found = []
    for place, entry in _entries(root, rules):
        twin = next((seen[key] for key in _keys(entry) if key in seen), None)
        if twin:
            found.append(Duplicate(twin, place, _why(entry)))
        for key in _keys(entry):
            seen.setdefault(key, place)
    return found


def _why(entry: Entry) -> str:
    return f"the same words about {'gh' if entry.kind == 'gh-issue' else 'bpo'}-{entry.issue}"


def _keys(entry: Entry) -> tuple[str, str]:
    """An entry is another's twin by its issue and nonce, or by its issue and words, however they are wrapped."""
    words = " ".join(entry.body.split()).casefold()
    return f"{entry.issue} {entry.nonce}", f"{entry.issue} {words}"


def _entries(root: Path, rules: News) -> Iterator[tuple[Place, Entry]]:
    """Releases first, oldest first: what waits is what goes when both tell the same. Wrong files tell nothing."""
    for path in reversed(release_files(root, rules)):
        try:
            entries, _ = parse_release(path.name, _text(path))
        except NewsError:
            continue
        yield from ((Place(_name(root, path)), entry) for entry in entries if not entry.is_boilerplate)
    for path in next_files(root, rules):
        try:
            yield Place(_name(root, path)), parse_next(_name(root, path), _text(path), rules)
        except NewsError:
            continue


def mend(root: Path, found: list[Duplicate]) -> list[Path]:
    """Remove the waiting files that tell again; what stands in a release's file is left to a person."""
    gone = sorted({root / duplicate.again.file for duplicate in found if duplicate.again.is_waiting})
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
