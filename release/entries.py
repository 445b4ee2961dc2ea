"""A news entry: what is in one, how its file is called, and what is wrong with it.

The format is blurb's, whose tool is no dependency: section, day, issue and nonce stand in the file's place and name;
further facts (a CVE) in lines `.. name: value` above the text.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile

from core.settings import News

NAME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d(?:-\d\d-\d\d-\d\d)?)\.(?P<kind>bpo|gh-issue)-(?P<issue>\d+(?:,\d+)*)"
    r"\.(?P<nonce>[A-Za-z0-9_=-]+)\.rst",
    re.ASCII,
)
BAD_BEGINNINGS = ("- ", "issue #", "bpo-", "gh-")
CVE_SECTION = "Security"
_FACT = re.compile(r"\.\. ?([^:]+):(.*)")
_CVE = re.compile(r"(?:CVE-)?(\d{4})-(\d{4,})", re.IGNORECASE | re.ASCII)
_ISSUE = re.compile(r"(?:https?://\S+/issues/|gh-|#)?(\d+)/?", re.IGNORECASE | re.ASCII)
_OF_NAME = frozenset(("date", "nonce", "section", "gh-issue", "bpo"))


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

    @property
    def name(self) -> str:
        """The file's name, by which entries of a section are ordered."""
        return f"{self.date}.{self.kind}-{self.issue}.{self.nonce}.rst"

    @property
    def cve(self) -> str:
        return dict(self.more).get("cve", "")

    @property
    def is_boilerplate(self) -> bool:
        """It says that nothing changed."""
        return ("no changes", "True") in self.more

    def facts(self) -> dict[str, str]:
        """All that stands above the text in a release's file."""
        known = {self.kind: self.issue, "date": self.date, "nonce": self.nonce, "section": self.section}
        return {**known, **dict(self.more)}


def folder(section: str) -> str:
    """The folder of a section: `Core_and_Builtins`, `Tools-Demos`."""
    return section.replace("/", "-").replace(" ", "_")


def folders(rules: News) -> dict[str, str]:
    """Folder -> section; those with spaces are from before blurb 1."""
    old = {section.replace("/", "-"): section for section in rules.sections}
    return {**old, **{folder(section): section for section in rules.sections}}


def nonce(body: str) -> str:
    """Six letters from the text, so that two entries of one second and issue have two files."""
    return base64.urlsafe_b64encode(hashlib.md5(body.encode(), usedforsecurity=False).digest())[:6].decode()


def new(section: str, issue: str, text: str, moment: datetime, rules: News, cve: str = "") -> Entry:
    """An entry of somebody's words, in the section however they spell it, about an issue, by number or link.

    `moment` is aware; the name has it in UTC. Raises NewsError.
    """
    body = text.strip("\n") + "\n"
    entry = Entry(
        section=_section(section, rules),
        date=moment.astimezone(UTC).strftime("%Y-%m-%d-%H-%M-%S"),
        kind="gh-issue",
        issue=_issue(issue),
        nonce=nonce(body),
        body=body,
        more=(("cve", normal_cve(cve)),) if cve else (),
    )
    check("the entry", entry, rules)
    return entry


def _section(said: str, rules: News) -> str:
    wanted = re.sub(r"[\s_/-]+", " ", said).strip().lower()
    named = {re.sub(r"[\s_/-]+", " ", section).lower(): section for section in rules.sections}
    if wanted in named:
        return named[wanted]
    begun = [section for name, section in named.items() if wanted and name.startswith(wanted)]
    if len(begun) != 1:
        raise NewsError(f"{said!r} is no section: write one of {', '.join(rules.sections)}")
    return begun[0]


def _issue(said: str) -> str:
    found = _ISSUE.fullmatch(said.strip())
    if found is None:
        raise NewsError(f"{said!r} is no issue: write its number, or a link to it")
    return str(int(found[1]))


def normal_cve(said: str) -> str:
    """`CVE-2026-12345`, with or without the prefix, in any case. Raises NewsError."""
    found = _CVE.fullmatch(said.strip())
    if found is None:
        raise NewsError(f"{said!r} is no CVE: write it like CVE-2026-12345")
    return f"CVE-{found[1]}-{found[2]}"


def path_of(entry: Entry, rules: News) -> str:
    """Where the entry waits for the next release, below the repository."""
    return f"{rules.directory}/next/{folder(entry.section)}/{entry.name}"


def file_of(entry: Entry) -> str:
    """What its file holds."""
    facts = "".join(f".. {name}: {value}\n" for name, value in sorted(entry.more))
    return f"{facts}\n{entry.body}" if facts else entry.body


def parse_next(path: str, text: str, rules: News) -> Entry:
    """The entry in `<directory>/next/<section>/<name>.rst`. Raises NewsError."""
    where, _, name = path.rpartition("/")
    known = folders(rules)
    section = known.get(where.rpartition("/")[2])
    if section is None:
        raise NewsError(
            f"{path}: no section has this folder: move it into one of {', '.join(map(folder, rules.sections))}"
        )
    found = NAME.fullmatch(name)
    if found is None:
        raise NewsError(f"{path}: name it like 2026-11-20-10-00-00.gh-issue-12.Ab3dEf.rst")
    facts, body = split(path, text)
    doubled = sorted(set(facts) & _OF_NAME)
    if doubled:
        raise NewsError(f"{path}: '.. {doubled[0]}:' stands in the file's place and name already: take the line out")
    if "cve" in facts:
        facts["cve"] = _checked_cve(path, facts["cve"])
    entry = Entry(section, found["date"], found["kind"], found["issue"], found["nonce"], body, tuple(facts.items()))
    check(path, entry, rules)
    return entry


def _checked_cve(path: str, said: str) -> str:
    try:
        return normal_cve(said)
    except NewsError as error:
        raise NewsError(f"{path}: {error}") from None


def check(path: str, entry: Entry, rules: News) -> None:
    """Raises NewsError for the first thing that is wrong with an entry."""
    low = [issue for issue in entry.issue.split(",") if int(issue) < rules.lowest_issue]
    if low and entry.kind == "gh-issue":
        raise NewsError(f"{path}: issue {low[0]} is below the lowest one, {rules.lowest_issue}: correct its number")
    if entry.cve and entry.section != CVE_SECTION:
        raise NewsError(f"{path}: a CVE belongs to the section {CVE_SECTION}, this is {entry.section}: move it")
    first = entry.body.strip()
    if not first:
        raise NewsError(f"{path}: the entry has no text: write what changed for users")
    wrong = next((start for start in BAD_BEGINNINGS if first.lower().startswith(start)), None)
    if wrong:
        raise NewsError(f"{path}: begin with words, not with {wrong.strip()!r}: the number is in the file's name")
    if any(line.rstrip() == ".." for line in entry.body.splitlines()):
        raise NewsError(f"{path}: '..' separates entries: write it otherwise")


def split(path: str, text: str) -> tuple[dict[str, str], str]:
    """The facts above the text, and the text. Comments (`#`) among the facts are dropped. Raises NewsError."""
    lines, facts = text.split("\n"), dict[str, str]()
    head = list(takewhile(lambda line: not line.strip() or line.startswith(("..", "#")), lines))
    for line in head:
        if line.startswith(".."):
            name, value = _fact(path, line)
            if name in facts:
                raise NewsError(f"{path}: '.. {name}:' stands there twice: take one out")
            facts[name] = value
    return facts, "\n".join(line.rstrip() for line in lines[len(head) :]).rstrip("\n") + "\n"


def _fact(path: str, line: str) -> tuple[str, str]:
    found = _FACT.fullmatch(line.rstrip())
    if found is None:
        raise NewsError(f"{path}: {line!r} is neither a fact nor text: write '.. name: value', or words")
    return found[1].strip().lower(), found[2].strip()


def parse_release(path: str, text: str) -> tuple[list[Entry], str]:
    """The entries of a release's file and its release date. Raises NewsError."""
    entries, day = [], ""
    for part in re.split(r"(?m)^\.\.[ \t]*\n", text):
        facts, body = split(path, part)
        day = facts.pop("release date", day)
        entries.append(_entry(path, facts, body))
    return entries, day


def _entry(path: str, facts: dict[str, str], body: str) -> Entry:
    kind = "gh-issue" if "gh-issue" in facts else "bpo"
    known = {name: _taken(path, facts, name) for name in ("section", "date", kind, "nonce")}
    if not body.strip():
        raise NewsError(f"{path}: an entry of {known['date']} has no text: write what changed for users")
    return Entry(known["section"], known["date"], kind, known[kind], known["nonce"], body, tuple(facts.items()))


def _taken(path: str, facts: Mapping[str, str], name: str) -> str:
    assert isinstance(facts, dict)  # noqa: S101  # it is split's own
    try:
        return str(facts.pop(name))
    except KeyError:
        shown = "gh-issue" if name == "bpo" else name
        raise NewsError(f"{path}: an entry has no line '.. {shown}: ...': add it") from None
