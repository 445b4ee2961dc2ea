"""A maintenance branch offered as a whole to main is nobody's work: closed, its reviewers freed, nothing else done."""

from __future__ import annotations

import re

from bots.decision import Decision
from forge.effects import AddLabel, ClosePull, Comment, Effect, FreeReviewers
from forge.events import Event
from forge.facts import Facts, PullRequest

WHOLE_BRANCH = re.compile(r"[\w.-]+:\d+\.\d+")
TOPIC = "whole-branch"
WORDS = (
    "Thank you for the interest! This pull request asks to merge the whole maintenance branch `{head}` into `{base}`, "
    "which is most likely a slip of the page it was opened from, so it is closed. To offer a change, begin a branch of "
    "your own from `{base}`."
)


def decide(_event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None or not is_spam(facts):
        return Decision()
    effects: list[Effect] = []
    if pr.requested or pr.requested_teams:
        effects.append(FreeReviewers(pr.number, tuple(sorted(pr.requested)), tuple(sorted(pr.requested_teams))))
    if pr.state == "open":
        label = facts.settings.labels.invalid
        effects += [] if label in pr.labels else [AddLabel(pr.number, label)]
        effects += [Comment(pr.number, TOPIC, WORDS.format(head=pr.head_label, base=pr.base)), ClosePull(pr.number)]
    return Decision(tuple(effects), "a whole maintenance branch was offered to be merged")


def is_spam(facts: Facts) -> bool:
    """The branch of the registry that is developed now is the only one that this happens to."""
    pr = facts.pr
    return pr is not None and _is_main(facts, pr) and bool(WHOLE_BRANCH.fullmatch(pr.head_label))


def _is_main(facts: Facts, pr: PullRequest) -> bool:
    return pr.base == facts.settings.github.main_branch
