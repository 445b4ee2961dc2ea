"""Dates of a cycle: those that its template and exceptions give, each with its reason, beside those in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from datetime import date as Day  # for classes that have a field of that name
from itertools import takewhile

from core.branches import Branch, Cycle, Moved, Registry, Release, Status
from core.versions import Version, branch_key
from release.templates import TemplateError, nth_weekday, template

SUPPORT_MONTHS = (12, 2, 4, 6, 8, 10)  # of bug-fix releases, from the December after X.Y.0; PEP 602: every other month
TUESDAY = 1
BUGFIX_YEARS, LIFE_YEARS = 2, 5  # PEP 602, for 3.13 and later
WARNED_RELEASES, BETTER_RELEASES = 2, 5  # PEP 387: a warning stands in at least two feature releases, better five


@dataclass(frozen=True)
class Row:
    """A day in a cycle and why it is that one. `rule` is what the template gave where an exception moved it."""

    version: str
    date: date
    why: str
    rule: Day | None = None


def rows(branch: Branch) -> list[Row]:
    """Every release of a branch by the registry."""
    return [Row(str(release.version), release.date, _why(release)) for release in branch.releases]


def _why(release: Release) -> str:
    words = "released" if release.state == "actual" else "planned in the registry"
    return f"{words}; {release.note}" if release.note else words


def days(branch: Branch) -> list[Row]:
    """The days on which a branch changes its status."""
    return [Row(branch.version, turn.day, f"{turn.status}: {turn.why}") for turn in branch.turns]


def find(registry: Registry, version: Version) -> Release | None:
    """The row of a release in the registry."""
    branch = registry.find(version.branch)
    return branch.release(version) if branch else None


# --- by the rules ---


def plan(branch: str, cycle: Cycle, exceptions: bool = True) -> list[Row]:
    """Every pre-release and X.Y.0 of the cycle of `branch` (3.17), in order.

    Without `exceptions` the template alone speaks. Raises TemplateError where the template cannot be used, or where an
    exception concerns no release of it or puts one before its predecessor.
    """
    made = template(cycle.template).days(cycle.year, dict(cycle.parameters))
    found = {_name(branch, step): Row(_name(branch, step), day.date, day.why) for step, day in made.items()}
    for moved in cycle.overrides if exceptions else ():
        before = found.get(moved.version)
        if before is None:
            raise TemplateError(f"{moved.version} is no release of {branch} by template {cycle.template}: correct it")
        found[moved.version] = Row(moved.version, moved.date, f"{moved.reason} (by rule: {before.why})", before.date)
    return _in_order(found.values())


def _name(branch: str, step: str) -> str:
    return f"{branch}.0{'' if step == 'final' else step}"


def _in_order(found: Iterable[Row]) -> list[Row]:
    ordered = sorted(found, key=lambda row: Version.parse(row.version))
    for one, other in zip(ordered, ordered[1:], strict=False):
        if other.date < one.date:
            raise TemplateError(
                f"{other.version} on {other.date} lies before {one.version}, {one.date}: move one of them"
            )
    return ordered


def cycle_of(registry: Registry, branch: str, name: str = "", year: int = 0) -> Cycle:
    """The cycle that the registry has for `branch`; a later branch has the newest one's template, a year for each step.

    `name` and `year` take the place of either. Raises TemplateError where neither says how it was planned.
    """
    branch_key(branch)
    known = registry.find(branch)
    if known and known.cycle:
        return Cycle(name or known.cycle.template, year or known.cycle.year, *_rest(known.cycle, name))
    planned = [other for other in registry if other.cycle]
    if known and not (name and year):
        raise TemplateError(
            f"{branch} was not planned by a template: give --template and --year, or look at its dates with --registry"
        )
    if not planned and not (name and year):
        raise TemplateError(f"no branch of the registry has a cycle to go by: give --template and --year for {branch}")
    if name and year:
        return Cycle(name, year)
    newest = planned[-1]
    assert newest.cycle  # noqa: S101  # that is how they were chosen
    (major, minor), (as_major, as_minor) = branch_key(branch), branch_key(newest.version)
    if major != as_major or minor < as_minor:
        raise TemplateError(f"{branch} does not follow {newest.version}: give --template and --year")
    return Cycle(
        name or newest.cycle.template, year or newest.cycle.year + minor - as_minor, *_rest(newest.cycle, name)[:1]
    )


def _rest(cycle: Cycle, other: str) -> tuple[tuple[tuple[str, int], ...], tuple[Moved, ...]]:
    """Parameters and exceptions belong to a template: under another one there are none."""
    return ((), ()) if other and other != cycle.template else (cycle.parameters, cycle.overrides)


def support(branch: str, final: date) -> list[Row]:
    """What follows X.Y.0: a bug-fix release every other month for two years, then the days of PEP 602."""
    ends = final.replace(year=final.year + BUGFIX_YEARS)
    first = (
        nth_weekday(year, month, TUESDAY, 0)
        for year in range(final.year, ends.year + 1)
        for month in sorted(SUPPORT_MONTHS)
        if date(year, month, 1) > final.replace(day=28)
    )
    dated = takewhile(lambda day: day <= ends, first)
    found = [
        Row(f"{branch}.{micro}", day, f"first Tuesday of {day:%B %Y}: every other month")
        for micro, day in enumerate(dated, 1)
    ]
    found.append(Row(branch, ends, f"end of bug fixes: {branch}.0 + {BUGFIX_YEARS} years"))
    over = final.replace(year=final.year + LIFE_YEARS)
    return [*found, Row(branch, over, f"end of life: {branch}.0 + {LIFE_YEARS} years")]


# --- beside the dates in force ---


@dataclass(frozen=True)
class Compared:
    """A day by the rules beside the one in force; None where one of them has no such release."""

    version: str
    date: date | None
    why: str
    in_force: Day | None
    state: str

    @property
    def days(self) -> int | None:
        """How many days later it is than planned."""
        return (self.in_force - self.date).days if self.in_force and self.date else None


def compare(planned: Iterable[Row], branch: Branch | None) -> list[Compared]:
    """By the rules and by the registry, release by release."""
    ruled = {Version.parse(row.version): row for row in planned if row.version.count(".") == 2}
    known = {row.version: row for row in branch.releases} if branch else {}
    found = []
    for version in sorted({*ruled, *known}):
        rule, row = ruled.get(version), known.get(version)
        why = rule.why if rule else "not in the plan"
        found.append(
            Compared(
                str(version), rule.date if rule else None, why, row.date if row else None, row.state if row else ""
            )
        )
    return found


@dataclass(frozen=True)
class Slip:
    """How a branch's pre-releases and X.Y.0 came out beside their plan, in days; later is more."""

    branch: str
    compared: int
    exact: int
    within_week: int
    mean_days: float
    worst_days: int


def slip(branch: Branch) -> Slip | None:
    """Over the releases that are out and were planned; None where there are none."""
    if branch.cycle is None:
        return None
    compared = compare(plan(branch.version, branch.cycle), branch)
    late = [row.days for row in compared if row.state == "actual" and row.days is not None]
    if not late:
        return None
    return Slip(
        branch=branch.version,
        compared=len(late),
        exact=sum(1 for days in late if days == 0),
        within_week=sum(1 for days in late if abs(days) <= 7),
        mean_days=sum(late) / len(late),
        worst_days=max(late, key=abs),
    )


@dataclass(frozen=True)
class Change:
    """A day of a release that was changed: None where it was not there, or is not any longer."""

    version: str
    before: date | None
    after: date | None


def changes(before: Registry, after: Registry) -> list[Change]:
    """What changed since: every release whose day is another."""
    old, new = _dated(before), _dated(after)
    return [
        Change(str(version), old.get(version), new.get(version))
        for version in sorted({*old, *new})
        if old.get(version) != new.get(version)
    ]


def _dated(registry: Registry) -> Mapping[Version, date]:
    return {row.version: row.date for branch in registry for row in branch.releases}


def short_notice(found: Iterable[Change], today: date, days: int = 14) -> list[str]:
    """A sentence for each move that people hear of less than `days` days before."""
    told = []
    for change in found:
        soonest = min(day for day in (change.before, change.after) if day)
        if change.before and today <= soonest and (soonest - today).days < days:
            to = f"moved to {change.after}" if change.after else "dropped"
            told.append(f"{change.version}, planned for {change.before}, is {to} with less than {days} days' notice")
    return told


# --- removals ---


@dataclass(frozen=True)
class Removal:
    """What begins to warn in `warned` may go in `earliest`; PEP 387 would rather have `better`. Days where planned."""

    warned: str
    earliest: str
    earliest_date: date
    better: str
    better_date: date


def removal(registry: Registry, branch: str) -> Removal:
    """By PEP 387's counting of feature releases, with the registry's or the rules' days."""
    major, minor = branch_key(branch)
    earliest, better = f"{major}.{minor + WARNED_RELEASES}", f"{major}.{minor + BETTER_RELEASES}"
    return Removal(branch, earliest, _final(registry, earliest), better, _final(registry, better))


def _final(registry: Registry, branch: str) -> date:
    known = registry.find(branch)
    return known.begins(Status.BUGFIX) if known else plan(branch, cycle_of(registry, branch))[-1].date
