"""May a branch be released, by its builders? A panel a branch: the answer, the reason in a sentence, what is red. Pure.

Only stable builders of the tiers that block hold a release up; what else is red concerns somebody. A builder whose
workers are all away, or that has not built yet, says nothing: where a release waits for it, that is a concern too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.results import Builder
from core.standings import Standing

NAMED = 2  # builders that a sentence names


class Severity(StrEnum):
    """How much a builder's state matters, the worst first."""

    BLOCKS = "blocks releases"
    CONCERNS = "concerning"
    BROKEN_FARM = "the farm failed"  # it ended with an exception: that says nothing about the code
    AWAY = "no worker"
    NEW = "no build yet"
    UNSTABLE = "unstable"
    NONE = "none"


class State(StrEnum):
    UNRELEASABLE = "unreleasable"
    CONCERN = "concern"
    RELEASABLE = "releasable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Row:
    """A builder, where it stands (None: it has not built yet) and how much that matters."""

    builder: Builder
    standing: Standing | None
    severity: Severity
    waited_for: bool  # a release of its branch waits for it


@dataclass(frozen=True)
class Panel:
    state: State
    why: str
    rows: tuple[Row, ...] = ()  # the worst first, then by name
    counts: Mapping[Severity, int] = field(default_factory=dict)


def panel(
    builders: Iterable[Builder],
    standings: Mapping[tuple[str, str], Standing],
    blocking: Collection[int],
    away: Collection[str] = (),
) -> Panel:
    """The panel of one branch, from its builders. `blocking`: tiers; `away`: builders all of whose workers are gone."""
    rows = [_row(each, standings.get((each.name, each.branch)), blocking, away) for each in builders]
    order = list(Severity)
    rows.sort(key=lambda row: (order.index(row.severity), row.builder.tier or 9, row.builder.name))
    counts = {severity: sum(row.severity is severity for row in rows) for severity in Severity}
    state, why = _judged(rows, counts)
    return Panel(state, why, tuple(rows), {severity: count for severity, count in counts.items() if count})


def severity(builder: Builder, standing: Standing | None, blocking: Collection[int], away: bool = False) -> Severity:
    if standing is None:
        return Severity.NEW
    if not standing.red:
        return Severity.AWAY if away and builder.stable else Severity.NONE
    if not builder.stable:
        return Severity.UNSTABLE
    if standing.latest["result"] != "failure":
        return Severity.BROKEN_FARM
    return Severity.BLOCKS if builder.tier in blocking else Severity.CONCERNS


def _row(builder: Builder, standing: Standing | None, blocking: Collection[int], away: Collection[str]) -> Row:
    found = severity(builder, standing, blocking, builder.name in away)
    return Row(builder, standing, found, builder.stable and builder.tier in blocking)


def _judged(rows: Sequence[Row], counts: Mapping[Severity, int]) -> tuple[State, str]:
    waited = [row for row in rows if row.waited_for]
    if not rows:
        return State.UNKNOWN, "No builder builds this branch."
    if all(row.standing is None for row in rows):
        return State.UNKNOWN, f"None of its {_builders(len(rows))} has built it yet."
    if red := [row for row in rows if row.severity is Severity.BLOCKS]:
        return State.UNRELEASABLE, f"{_share(red, waited)} red: {_named(red)}."
    silent = [row for row in waited if row.severity not in (Severity.NONE, Severity.BLOCKS)]
    others = [row for row in rows if row.severity in (Severity.CONCERNS, Severity.BROKEN_FARM) and not row.waited_for]
    if silent:
        said = ", ".join(f"{row.builder.name} ({row.severity})" for row in silent[:NAMED])
        return State.CONCERN, f"{_share(silent, waited)} without an answer: {said}{_more(silent)}."
    if others:
        verb = "is" if len(others) == 1 else "are"
        return State.CONCERN, f"A release waits for none of these, but {_named(others)} {verb} red."
    if not waited:
        return State.RELEASABLE, "A release of it waits for no builder, and no stable one is red."
    return State.RELEASABLE, f"All {len(waited)} builders that a release waits for are green." if len(
        waited
    ) > 1 else "The one builder that a release waits for is green."


def _share(some: Sequence[Row], of: Sequence[Row]) -> str:
    verb = "is" if len(some) == 1 else "are"
    return f"{len(some)} of {_builders(len(of))} that a release waits for {verb}"


def _named(rows: Sequence[Row]) -> str:
    return "; ".join(_sentence(row) for row in rows[:NAMED]) + _more(rows)


def _more(rows: Sequence[Row]) -> str:
    return f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""


def _sentence(row: Row) -> str:
    """`debug 1.3 since 0123456789 (test_socket, test_ssl)`."""
    if row.standing is None or row.standing.breaking is None:
        return row.builder.name
    return f"{row.builder.name} since {str(row.standing.breaking['commit'])[:10]} ({what(row.standing)})"


def what(standing: Standing) -> str:
    """What is wrong in its newest build: up to two tests, or the step."""
    latest = standing.latest
    failed = list(latest.get("failed") or ())
    if not failed:
        return str(latest.get("failed_step") or latest["result"])
    more = len(failed) - NAMED + int(latest.get("more") or 0)
    return ", ".join(failed[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _builders(count: int) -> str:
    return f"{count} builder{'' if count == 1 else 's'}"
