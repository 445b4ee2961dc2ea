"""Whose turn is it? Exactly one `awaiting ...` label on every open pull request, computed from what people said.

The stage is a function of the snapshot alone (draft, open, the author's role, the latest verdict of each reviewer and
the commit it was given on, what the author said after it), so that events may come late, twice or in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bots.decision import Decision
from bots.prose import code
from bots.speech import names, own_words, said, say
from forge.effects import AddLabel, Comment, Effect, RememberPull, RemoveLabel, RequestReviews
from forge.events import Commented, Event, PullRequestChanged
from forge.facts import Facts, PullRequest, Review, Role

PHRASE = "I have made the requested changes; please review again"
AWAITING = "awaiting "  # every label that begins so is ours to take away

VERDICTS = ("approved", "changes_requested", "dismissed")  # a comment overrides nothing

CHANGES = (
    "Thank you for the work on this! {who} asked for changes before it can be merged.\n\n"
    "When you have made them, say so in a comment with these words, and the reviewers will be asked again:\n\n"
    "`{phrase}`"
)
AGAIN = "Thank you for making the changes! {who}: please have another look."
MOVED = (
    "There are new commits since the last approval, so a core developer needs to look again before this is merged. "
    "{who}: please have another look."
)
CLASH = "This cannot be merged as it is: it conflicts with `{base}`. Please merge that branch into yours, or rebase."
CLEAR = "The conflict is gone; this is ready to be merged again."
BY_HAND = (
    "{who} {did} the label `{label}`. Stages follow from reviews and from what the author says, so it was put right: "
    "{stage}, because {why}."
)
HINT = "Thank you! No core developer has asked for changes here, so there is nothing to wait for: a review will come."


@dataclass(frozen=True)
class Stage:
    """`label` is empty when nobody is waited for; `by` gave the verdict that decides; `again` asks them once more."""

    label: str
    why: str
    by: tuple[str, ...] = ()
    again: bool = False


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None:
        return Decision()
    stage = compute(facts, pr)
    by_hand = _by_hand(event, facts, stage)
    kept = by_hand and facts.settings.stages.by_hand == "keep"
    labels = () if kept else _swap(pr, stage.label)
    effects: tuple[Effect, ...] = (_snapshot(pr, stage), *labels, *_ask(pr, stage), *_words(event, facts, pr, stage))
    if by_hand and not kept:
        effects += say(facts, pr, "by-hand", by_hand)
    return Decision(effects, stage.why)


def compute(facts: Facts, pr: PullRequest) -> Stage:
    """The stage that the snapshot asks for."""
    labels = facts.settings.labels
    if pr.state != "open":
        return Stage("", "it is merged" if pr.merged else "it is closed")
    if pr.draft:
        return Stage("", "it is a draft")
    core = _latest(review for review in pr.reviews if review.reviewer.role is Role.CORE and _counts(pr, review))
    wanting = [review for review in core if review.state == "changes_requested"]
    open_wishes = [review for review in wanting if not _answered(pr, review)]
    if open_wishes:
        return Stage(labels.awaiting_changes, f"{_who(open_wishes)} asked for changes", _logins(open_wishes))
    if wanting:
        why = f"the author made the changes that {_who(wanting)} asked for"
        return Stage(labels.awaiting_change_review, why, _logins(wanting), again=True)
    approvals = [review for review in core if review.state == "approved"]
    fresh = [review for review in approvals if review.commit in ("", pr.head_sha) or review.commit in pr.same_as]
    if fresh and pr.mergeable is False:
        return Stage(labels.awaiting_changes, f"{_who(fresh)} approved it, but it conflicts with {pr.base}")
    if fresh:
        return Stage(labels.awaiting_merge, f"{_who(fresh)} approved it")
    if approvals:
        why = f"there are new commits since {_who(approvals)} approved it"
        return Stage(labels.awaiting_core_review, why, _logins(approvals), again=True)
    return _unreviewed(facts, pr)


def _unreviewed(facts: Facts, pr: PullRequest) -> Stage:
    """No core developer's verdict stands."""
    labels = facts.settings.labels
    if pr.author.role is Role.CORE:
        return Stage(labels.awaiting_core_review, "its author is a core developer")
    others = _latest(review for review in pr.reviews if _counts(pr, review))
    others = [review for review in others if review.state != "dismissed" and review.reviewer.role is not Role.CORE]
    if others:
        return Stage(labels.awaiting_core_review, f"{_who(others)} reviewed it; a core developer has not yet")
    return Stage(labels.awaiting_review, "nobody has reviewed it yet")


def _counts(pr: PullRequest, review: Review) -> bool:
    ours = review.reviewer.is_bot or review.reviewer.login == pr.author.login
    return review.state in VERDICTS and not ours


def _latest(reviews: Iterable[Review]) -> list[Review]:
    """The newest verdict of each reviewer, in the order in which they first spoke."""
    newest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda review: review.at):
        newest[review.reviewer.login] = review
    return list(newest.values())


def _answered(pr: PullRequest, review: Review) -> bool:
    """The author said the phrase after this verdict, or asked the reviewer again through GitHub's own button."""
    if review.reviewer.login in pr.requested:
        return True
    later = (comment for comment in pr.comments if comment.author == pr.author.login and comment.at >= review.at)
    return any(is_phrase(comment.body) for comment in later)


def is_phrase(body: str) -> bool:
    """True when a person's own words, not a quotation and not code, contain the phrase."""
    return PHRASE.lower() in own_words(body).lower()


def _swap(pr: PullRequest, wanted: str) -> tuple[Effect, ...]:
    extra = sorted(label for label in pr.labels if label.startswith(AWAITING) and label != wanted)
    away = tuple(RemoveLabel(pr.number, label) for label in extra)
    return away if not wanted or wanted in pr.labels else (*away, AddLabel(pr.number, wanted))


def _ask(pr: PullRequest, stage: Stage) -> tuple[Effect, ...]:
    """Ask again only those whose word stands in the way, and nobody twice."""
    new = tuple(login for login in stage.by if stage.again and login not in pr.requested)
    return (RequestReviews(pr.number, new),) if new else ()


def _words(event: Event, facts: Facts, pr: PullRequest, stage: Stage) -> tuple[Comment, ...]:
    """What to say, if anything: each topic has one comment that is kept up to date."""
    labels = facts.settings.labels
    if stage.label == labels.awaiting_changes and not stage.by:
        return say(facts, pr, "clash", CLASH.format(base=pr.base))
    if stage.label == labels.awaiting_merge and said(facts, "clash"):
        return say(facts, pr, "clash", CLEAR, only_update=True)
    if stage.label == labels.awaiting_changes:
        return say(facts, pr, "changes", CHANGES.format(who=_plain(stage.by), phrase=PHRASE))
    if stage.label == labels.awaiting_change_review:
        return say(facts, pr, "again", AGAIN.format(who=names(stage.by)))
    if stage.label == labels.awaiting_core_review and stage.again:
        return say(facts, pr, "moved", MOVED.format(who=names(stage.by)))
    return _hint(event, facts, pr, stage)


def _hint(event: Event, facts: Facts, pr: PullRequest, stage: Stage) -> tuple[Comment, ...]:
    """The phrase where no core developer ever asked for anything."""
    mistaken = isinstance(event, Commented) and event.author == pr.author.login and is_phrase(event.body)
    asked = any(review.reviewer.role is Role.CORE and review.state != "commented" for review in pr.reviews)
    if not mistaken or asked or not stage.label or said(facts, "hint"):
        return ()
    return say(facts, pr, "hint", HINT)


def _by_hand(event: Event, facts: Facts, stage: Stage) -> str:
    """What to say to a person who sets or takes away a stage label; empty when it agrees with what is computed."""
    pr = facts.pr
    if not isinstance(event, PullRequestChanged) or pr is None or event.action not in ("labeled", "unlabeled"):
        return ""
    ours = event.sender == facts.settings.github.bot_login
    agrees = (event.label == stage.label) == (event.action == "labeled")
    if ours or agrees or pr.state != "open" or not event.label.startswith(AWAITING):
        return ""
    did = "set" if event.action == "labeled" else "took away"
    computed = f"`{stage.label}`" if stage.label else "no stage"
    words = {"who": code(event.sender), "did": did, "label": event.label.replace("`", ""), "stage": computed}
    return BY_HAND.format(**words, why=stage.why)


def _snapshot(pr: PullRequest, stage: Stage) -> RememberPull:
    return RememberPull(
        number=pr.number,
        title=pr.title,
        author=pr.author.login,
        state="merged" if pr.merged else pr.state,
        draft=pr.draft,
        base=pr.base,
        head_sha=pr.head_sha,
        merge_sha=pr.merge_sha,
        stage=stage.label,
        why=stage.why,
        labels=tuple(sorted(pr.labels)),
        updated=pr.updated,
    )


def _logins(reviews: list[Review]) -> tuple[str, ...]:
    return tuple(review.reviewer.login for review in reviews)


def _who(reviews: list[Review]) -> str:
    return _plain(_logins(reviews))


def _plain(logins: tuple[str, ...]) -> str:
    return names(logins).replace("@", "")
