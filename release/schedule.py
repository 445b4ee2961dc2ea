"""Dates of a cycle: those in force, each with where it comes from, and those that PEP 602's rules would give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from core.branches import Branch, Registry, Release
from core.versions import Version

TUESDAY = 1


@dataclass(frozen=True)
class Row:
    """A day in a cycle and why it is that one."""

    version: str
    date: date
    why: str


def rows(branch: Branch) -> list[Row]:
    """Every release of a branch by the registry."""
    return [Row(str(release.version), release.date, _why(release)) for release in branch.releases]


def _why(release: Release) -> str:
    words = "released" if release.state == "actual" else "planned in the registry"
    return f"{words}; {release.note}" if release.note else words


def days(branch: Branch) -> list[Row]:
    """The days on which a branch changes its phase."""
    return [
        Row(branch.version, branch.start_of_development, "development begins"),
        Row(branch.version, branch.feature_freeze, "feature freeze: first beta"),
        Row(branch.version, branch.first_release, "first release: bug fixes from here"),
        Row(branch.version, branch.end_of_bugfix, "end of bug fixes: security only"),
        Row(branch.version, branch.end_of_life, "end of life"),
    ]


def find(registry: Registry, version: Version) -> Release | None:
    """The row of a release in the registry."""
    branch = registry.find(version.branch)
    return next((row for row in branch.releases if row.version == version), None) if branch else None


# A step of the template: the release, the one it is counted from, and the days between.
Offset = tuple[str, str, int]
MODERN: tuple[Offset, ...] = (
    *((f"a{number}", "b1", -28 * (8 - number)) for number in range(7, 1, -1)),
    ("a1", "a2", -35),
    ("b2", "b1", 21),
    ("b3", "b2", 21),
    ("b4", "b3", 28),
    ("rc1", "b4", 14),
    ("rc2", "rc1", 35),
)


def modern(branch: str, year: int) -> list[Row]:
    """The cycle of `branch` (3.17) whose final release falls into `year`, by the rules used since 3.13.

    The first beta is May's first Tuesday and the final October's; all else is counted from there.
    """
    found = {
        "b1": (first_tuesday(year, 5), f"first Tuesday of May {year}"),
        "": (first_tuesday(year, 10), f"first Tuesday of October {year}"),
    }
    for name, base, offset in MODERN:
        found[name] = (found[base][0] + timedelta(days=offset), f"{base} {'-' if offset < 0 else '+'} {abs(offset)} d")
    dated = [Row(f"{branch}.0{name}", day, why) for name, (day, why) in found.items()]
    return sorted(dated, key=lambda row: Version.parse(row.version))


def first_tuesday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(TUESDAY - first.weekday()) % 7)
