"""News entries as blurb keeps them: one small file a change in `next/`, gathered into one file a release.

The bytes are blurb's (its tool is no dependency): entries newest first below their section, each with its facts in
sorted `.. key: value` lines and its text wrapped to 76. Gathering again changes nothing; an entry that came late is
taken into the release's file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from core.settings import News
from core.versions import Version
from release.wrap import wrapped

NAME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d(?:-\d\d-\d\d-\d\d)?)\.(?P<kind>bpo|gh-issue)-(?P<issue>\d+(?:,\d+)*)"
    r"\.(?P<nonce>[A-Za-z0-9_=-]+)\.rst",
    re.ASCII,
)
BAD_BEGINNINGS = ("- ", "issue #", "bpo-", "gh-")
SEPARATOR = "\n..\n\n"
NO_CHANGES_NONCE = "NoChng"
_FACT = re.compile(r"\.\. ([^:]+): (.*)")


class NewsError(ValueError):
    """An entry cannot be used; one sentence with the file and the remedy."""


@dataclass(frozen=True)
class Entry:
    """One change as a user reads it. `kind` is gh-issue or bpo; `issue` the number as written."""

    section: str
    date: str
    kind: str
    issue: str
    nonce: str
    body: str
    more: tuple[tuple[str, str], ...] = ()  # further facts: cve, no changes

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two entries one: a late merge must not double it."""
        return (self.section, self.date, self.nonce)

    def facts(self) -> dict[str, str]:
        return {
            self.kind: self.issue,
            "date": self.date,
            "nonce": self.nonce,
            "section": self.section,
            **dict(self.more),
        }


@dataclass(frozen=True)
class Gathered:
    """What a release's gathering did: the file, how many entries it holds, the files of `next/` that went into it."""

    file: Path
    entries: int
    taken: tuple[Path, ...] = field(default=())


def folder(section: str) -> str:
    """The folder of a section: `Core_and_Builtins`, `Tools-Demos`."""
    return section.replace("/", "-").replace(" ", "_")


def next_files(root: Path, rules: News) -> list[Path]:
    """The entries that wait for the next release, sections in their order, newest first in each."""
    base = root / rules.directory / "next"
    return [
        path
        for section in rules.sections
        for path in sorted((base / folder(section)).glob("*.rst"), key=lambda path: path.name, reverse=True)
        if path.name != "README.rst"
    ]


def parse_next(path: str, text: str, rules: News) -> Entry:
    """The entry in `<directory>/next/<section>/<name>.rst`. Raises NewsError."""
    where, _, name = path.rpartition("/")
    sections = {folder(section): section for section in rules.sections}
    section = sections.get(where.rpartition("/")[2])
    if section is None:
        raise NewsError(f"{path}: no section has this folder: move it into one of {', '.join(sections)}")
    found = NAME.fullmatch(name)
    if found is None:
        raise NewsError(f"{path}: name it like 2026-11-20-10-00-00.gh-issue-12.Ab3dEf.rst")
    low = [issue for issue in found["issue"].split(",") if int(issue) < rules.lowest_issue]
    if low and found["kind"] == "gh-issue":
        raise NewsError(f"{path}: issue {low[0]} is below the lowest one, {rules.lowest_issue}: correct its number")
    _check_body(path, text)
    return Entry(section, found["date"], found["kind"], found["issue"], found["nonce"], text)


def _check_body(path: str, text: str) -> None:
    first = text.strip()
    if not first:
        raise NewsError(f"{path}: the entry has no text: write what changed for users")
    wrong = next((start for start in BAD_BEGINNINGS if first.lower().startswith(start)), None)
    if wrong:
        raise NewsError(f"{path}: begin with words, not with {wrong.strip()!r}: the number is in the file's name")
    if first.startswith(".. ") or any(line.rstrip() == ".." for line in text.splitlines()):
        raise NewsError(f"{path}: '..' separates entries: write it otherwise")


def parse_release(path: str, text: str) -> tuple[list[Entry], str]:
    """The entries of a release's file and its release date. Raises NewsError."""
    entries, day = [], ""
    for part in re.split(r"\n\.\.\n\n", text):
        facts, body = _facts(part)
        day = facts.pop("release date", day)
        kind = "bpo" if "bpo" in facts else "gh-issue"
        try:
            known = {name: facts.pop(name) for name in ("section", "date", kind, "nonce")}
        except KeyError as error:
            raise NewsError(f"{path}: an entry has no line '.. {error.args[0]}: ...': add it") from None
        entries.append(
            Entry(known["section"], known["date"], kind, known[kind], known["nonce"], body, tuple(facts.items()))
        )
    return entries, day


def _facts(part: str) -> tuple[dict[str, str], str]:
    lines = part.strip("\n").splitlines()
    facts = {}
    while lines and (found := _FACT.fullmatch(lines[0])):
        facts[found[1]] = found[2]
        lines.pop(0)
    return facts, "\n".join(lines).strip("\n") + "\n"


def written(entries: Sequence[Entry], day: date) -> str:
    """A release's file, to the byte; the first entry bears the release date."""
    parts = []
    for position, entry in enumerate(entries):
        facts = entry.facts() | ({"release date": day.isoformat()} if position == 0 else {})
        lines = "".join(f".. {name}: {facts[name]}\n" for name in sorted(facts))
        parts.append(f"{lines}\n{wrapped(entry.body)}")
    return SEPARATOR.join(parts)


def release(root: Path, version: Version, day: date, rules: News) -> Gathered:
    """Gather `next/` into `<version>.rst` below `root` and empty `next/`.

    Run again it gives the same bytes; entries that came since are put into their places. A release without a
    change gets a file that says so.
    """
    target = root / rules.directory / f"{version}.rst"
    files = next_files(root, rules)
    waiting = [parse_next(_shown(root, path), path.read_text(encoding="utf-8"), rules) for path in files]
    before: list[Entry] = []
    if target.exists():
        before, was = parse_release(_shown(root, target), target.read_text(encoding="utf-8"))
        day = date.fromisoformat(was) if was else day
    entries = _in_order([entry for entry in before if not _is_boilerplate(entry)], waiting, rules)
    if not entries:
        entries = [_no_changes(version, day)]
    target.parent.mkdir(parents=True, exist_ok=True)  # git keeps no empty folder
    target.write_text(written(entries, day), encoding="utf-8")
    for path in files:
        path.unlink()
    return Gathered(target, len(entries), tuple(files))


def _in_order(before: Iterable[Entry], late: Iterable[Entry], rules: News) -> list[Entry]:
    once = {entry.key: entry for entry in [*before, *late]}
    newest_first = sorted(
        once.values(), key=lambda entry: (entry.date, entry.kind, entry.issue, entry.nonce), reverse=True
    )
    return sorted(newest_first, key=lambda entry: _rank(entry.section, rules))


def _rank(section: str, rules: News) -> int:
    return rules.sections.index(section) if section in rules.sections else len(rules.sections)


def _no_changes(version: Version, day: date) -> Entry:
    body = f"There were no new changes in version {version}.\n"
    return Entry("Library", day.isoformat(), "gh-issue", "0", NO_CHANGES_NONCE, body, (("no changes", "True"),))


def _is_boilerplate(entry: Entry) -> bool:
    return ("no changes", "True") in entry.more


def merge(root: Path, product: str, rules: News) -> str:
    """One readable changelog of all releases, newest first."""
    files = [path for path in (root / rules.directory).glob("*.rst") if _version(path)]
    newest = sorted(files, key=lambda path: Version.parse(path.stem), reverse=True)
    parts = [f"{_title(f'{product} News', '+', above=True)}\n"]
    parts += [_chapter(path, product) for path in newest]
    return "\n".join(parts)


def _version(path: Path) -> Version | None:
    try:
        return Version.parse(path.stem)
    except ValueError:
        return None


def _chapter(path: Path, product: str) -> str:
    entries, day = parse_release(path.name, path.read_text(encoding="utf-8"))
    version = Version.parse(path.stem)
    parts = [f"{_title(f'What is new in {product} {version.spoken()}?', '=')}\n\n*Release date: {day}*\n"]
    section = ""
    for entry in entries:
        if entry.section != section:
            section = entry.section
            parts.append(f"{_title(section, '-')}\n")
        number = "" if _is_boilerplate(entry) else f"{'gh' if entry.kind == 'gh-issue' else 'bpo'}-{entry.issue}: "
        parts.append(wrapped(f"- {number}{entry.body}", indent="  "))
    return "\n".join(parts)


def _title(text: str, line: str, above: bool = False) -> str:
    rule = line * len(text)
    return f"{rule}\n{text}\n{rule}" if above else f"{text}\n{rule}"


def _shown(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
