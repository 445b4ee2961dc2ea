"""News entries as blurb keeps them: one small file a change in `next/`, gathered into one file a release.

The bytes are blurb's: entries newest first below their section, each with its facts in sorted `.. key: value` lines and
its text wrapped to 76. Gathering again changes nothing; an entry that came late is taken into the release's file.
"""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from core import files
from core.settings import News
from core.versions import Version
from release.entries import (
    Entry,
    NewsError,
    file_of,
    folder,
    folders,
    nonce,
    parse_next,
    parse_release,
    path_of,
)
from release.wrap import wrapped

__all__ = ["Entry", "Gathered", "NewsError", "folder", "merge", "next_files", "parse_next", "parse_release", "release"]

SEPARATOR = "\n..\n\n"
HISTORY = "**(For information about older versions, consult the HISTORY file.)**"
SPOKEN_LEVELS = {"a": "alpha", "b": "beta", "rc": "release candidate"}


@dataclass(frozen=True)
class Gathered:
    """What a release's gathering did, or would do: the file, its text, how many entries, the files that go into it."""

    file: Path
    entries: int
    taken: tuple[Path, ...] = field(default=())
    text: str = ""


def next_files(root: Path, rules: News) -> list[Path]:
    """The entries that wait for the next release, sections in their order, newest first in each."""
    base = root / rules.directory / "next"
    found: list[Path] = []
    for section in rules.sections:
        places = [base / name for name, named in folders(rules).items() if named == section]
        inside = {path for place in places for path in place.glob("*.rst") if path.name != "README.rst"}
        found += sorted(inside, key=lambda path: path.name, reverse=True)
    return found


def waiting(root: Path, rules: News) -> list[Entry]:
    """The entries that wait, in their order. Raises NewsError for the first that is wrong."""
    return [parse_next(_shown(root, path), path.read_text(encoding="utf-8"), rules) for path in next_files(root, rules)]


def release_files(root: Path, rules: News) -> list[Path]:
    """The files of all releases, newest first."""
    found = [path for path in (root / rules.directory).glob("*.rst") if _version(path)]
    return sorted(found, key=lambda path: Version.parse(path.stem), reverse=True)


def add(root: Path, entry: Entry, rules: News) -> Path:
    """Write an entry where it waits; one that waits there already stays as it is."""
    target = root / path_of(entry, rules)
    if not target.exists():
        files.replace(target, file_of(entry))
    return target


def written(entries: Sequence[Entry], day: date) -> str:
    """A release's file, to the byte; the first entry bears the release date."""
    parts = []
    for position, entry in enumerate(entries):
        facts = entry.facts() | ({"release date": day.isoformat()} if position == 0 else {})
        lines = "".join(f".. {name}: {facts[name]}\n" for name in sorted(facts))
        parts.append(f"{lines}\n{wrapped(entry.body)}")
    return SEPARATOR.join(parts)


def plan(root: Path, version: Version, day: date, rules: News) -> Gathered:
    """What `release` would write; nothing is touched. Raises NewsError."""
    target = root / rules.directory / f"{version}.rst"
    found = next_files(root, rules)
    late = waiting(root, rules)
    before: list[Entry] = []
    if target.exists():
        before, was = parse_release(_shown(root, target), target.read_text(encoding="utf-8"))
        day = date.fromisoformat(was) if was else day
    entries = _in_order([entry for entry in before if not entry.is_boilerplate], late, rules)
    if not entries:
        entries = [_no_changes(version, day)]
    return Gathered(target, len(entries), tuple(found), written(entries, day))


def release(root: Path, version: Version, day: date, rules: News) -> Gathered:
    """Gather `next/` into `<version>.rst` below `root` and empty `next/`.

    Run again it gives the same bytes; entries that came since are put into their places. A release without a
    change gets a file that says so. When we end between the two steps, the next run ends what is left.
    """
    gathered = plan(root, version, day, rules)
    files.replace(gathered.file, gathered.text)
    for path in gathered.taken:
        path.unlink()
    return gathered


def diff(root: Path, gathered: Gathered) -> str:
    """What a release would change in its file, as a unified diff."""
    before = gathered.file.read_text(encoding="utf-8") if gathered.file.exists() else ""
    name = _shown(root, gathered.file)
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), gathered.text.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(lines)


def _in_order(before: Iterable[Entry], late: Iterable[Entry], rules: News) -> list[Entry]:
    """Entries of a release keep the words that it has: somebody may have corrected them there."""
    once = {entry.key: entry for entry in late} | {entry.key: entry for entry in before}
    newest_first = sorted(once.values(), key=lambda entry: entry.name, reverse=True)
    return sorted(newest_first, key=lambda entry: _rank(entry.section, rules))


def _rank(section: str, rules: News) -> int:
    return rules.sections.index(section) if section in rules.sections else len(rules.sections)


def _no_changes(version: Version, day: date) -> Entry:
    body = f"There were no new changes in version {version}.\n"
    return Entry("Library", day.isoformat(), "gh-issue", "0", nonce(body), body, (("no changes", "True"),))


# --- one readable file of all releases ---


def merge(root: Path, product: str, rules: News, with_next: bool = False) -> str:
    """The changelog of all releases, newest first; `with_next`: above them, what waits for the next one."""
    parts = [_title(f"{product} News", "+", above=True)]
    late = waiting(root, rules) if with_next else []
    if late:
        parts += _chapter(late, "XXXX-XX-XX", f"What's New in {product} next?")
    for path in release_files(root, rules):
        entries, day = parse_release(path.name, path.read_text(encoding="utf-8"))
        parts += _chapter(entries, day, f"What's New in {product} {_spoken(Version.parse(path.stem))}?")
    if (root / rules.directory).with_name("HISTORY").exists():
        return "\n".join([*parts, "", HISTORY])
    return "\n".join(parts)


def export(root: Path, product: str, rules: News) -> Path:
    """Write the changelog beside the entries' folder and remove that: as a source release has it."""
    target = (root / rules.directory).with_name("NEWS")
    if (root / rules.directory).exists():
        files.replace(target, merge(root, product, rules))
        shutil.rmtree(root / rules.directory)
    return target


def _spoken(version: Version) -> str:
    number = f"{version.major}.{version.minor}.{version.micro}"
    return f"{number} final" if version.is_final else f"{number} {SPOKEN_LEVELS[version.level]} {version.serial}"


def _version(path: Path) -> Version | None:
    try:
        return Version.parse(path.stem)
    except ValueError:
        return None


def _chapter(entries: Sequence[Entry], day: str, title: str) -> list[str]:
    parts = ["", f"{_title(title, '=')}\n", f"*Release date: {day}*\n"]
    if entries[0].is_boilerplate:
        return [*parts, wrapped(entries[0].body), ""]
    section = ""
    for entry in entries:
        if entry.section != section:
            section = entry.section
            parts.append(f"{_title(section, '-')}\n")
        parts.append(wrapped(f"{_number(entry)}{wrapped(entry.body)}", "- ", "  "))
    return parts


def _number(entry: Entry) -> str:
    issue = f"{'gh' if entry.kind == 'gh-issue' else 'bpo'}-{entry.issue}" if entry.issue != "0" else ""
    named = ", ".join(part for part in (entry.cve, issue) if part)
    return f"{named}: " if named else ""


def _title(text: str, line: str, above: bool = False) -> str:
    rule = line * len(text)
    return f"{rule}\n{text}\n{rule}" if above else f"{text}\n{rule}"


def _shown(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
