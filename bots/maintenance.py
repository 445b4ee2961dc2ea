"""Keeps pull requests to maintenance branches named for them, and the backport labels in step with the day."""

from __future__ import annotations

import re
from datetime import date

from bots.decision import Decision
from core.branches import Branch, Status
from forge import titles
from forge.effects import Effect, EnsureLabel, RetireLabel, SetStatus
from forge.events import BranchCreated, DayBegan, Event, PullRequestChanged
from forge.facts import Facts, PullRequest

MAINTENANCE = re.compile(r"\d+\.\d+", re.ASCII)

# What a label tells about its branch on this day: colour and words.
LOOKS = {
    Status.PRERELEASE: ("fbca04", "takes bug fixes and security fixes; the first release is near"),
    Status.BUGFIX: ("c2e0c6", "takes bug fixes and security fixes"),
    Status.SECURITY: ("e99695", "takes security fixes only"),
}


def decide(event: Event, facts: Facts) -> Decision:
    match event:
        case BranchCreated(branch) if not MAINTENANCE.fullmatch(branch):
            return Decision(why=f"{branch} is not a maintenance branch")
        case DayBegan() | BranchCreated():
            return _labels(facts)
        case PullRequestChanged() if facts.pr is not None:
            return _status(facts, facts.pr)
        case _:
            return Decision()


def _status(facts: Facts, pr: PullRequest) -> Decision:
    if pr.state != "open" or not MAINTENANCE.fullmatch(pr.base):
        return Decision()
    said = titles.branch(pr.title)
    if said == pr.base:
        state, text = "success", f"The title names its branch, {pr.base}"
    elif said:
        state, text = "failure", f"The title says {said}, but the base is {pr.base}: correct one of them"
    else:
        state, text = "failure", f"Begin the title with [{pr.base}], the branch that this is for"
    context = facts.settings.contexts.maintenance_branch
    return Decision((SetStatus(pr.head_sha, context, state, text),), text)


def _labels(facts: Facts) -> Decision:
    """A label for each maintained branch, and none for one that is over or that nobody knows."""
    prefix = facts.settings.labels.backport_prefix
    kept = [each for each in facts.registry.maintained(facts.today) if not facts.refs or each.version in facts.refs]
    known = {branch.version for branch in facts.registry if branch.status(facts.today) is not Status.END_OF_LIFE}
    there = sorted(label for label in facts.repository_labels if label.startswith(prefix))
    over = [label for label in there if label.removeprefix(prefix) not in known]
    effects: list[Effect] = [ensured(prefix, branch, facts.today) for branch in kept]
    effects += [RetireLabel(label) for label in over]
    why = f"backports go to {', '.join(branch.version for branch in kept)}"
    return Decision(tuple(effects), why + (f"; retired: {', '.join(over)}" if over else ""))


def ensured(prefix: str, branch: Branch, today: date) -> EnsureLabel:
    """The label that asks for a backport to `branch`, as it looks that day."""
    color, words = LOOKS[branch.status(today)]
    return EnsureLabel(f"{prefix}{branch.version}", color, f"{branch.version} {words}")
