"""One required status that holds a merge back and says why: a label, wanted changes, no signature, a release."""

from __future__ import annotations

from collections.abc import Iterator

from bots import stage
from bots.decision import Decision
from forge.effects import Recheck, SetStatus
from forge.events import Event, PullRequestChanged, ReleaseMoved
from forge.facts import Facts, PullRequest

CLEAR = "Nothing holds the merge back"


def decide(event: Event, facts: Facts) -> Decision:
    if isinstance(event, ReleaseMoved):
        why = f"the release {event.version} is {event.state}"
        return Decision(tuple(Recheck(number, why) for number in facts.open_pulls), why)
    pr = facts.pr
    if pr is None or pr.state != "open":
        return Decision()
    reasons = list(_reasons(event, facts, pr))
    text = "; ".join(reasons) or CLEAR
    state = "failure" if reasons else "success"
    return Decision((SetStatus(pr.head_sha, facts.settings.contexts.merge_guard, state, text),), text)


def _reasons(event: Event, facts: Facts, pr: PullRequest) -> Iterator[str]:
    labels = facts.settings.labels
    if labels.do_not_merge in pr.labels:
        yield f"label {labels.do_not_merge}"
    turn = stage.compute(facts, pr).label
    if turn in (labels.awaiting_changes, labels.awaiting_change_review):
        yield turn
    if _unsigned(event, facts, pr):
        yield "contributor agreement not signed"
    if pr.unmerged:
        yield f"conflicts are unresolved in {', '.join(pr.unmerged)}"
    if pr.base in facts.frozen:
        yield f"{pr.base} is frozen for the release {facts.frozen[pr.base]}"


def _unsigned(event: Event, facts: Facts, pr: PullRequest) -> bool:
    """Commits are read for changes of the pull request alone; talk finds the label that they led to."""
    return (
        bool(facts.unsigned)
        if isinstance(event, PullRequestChanged)
        else facts.settings.labels.cla_unsigned in pr.labels
    )
