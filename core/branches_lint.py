"""What is wrong with a registry: dates that contradict one another, rows that are missing, days that cannot be.

Runs on every change of the file. A fault is a sentence with the value and what is expected; nothing is corrected here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from core.branches import Branch, Registry, Release, Status
from core.versions import Version, branch_key

LATE_DAYS = 7  # the end of bug fixes is the day of the last such release; a week is no contradiction
_DATED = re.compile(r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? (\d{4}-\d\d-\d\d)")


@dataclass(frozen=True)
class Fault:
    """`about` is the version or the field that is wrong; one fault is told once."""

    branch: str
    about: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.branch}: {self.sentence}"


@dataclass(frozen=True)
class _Case:
    branch: Branch
    before: Branch | None  # the branch before it
    on: date


def lint(registry: Registry, on: date, tags: Collection[str] | None = None) -> list[Fault]:
    """Every fault of the registry on that day, branch by branch.

    `tags` are the repository's (`v3.14.0a1`); without them rows and tags are not compared.
    """
    found: dict[tuple[str, str], Fault] = {}
    cases = [_Case(branch, before, on) for before, branch in pairwise([None, *registry.branches]) if branch]
    for case in cases:
        rules = [rule(case) for rule in RULES] + ([_tags(case, tags)] if tags is not None else [])
        for about, sentence in (row for rule in rules for row in rule):
            found.setdefault((case.branch.version, about), Fault(case.branch.version, about, sentence))
    return list(found.values())


Told = Iterator[tuple[str, str]]


def _days_of_releases(case: _Case) -> Told:
    """The days that the file names twice, as a field and as a release, are the same."""
    branch = case.branch
    major, minor = branch_key(branch.version)
    for field, day, version in (
        ("first-release", branch.first_release, Version(major, minor, 0)),
        ("feature-freeze", branch.feature_freeze, Version(major, minor, 0, "b", 1)),
    ):
        row = branch.release(version)
        if row and row.date != day:
            yield field, f"{field} is {day}, but {version} is on {row.date}: make them the same"


def _start(case: _Case) -> Told:
    if case.before and case.branch.start_of_development != case.before.feature_freeze:
        start, freeze = case.branch.start_of_development, case.before.feature_freeze
        yield "start-of-development", f"start-of-development is {start}, but {case.before.version} froze on {freeze}"


def _end_of_bugfix(case: _Case) -> Told:
    """Once it is over: the day of the last release with bug fixes."""
    branch = case.branch
    if branch.end_of_bugfix > case.on:
        return
    last = max((row.date for row in branch.releases if row.date <= branch.end_of_bugfix), default=branch.end_of_bugfix)
    late = (branch.end_of_bugfix - last).days
    if late > LATE_DAYS:
        yield (
            "end-of-bugfix",
            f"end-of-bugfix is {branch.end_of_bugfix}, {late} days after the last bug-fix release, {last}",
        )


def _end_of_life(case: _Case) -> Told:
    late = [row for row in case.branch.releases if row.date > case.branch.end_of_life]
    for row in late:
        yield str(row.version), f"{row.version} is on {row.date}, after the end of life, {case.branch.end_of_life}"


def _order(case: _Case) -> Told:
    rows = sorted(case.branch.releases, key=lambda row: row.version)
    for one, other in pairwise(rows):
        if one.version == other.version:
            yield str(other.version), f"{other.version} has two rows: take one out"
        elif other.date < one.date:
            yield str(other.version), f"{other.version} is on {other.date}, before {one.version}, {one.date}"


def _future(case: _Case) -> Told:
    for row in case.branch.releases:
        if row.state == "actual" and row.date > case.on:
            yield str(row.version), f"{row.version} is actual, but {row.date} is still to come"


def _gaps(case: _Case) -> Told:
    """Serial numbers and micro versions that were left out; what was recalled has its row too."""
    known = {row.version for row in case.branch.releases}
    for version in sorted(known):
        before = _before(version)
        if before and before not in known:
            yield str(before), f"{before} has no row, but {version} has: add it, even if it was recalled"


def _before(version: Version) -> Version | None:
    """The release whose number comes before it on the same level; None for the first."""
    if version.is_final:
        return Version(version.major, version.minor, version.micro - 1) if version.micro else None
    if version.serial == 1:
        return None
    return Version(version.major, version.minor, version.micro, version.level, version.serial - 1)


def _typed_status(case: _Case) -> Told:
    computed = case.branch.status(case.on)
    if case.branch.typed_status and case.branch.typed_status != computed:
        yield "status", f"status is typed as {case.branch.typed_status}, but its dates say {computed}: take it out"


def _overrides(case: _Case) -> Told:
    for row in case.branch.overrides:
        if row.status is Status.PLANNED:
            yield "override", f"an override of {row.date} takes it back to {row.status}, where no branch goes"


def _tags(case: _Case, tags: Collection[str]) -> Told:
    branch = case.branch
    for row in branch.releases:
        if row.state == "actual" and f"v{row.version}" not in tags:
            yield str(row.version), f"{row.version} is actual, but there is no tag v{row.version}"
    known = {row.version: row for row in branch.releases}
    for version in sorted(_tagged(branch.version, tags)):
        planned = known.get(version)
        if planned is None:
            yield str(version), f"v{version} is tagged, but has no row: add it"
        elif planned.state != "actual":
            yield str(version), f"v{version} is tagged, but its row says {planned.state}"


def _tagged(branch: str, tags: Iterable[str]) -> Iterator[Version]:
    for tag in tags:
        try:
            version = Version.parse(tag.removeprefix("v"))
        except ValueError:
            continue  # a tag of something else: 3.9, the end of a branch
        if version.branch == branch and tag.startswith("v"):
            yield version


RULES: tuple[Callable[[_Case], Told], ...] = (
    _days_of_releases,
    _start,
    _end_of_bugfix,
    _end_of_life,
    _order,
    _future,
    _gaps,
    _typed_status,
    _overrides,
)


def lint_text(text: str) -> list[str]:
    """Dates of a published schedule whose weekday is another: `Monday, 2020-10-04` was a Sunday."""
    found = []
    for weekday, day in _DATED.findall(text):
        real = date.fromisoformat(day).strftime("%A")
        if real != f"{weekday}day":
            found.append(f"{day} is called a {weekday}day, but is a {real}")
    return found


def overdue(registry: Registry, on: date) -> list[Release]:
    """Releases that are still expected on a day that has passed."""
    rows = [row for branch in registry.live(on) for row in branch.releases]
    return [row for row in rows if row.state == "expected" and row.date < on]
