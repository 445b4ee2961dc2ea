"""The registry of branches: dates in one file, PEP 602 status computed from them, and what a branch takes today.

Nobody types a status. Everything that depends on one (labels, backports, builders, releases, pages) asks here, with the
day as an argument, so that a branch reaches its end of life everywhere on the same morning.
The files use the field names of the PEP repository's `python-releases.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

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
    """One row of a branch's schedule. `state` is `actual` or `expected`."""

    version: Version
    date: date
    state: str
    note: str = ""


@dataclass(frozen=True)
class Branch:
    """A line of development and its days. `version` is `3.14`; `start` and the rest are the days each phase begins."""

    version: str
    pep: int | None
    release_manager: str
    start_of_development: date
    feature_freeze: date
    first_release: date
    end_of_bugfix: date
    end_of_life: date
    releases: tuple[Release, ...] = ()

    def status(self, on: date) -> Status:
        """The status on that day; a phase begins with its day."""
        begins = (
            (self.end_of_life, Status.END_OF_LIFE),
            (self.end_of_bugfix, Status.SECURITY),
            (self.first_release, Status.BUGFIX),
            (self.feature_freeze, Status.PRERELEASE),
            (self.start_of_development, Status.FEATURE),
        )
        return next((status for day, status in begins if on >= day), Status.PLANNED)

    def ref(self, on: date) -> str:
        """The git branch it lives on that day: `main` until its first beta, then its own."""
        return "main" if self.status(on) in (Status.FEATURE, Status.PLANNED) else self.version

    def next_release(self, on: date) -> Release | None:
        """The first release that is still expected, whatever the day says (a release may be late)."""
        if self.status(on) is Status.END_OF_LIFE:
            return None
        return next((release for release in self.releases if release.state == "expected"), None)


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
            return f"{branch.version} reached its end of life on {branch.end_of_life} and takes no more changes"
        case Status.SECURITY:
            return (
                f"{branch.version} takes only security fixes since {branch.end_of_bugfix} "
                f"(until {branch.end_of_life}; release manager: {branch.release_manager})"
            )
        case Status.PLANNED:
            return f"{branch.version} does not exist before {branch.start_of_development}"
        case _:
            return f"{branch.version} is in its {status} phase and takes no {change} changes"


def load(path: Path) -> Registry:
    """The registry in a TOML file. Raises ValueError that names the file, the branch and the field."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: not TOML: {error}") from error
    releases = document.get("release", {})
    branches = [
        _branch(path, version, fields, releases.get(version, []))
        for version, fields in document.get("metadata", {}).items()
    ]
    return Registry(tuple(sorted(branches, key=lambda branch: branch_key(branch.version))))


_DAYS = ("start-of-development", "feature-freeze", "first-release", "end-of-bugfix", "end-of-life")


def _branch(path: Path, version: str, fields: dict[str, object], rows: list[dict[str, object]]) -> Branch:
    days: list[date] = []
    for name in _DAYS:
        day = fields.get(name)
        if type(day) is not date:
            raise ValueError(f"{path}: branch {version}: {name} is {day!r}: write a date as in 2026-10-07")
        if days and day < days[-1]:
            raise ValueError(f"{path}: branch {version}: {name} {day} lies before the day of the phase before it")
        days.append(day)
    pep = fields.get("pep")
    start, freeze, first, bugfix_over, life_over = days
    return Branch(
        version=version,
        pep=pep if isinstance(pep, int) else None,
        release_manager=str(fields.get("release-manager", "")),
        start_of_development=start,
        feature_freeze=freeze,
        first_release=first,
        end_of_bugfix=bugfix_over,
        end_of_life=life_over,
        releases=tuple(_release(path, version, row) for row in rows),
    )


def _release(path: Path, version: str, row: dict[str, object]) -> Release:
    day, state = row.get("date"), row.get("state")
    if type(day) is not date or state not in ("actual", "expected"):
        raise ValueError(f"{path}: release {row.get('version')!r} of {version}: needs a date and a state")
    return Release(Version.parse(str(row.get("version"))), day, str(state), str(row.get("note", "")))


def registry_path(profile: str) -> Path:
    """Where the registry of a profile lies in this tree."""
    return HERE / f"{profile}.toml"
