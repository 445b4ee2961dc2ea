"""A branch passes into its next phase, by PEP 101's lists as steps: each is looked at, done, looked at again.

Every step may be asked for twice. What was done can be undone, from the last step back; a step that cannot be undone is
the last one, says so before, and asks for a word of its own. Reminders stand in core/reminders.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from release import turnsteps as do
from release.crashing import crash
from release.turning import Evidence, Journal, TransitionError, Turning, alone

__all__ = ["TARGETS", "Row", "Step", "TransitionError", "apply", "plan", "undo"]


async def _nothing(_: Turning) -> Evidence:
    return {}


@dataclass(frozen=True)
class Step:
    """`what` may name {version}, {label}, {next}. Without `act` it follows by itself; without `undo` it is for good."""

    id: str
    what: str
    done: Callable[[Turning], Awaitable[bool]]
    act: Callable[[Turning, Evidence], Awaitable[None]] | None = None
    undo: Callable[[Turning, Evidence], Awaitable[None]] | None = None
    look: Callable[[Turning], Awaitable[Evidence]] = _nothing  # what an undo needs, looked up before

    @property
    def for_good(self) -> bool:
        return self.act is not None and self.undo is None


STATUS = Step("status", "the registry says that {version} is {status}", do.has_status, do.set_status, do.unset_status)
TOLD = Step(
    "people", "open issues and pull requests of {version} are told", do.all_told, do.tell, do.take_back, do.whom
)
NOTICE = Step("notice", "everybody is told, by an issue", do.is_announced, do.announce, do.unannounce)
DOCUMENTS = Step(
    "documents",
    "calendar, tables, banner and issue form follow",
    do.documents_follow,
    do.write_documents,
    do.write_documents,
)
LOOK = Step("label", "label {label!r} says what {version} takes", do.has_label, do.make_label, do.unmake_label)
REFUSED = Step("backports", "backports of bug fixes to {version} are refused with the reason", do.backports_refused)
PERMITTED = Step("permissions", "core developers no longer merge bug fixes into {version}", do.nobody_merges)
BORN = Step("branch", "{version} branches off main", do.has_branch, do.make_branch, do.unmake_branch, do.where_main_is)

TARGETS: dict[str, tuple[Step, ...]] = {
    "security": (STATUS, LOOK, TOLD, DOCUMENTS, NOTICE, REFUSED, PERMITTED),
    "end-of-life": (
        STATUS,
        Step("tag", "the head of {version} is tagged {version}, signed", do.has_tag, do.make_tag, do.drop_tag),
        TOLD,
        Step("label", "label {label!r} is retired", do.has_no_label, do.retire_label, do.restore_label, do.bearers),
        DOCUMENTS,
        NOTICE,
        REFUSED,
        PERMITTED,
        Step("builders", "builders of {version} are gone", do.has_no_builders),
        Step("delete", "the branch {version} is deleted, its tag replaces it", do.has_no_branch, do.delete_branch),
    ),
    "new-branch": (
        STATUS,
        Step("next", "the registry knows {next}", do.successor_is_known, do.plan_successor, do.forget_successor),
        BORN,
        Step("protection", "git branch {version} is protected", do.is_protected, do.protect, do.unprotect),
        LOOK,
        Step("main", "main calls itself {next}.0a0", do.main_is_next, do.bump_main, do.unbump_main),
        DOCUMENTS,
        NOTICE,
        Step("builders", "the branch {version} has builders", do.has_builders),
    ),
}


@dataclass(frozen=True)
class Row:
    """A step as it stands: done, to do, by itself (it will follow), for good (it cannot be undone), or unknown."""

    id: str
    state: str
    what: str


Report = Callable[[Row], None]


def steps(t: Turning) -> tuple[Step, ...]:
    """Raises TransitionError for what is no transition, and for a branch that has passed it."""
    if t.target not in TARGETS:
        raise TransitionError(f"{t.target!r} is no transition: write one of {', '.join(TARGETS)}")
    return TARGETS[t.target]


def said(t: Turning, step: Step) -> str:
    return step.what.format(version=t.version, label=t.label, next=do.successor(t), status=do.STATUS[t.target])


async def plan(t: Turning) -> list[Row]:
    """Every step and where it stands; nothing is touched."""
    _ = t.branch
    return [Row(step.id, await _state(t, step), said(t, step)) for step in steps(t)]


async def _state(t: Turning, step: Step) -> str:
    if t.hub is None and step not in (STATUS, DOCUMENTS, REFUSED, PERMITTED) and step.id not in ("next", "builders"):
        return "unknown"
    if await step.done(t):
        return "done"
    if step.act is None:
        return "by itself"
    return "for good" if step.for_good else "to do"


async def apply(t: Turning, report: Report, for_good: bool = False) -> list[Row]:
    """Do every step that is not done, in order; what is left then.

    Left are steps that follow by themselves, and those that wait for the word `for_good`. Raises TransitionError where
    one cannot be done: asking again goes on there.
    """
    _ = t.github
    with alone(t):
        return await _apply(t, report, for_good)


async def _apply(t: Turning, report: Report, for_good: bool) -> list[Row]:
    journal, left = Journal(t), []
    for step in steps(t):
        row = Row(step.id, await _state(t, step), said(t, step))
        if row.state == "to do" or (row.state == "for good" and for_good):
            await _do(t, step, journal)
            row = Row(step.id, "done", row.what)
        elif row.state == "done" and step.id in journal.read():
            journal.note(step.id, "done", journal.read()[step.id]["evidence"])
        report(row)
        if row.state != "done":
            left.append(row)
    return left


async def _do(t: Turning, step: Step, journal: Journal) -> None:
    assert step.act is not None  # noqa: S101  # its state says so
    known = journal.read().get(step.id)
    evidence = known["evidence"] if known else await step.look(t)
    journal.note(step.id, "begun", evidence)
    crash(step.id, "before")
    await step.act(t, evidence)
    crash(step.id, "after")
    if not await step.done(t):
        raise TransitionError(f"{step.id} was done, but it does not show: {said(t, step)}: look why, and ask again")
    journal.note(step.id, "done", evidence)


async def undo(t: Turning, report: Report) -> None:
    """Take back what we did, the last step first, up to the first that is for good; whoever is killed asks again.

    Raises TransitionError where that one is the last: before anything is touched.
    """
    _ = t.github
    with alone(t):
        await _undo(t, report)


async def _undo(t: Turning, report: Report) -> None:
    journal = Journal(t)
    known = journal.read()
    ours = [step for step in reversed(steps(t)) if step.id in known]
    lasting = [await _is_for_good(t, step) for step in ours]
    gone = lasting.index(True) if True in lasting else len(ours)
    if gone == 0 and ours:
        raise TransitionError(
            f"{said(t, ours[0])}, on {known[ours[0].id]['at']}: that cannot be undone, nor what led to it"
        )
    for step in ours[gone:]:
        report(Row(step.id, "for good" if step.for_good else "stays", said(t, step)))
    for step in ours[:gone]:
        await _take_back(t, step, journal, known[step.id]["evidence"])
        report(Row(step.id, "undone", said(t, step)))
    await do.write_documents(t, {})


async def _is_for_good(t: Turning, step: Step) -> bool:
    """Asked of the world: whoever was killed behind the effect has not written it down."""
    return step.for_good and await step.done(t)


async def _take_back(t: Turning, step: Step, journal: Journal, evidence: Evidence) -> None:
    journal.note(step.id, "undoing", evidence)
    crash(f"undo-{step.id}", "before")
    if step.undo is not None:
        await step.undo(t, evidence)
    crash(f"undo-{step.id}", "after")
    journal.forget(step.id)
