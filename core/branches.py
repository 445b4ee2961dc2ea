"""The registry of branches: dates in one file, PEP 602 status computed from them, and what a branch takes today.

Nobody types a status: it follows from events (first beta, X.Y.0, last bug-fix release, end of life); whoever decides
otherwise writes a dated override with its reason. Everything that depends on one (labels, backports, builders,
releases, pages) asks here, with the day as an argument, so that a branch reaches its end of life everywhere on the
same morning. The files use the field names of the PEP repository's `python-releases.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from core.versions import Version, branch_key

HERE = Path(__file__).parent / "registry"


class Status(StrEnum):
    """Where a branch stands in the cycle of PEP 602, in order."""

    PLANNED = "planned"
    FEATURE = "feature"
    PRERELEASE = "prerelease"
    BUGFIX = "bugfix"
    SECURITY = "security"
    END_OF_LIFE = "end-of-life"


ORDER = {status: position for position, status in enumerate(Status)}


class Change(StrEnum):
    """What kind of change asks to come in."""

    FEATURE = "feature"
    BUGFIX = "bugfix"
    SECURITY = "security"


# What each status takes. Source: PEP 602 and the developer's guide, "Status of Python versions".
TAKES: dict[Status, frozenset[Change]] = {
    Status.PLANNED: frozenset(),
    Status.FEATURE: frozenset(Change),
    Status.PRERELEASE: frozenset({Change.BUGFIX, Change.SECURITY}),
    Status.BUGFIX: frozenset({Change.BUGFIX, Change.SECURITY}),
    Status.SECURITY: frozenset({Change.SECURITY}),
    Status.END_OF_LIFE: frozenset(),
}


@dataclass(frozen=True)
class Release:
    """One row of a branch's schedule. `state` is `actual` or `expected`; `stage` is what the schedule calls it."""

    version: Version
    date: date
    state: str
    note: str = ""
    recalled: bool = False
    stage: str = ""


@dataclass(frozen=True)
class Override:
    """Somebody decided that a branch has `status` from `date` on, whatever was planned, and why."""

    date: date
    status: Status
    reason: str


@dataclass(frozen=True)
class Moved:
    """A planned day that does not follow the template, and why."""

    version: str
    date: date
    reason: str


@dataclass(frozen=True)
class Cycle:
    """How a branch was planned: its template, the year of X.Y.0, the template's parameters, and dated exceptions."""

    template: str
    year: int
    parameters: tuple[tuple[str, int], ...] = ()
    overrides: tuple[Moved, ...] = ()


@dataclass(frozen=True)
class Turn:
    """From `day` on the branch has `status`; `why` names the event."""

    day: date
    status: Status
    why: str


@dataclass(frozen=True)
class Branch:
    """A line of development and its days, as the file has them; `version` is `3.14`.

    Status follows from `turns`: the events among releases and days, and what people decided otherwise.
    """

    version: str
    pep: int | None
    release_manager: str
    start_of_development: date
    feature_freeze: date
    first_release: date
    end_of_bugfix: date
    end_of_life: date
    releases: tuple[Release, ...] = ()
    overrides: tuple[Override, ...] = ()
    cycle: Cycle | None = None
    typed_status: str = ""  # what the file says where somebody typed one; nothing goes by it
    crew: tuple[tuple[str, str], ...] = ()  # windows, macos, docs -> who

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """Every change of status, in order.

        What is computed only ever leads forward: after an early end of life, the planned end of bug fixes is no event.
        """
        planned = [(turn.day, 0, turn) for turn in self._events()]
        decided = [(row.date, 1, Turn(row.date, row.status, row.reason)) for row in self.overrides]
        found: list[Turn] = []
        for _, by_hand, turn in sorted([*planned, *decided], key=lambda row: row[:2]):
            if by_hand or not found or ORDER[turn.status] > ORDER[found[-1].status]:
                found.append(turn)
        return tuple(found)

    def _events(self) -> Iterator[Turn]:
        """The releases that begin a phase, on the day they have in the schedule; else the day planned for them."""
        major, minor = branch_key(self.version)
        freeze = self.release(Version(major, minor, 0, "b", 1))
        final = self.release(Version(major, minor, 0))
        yield Turn(self.start_of_development, Status.FEATURE, "development began")
        yield Turn(freeze.date if freeze else self.feature_freeze, Status.PRERELEASE, "first beta: feature freeze")
        yield Turn(final.date if final else self.first_release, Status.BUGFIX, f"{self.version}.0 was released")
        yield Turn(self.end_of_bugfix, Status.SECURITY, "last release with bug fixes")
        yield Turn(self.end_of_life, Status.END_OF_LIFE, "end of life")

    def release(self, version: Version) -> Release | None:
        """The row of a release, or None."""
        return next((row for row in self.releases if row.version == version), None)

    def turn(self, on: date) -> Turn | None:
        """What gave the branch its status of that day; None before development began."""
        return next((turn for turn in reversed(self.turns) if on >= turn.day), None)

    def status(self, on: date) -> Status:
        """The status on that day; a phase begins with its day."""
        turn = self.turn(on)
        return turn.status if turn else Status.PLANNED

    def begins(self, status: Status) -> date:
        """The day on which it reaches `status`, or a later one where it skips that."""
        return next(turn.day for turn in self.turns if ORDER[turn.status] >= ORDER[status])

    def ref(self, on: date) -> str:
        """The git branch it lives on that day: `main` until its first beta, then its own."""
        return "main" if self.status(on) in (Status.FEATURE, Status.PLANNED) else self.version

    def next_release(self, on: date) -> Release | None:
        """The first release that is still expected, whatever the day says (a release may be late)."""
        if self.status(on) is Status.END_OF_LIFE:
            return None
        return next((release for release in self.releases if release.state == "expected"), None)

    def latest(self, on: date) -> Release | None:
        """The highest version that was out by that day and was not recalled."""
        out = [row for row in self.releases if row.state == "actual" and row.date <= on and not row.recalled]
        return max(out, key=lambda row: row.version, default=None)


@dataclass(frozen=True)
class Verdict:
    """May it come in, and why (a sentence for people)."""

    allowed: bool
    reason: str


@dataclass(frozen=True)
class Registry:
    """All branches of a project, oldest first."""

    branches: tuple[Branch, ...]

    def __iter__(self) -> Iterator[Branch]:
        return iter(self.branches)

    def find(self, version: str) -> Branch | None:
        """The branch called `3.14`, or None."""
        return next((branch for branch in self.branches if branch.version == version), None)

    def by_ref(self, ref: str, on: date) -> Branch | None:
        """The branch that lives on the git branch `ref` (`main`, `3.14`) that day, or None."""
        alive = [branch for branch in self.branches if branch.ref(on) == ref and branch.status(on) != Status.PLANNED]
        return alive[-1] if alive else None

    def live(self, on: date) -> list[Branch]:
        """Those under development or maintained that day, oldest first."""
        dead = (Status.PLANNED, Status.END_OF_LIFE)
        return [branch for branch in self.branches if branch.status(on) not in dead]

    def maintained(self, on: date) -> list[Branch]:
        """Those with a branch of their own that day: prerelease, bugfix and security."""
        return [branch for branch in self.live(on) if branch.status(on) is not Status.FEATURE]

    def takes(self, version: str, change: Change, on: date) -> Verdict:
        """May `change` go into the branch `version` that day?"""
        branch = self.find(version)
        if branch is None:
            known = ", ".join(other.version for other in self.maintained(on))
            return Verdict(False, f"there is no branch {version}; the maintained ones are {known}")
        status = branch.status(on)
        if change in TAKES[status]:
            return Verdict(True, f"{version} is in its {status} phase and takes {change} fixes")
        return Verdict(False, _refusal(branch, status, change))


def _refusal(branch: Branch, status: Status, change: Change) -> str:
    match status:
        case Status.END_OF_LIFE:
            return f"{branch.version} reached its end of life on {branch.begins(status)} and takes no more changes"
        case Status.SECURITY:
            return (
                f"{branch.version} takes only security fixes since {branch.begins(status)} "
                f"(until {branch.begins(Status.END_OF_LIFE)}; release manager: {branch.release_manager})"
            )
        case Status.PLANNED:
            return f"{branch.version} does not exist before {branch.start_of_development}"
        case _:
            return f"{branch.version} is in its {status} phase and takes no {change} changes"


def load(path: Path) -> Registry:
    """The registry in a TOML file; one that has not changed since is not read again.

    Raises ValueError that names the file, the branch and the field, OSError when it cannot be read.
    """
    found = path.stat()
    return _load(path, (found.st_mtime_ns, found.st_size, found.st_ino))


@lru_cache(maxsize=16)
def _load(path: Path, _state: tuple[int, int, int]) -> Registry:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def parse(text: str) -> Registry:
    """The registry that a TOML text holds. Raises ValueError that names the branch and the field."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from error
    unknown = set(document) - {"metadata", "release", "override", "cycle"}
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]} is no table here: write metadata, release, override or cycle")
    known = document.get("metadata", {})
    for table in ("release", "override", "cycle"):
        stray = set(document.get(table, {})) - set(known)
        if stray:
            raise ValueError(f'{table} {sorted(stray)[0]}: there is no [metadata."{sorted(stray)[0]}"]: add it')
    branches = [_branch(version, fields, document) for version, fields in known.items()]
    return Registry(tuple(sorted(branches, key=lambda branch: branch_key(branch.version))))


DAYS = ("start-of-development", "feature-freeze", "first-release", "end-of-bugfix", "end-of-life")
_CREW = ("windows", "macos", "docs")
_FIELDS = frozenset(("pep", "status", "branch", "release-manager", *DAYS, *_CREW))


def _branch(version: str, fields: dict[str, Any], document: dict[str, Any]) -> Branch:
    branch_key(version)  # raises for what is no branch
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise ValueError(f"branch {version}: {unknown[0]} is not a field: correct its name or take it out")
    start, freeze, first, bugfix_over, life_over = _days(version, fields)
    pep = fields.get("pep")
    return Branch(
        version=version,
        pep=pep if isinstance(pep, int) else None,
        release_manager=str(fields.get("release-manager", "")),
        start_of_development=start,
        feature_freeze=freeze,
        first_release=first,
        end_of_bugfix=bugfix_over,
        end_of_life=life_over,
        releases=tuple(_release(version, row) for row in document.get("release", {}).get(version, [])),
        overrides=tuple(_override(version, row) for row in document.get("override", {}).get(version, [])),
        cycle=_cycle(version, document.get("cycle", {}).get(version)),
        typed_status=str(fields.get("status", "")),
        crew=tuple((role, str(fields[role])) for role in _CREW if role in fields),
    )


def _days(version: str, fields: dict[str, Any]) -> list[date]:
    days: list[date] = []
    for name in DAYS:
        day = fields.get(name)
        if type(day) is not date:
            raise ValueError(f"branch {version}: {name} is {day!r}: write a date as in 2026-10-07")
        if days and day < days[-1]:
            raise ValueError(f"branch {version}: {name} {day} lies before the day of the phase before it")
        days.append(day)
    return days


def _release(branch: str, row: dict[str, Any]) -> Release:
    """A row is named by its `stage`, as the PEP repository does, or by its `version`."""
    name = row.get("stage", row.get("version"))
    day, state = row.get("date"), row.get("state")
    if type(day) is not date or state not in ("actual", "expected"):
        raise ValueError(f"release {name!r} of {branch}: needs a date and a state, actual or expected")
    version = Version.of_stage(str(row["stage"])) if "stage" in row else Version.parse(str(name))
    if version.branch != branch:
        raise ValueError(f"release {name!r} is no release of {branch}: move it")
    note, recalled = str(row.get("note", "")), row.get("recalled") is True
    return Release(version, day, state, note, recalled, str(row.get("stage", "")))


def _override(branch: str, row: dict[str, Any]) -> Override:
    day, status, reason = row.get("date"), row.get("status"), row.get("reason")
    if type(day) is not date or status not in list(Status) or not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"override of {branch}: needs a date, a status ({', '.join(Status)}) and a reason")
    return Override(day, Status(status), reason)


def _cycle(branch: str, table: dict[str, Any] | None) -> Cycle | None:
    if table is None:
        return None
    template, year = table.get("template"), table.get("year")
    if not isinstance(template, str) or not isinstance(year, int):
        raise ValueError(f"cycle {branch}: needs a template and the year of {branch}.0")
    rest = {name: value for name, value in table.items() if name not in ("template", "year", "override")}
    wrong = next((name for name, value in rest.items() if type(value) is not int), None)
    if wrong:
        raise ValueError(f"cycle {branch}: {wrong} is {rest[wrong]!r}: write a number")
    moved = tuple(_moved(branch, row) for row in table.get("override", []))
    return Cycle(template, year, tuple(rest.items()), moved)


def _moved(branch: str, row: dict[str, Any]) -> Moved:
    version, day, reason = row.get("version"), row.get("date"), row.get("reason")
    if type(day) is not date or not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"cycle {branch}: the override of {version!r} needs a date and a reason")
    return Moved(str(Version.parse(str(version))), day, reason)


def registry_path(profile: str) -> Path:
    """Where the registry of a profile lies in this tree."""
    return HERE / f"{profile}.toml"
