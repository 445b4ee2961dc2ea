"""Start here: the table of reactions, in the order in which they decide and their effects are carried out.

Each is a module with a pure `decide(event, facts) -> Decision`. A row says which events it answers and what it reads.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bots import (
    backport,
    builds,
    channels,
    cla,
    commands,
    configuration,
    culprit,
    guard,
    issue,
    maintenance,
    news,
    operators,
    paths,
    pull_builds,
    spam,
    stage,
    welcome,
)  # fmt: skip
from bots.decision import Decision
from core.store import Decided
from forge import effects
from forge.events import (
    BackportFinished,
    BranchCreated,
    BuildFinished,
    Commented,
    DayBegan,
    Event,
    NewsDue,
    Parked,
    PullRequestChanged,
    Pushed,
    ReleaseMoved,
    Reviewed,
    Revoked,
    Signed,
    WorkerSeen,
)
from forge.facts import Facts
from forge.snapshot import Read

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One reaction: its name for good (decisions are stored under it), the events it answers, what it reads."""

    name: str
    decide: Callable[[Event, Facts], Decision]
    events: tuple[type, ...]
    reads: frozenset[Read] = frozenset()


def _reads(*names: Read) -> frozenset[Read]:
    return frozenset(names)


PULL = (PullRequestChanged,)
TALK = (PullRequestChanged, Reviewed, Commented)
CHECKS = _reads(Read.FILES, Read.ISSUES, Read.COMMITS, Read.ORIGINAL)
BACKPORT = _reads(Read.BACKPORTS, Read.ORIGINAL, Read.COMMENTS, Read.REVIEWS, Read.COMMITS)

SPAM = "spam"  # where this one has something to do, no other has

TABLE = (
    Row(SPAM, spam.decide, PULL),
    Row("stage", stage.decide, TALK, _reads(Read.REVIEWS, Read.COMMENTS, Read.SAME_CHANGE)),
    Row("paths", paths.decide, PULL, _reads(Read.FILES, Read.OWN_LABELS)),
    Row("issue", issue.decide, PULL, _reads(Read.ISSUES, Read.ORIGINAL)),
    Row("news", news.decide, PULL, _reads(Read.FILES)),
    Row("cla", cla.decide, PULL, _reads(Read.COMMITS)),
    Row("cla signed", cla.decide, (Signed,), _reads(Read.WAITING_FOR_SIGNATURE)),
    Row("cla revoked", cla.decide, (Revoked,), _reads(Read.OPEN_PULLS)),
    Row("guard", guard.decide, TALK, _reads(Read.REVIEWS, Read.COMMENTS, Read.CONFLICTS)),
    Row("guard release", guard.decide, (ReleaseMoved,), _reads(Read.OPEN_PULLS)),
    Row("welcome", welcome.decide, PULL, CHECKS | {Read.COMMENTS}),
    Row("maintenance", maintenance.decide, PULL),
    Row("maintenance day", maintenance.decide, (DayBegan, BranchCreated), _reads(Read.LABELS, Read.REFS)),
    Row("backport", backport.decide, (PullRequestChanged, BackportFinished), BACKPORT),
    Row("commands", commands.decide, (Commented,), _reads(Read.BACKPORTS, Read.COMMENTS)),
    Row("pull builds", pull_builds.decide, (PullRequestChanged, Commented), _reads(Read.BUILDERS)),
    Row("builds", builds.decide, (Pushed, BuildFinished)),
    Row("culprit", culprit.decide, (BuildFinished,)),
    Row("configuration", configuration.decide, (Pushed, DayBegan), _reads(Read.CONFIGURATION)),
    Row("channels", channels.decide, (NewsDue, WorkerSeen)),
    Row("operators", operators.decide, (Parked, DayBegan)),
)

# What may change an answer; every other action of a pull request (assigned, locked ...) is let pass.
ACTIONS = frozenset(
    {
        "opened", "reopened", "closed", "synchronize", "edited", "labeled", "unlabeled", "converted_to_draft",
        "ready_for_review", "review_requested", "review_request_removed", "recheck",
    }
)  # fmt: skip

# Echoes of our own writes: what they would tell was decided together with them.
ECHOES = frozenset({"labeled", "unlabeled", "edited", "review_requested"})


def answering(event: Event, bot_login: str) -> tuple[Row, ...]:
    """The rows that answer this event, in order."""
    if _is_idle_talk(event, bot_login):
        return ()
    return tuple(row for row in TABLE if isinstance(event, row.events))


def reads(rows: Iterable[Row]) -> frozenset[Read]:
    """Everything that one snapshot for these rows needs."""
    return frozenset(read for row in rows for read in row.reads)


def react(event: Event, facts: Facts, rows: Iterable[Row]) -> list[Decided]:
    """Each row's answer. A row that fails says so in its answer, and the others still decide."""
    if spam.is_spam(facts):
        return [_answer(row, event, facts) if row.name == SPAM else Decided(row.name, why=SPAM) for row in rows]
    return [_answer(row, event, facts) for row in rows]


def _answer(row: Row, event: Event, facts: Facts) -> Decided:
    try:
        decision = row.decide(event, facts)
    except Exception:  # the one broad catch: a mistake in one reaction must not silence the others
        log.exception("decision failed reaction=%s event=%r", row.name, event)
        return Decided(row.name, error=traceback.format_exc())
    return Decided(row.name, tuple(effects.dump(effect) for effect in decision.effects), decision.why)


def _is_idle_talk(event: Event, bot_login: str) -> bool:
    match event:
        case PullRequestChanged():
            echo = event.sender == bot_login and event.action in ECHOES
            return echo or event.action not in ACTIONS
        case Commented():
            return event.author == bot_login
        case _:
            return False
