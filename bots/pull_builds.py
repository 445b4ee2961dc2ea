"""Builds of a pull request on the farm, when a person asks for them: with a label, or with `!buildbot <regex>`.

A fork's code runs on the farm's machines only because of what somebody with rights did, and only as it was at that
moment: the request names the newest commit that we had heard of then, and where the pull request has moved on since,
nothing is built. What is built is the merge of that commit into its base, on the builders of that base; the builders
that the answer names are the builders of the request. New commits, and the end of the pull request, call it off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bots.decision import Decision
from bots.prose import code
from bots.speech import own_lines
from core.patterns import BadPattern, pattern
from core.results import Builder
from forge.effects import Comment, Effect, RemoveLabel, SetStatus, StartBuild, StopBuilds
from forge.events import ASK_FOR_BUILDS, Commented, Event, PullRequestChanged, asks_for_builds, pull_subject
from forge.facts import Facts, Person, PullRequest, Role

LABEL, COMMENT = "label", "comment"  # how it can be asked for
ENDS = frozenset({"synchronize", "closed"})
REFLEAK = "refleak"
MOST_PENDING = 20  # more pending statuses than these would keep the rest of our answers waiting
MOST_LISTED = 40  # of builders, in an answer

SCHEDULED = """{who} asked for builds of {commit}, merged into {base}. {count}:

{names}

Results appear beside the commit as they come: {link}

New commits call these builds off; ask again when they are ready."""
RIGHT = {
    LABEL: "Builds of a fork are asked for by core developers; {who} is not among them. The label is off again.",
    COMMENT: "Builders are chosen by core developers; {who} is not among them.",
}
USAGE = "Write a regular expression on the names of builders behind it, as in {example}."
BAD = "This pattern cannot be used: {why}."
MOVED = """New commits came while this was asked for, and nobody has said yet that {head} may be built.
Look at it and ask again."""
CLOSED = "This is not open any more: nothing is built."
CONFLICT = "This does not merge into {base} at present: solve the conflicts, then ask again."
NO_BRANCH = "The farm has no builder for {base}: nothing is built."
NO_MATCH = "No builder of {base} matches {pattern}. There are:\n\n{names}"


@dataclass(frozen=True)
class Ask:
    """Somebody wants builds. `pattern` is what they wrote; `key` is one for this act of theirs alone."""

    how: str
    pattern: str
    key: str
    topic: str
    label: str = ""


class Refused(Exception):
    """Nothing is built; the text is the answer."""


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None:
        return Decision()
    if isinstance(event, PullRequestChanged) and event.action in ENDS:
        wanted = pr.head_sha if event.action == "synchronize" and pr.state == "open" else ""
        return Decision((StopBuilds(pull_subject(pr.number), wanted),))
    ask = _asked(event, facts)
    if ask is None or facts.speaker is None:
        return Decision()
    try:
        builders = _chosen(ask, facts, pr, facts.speaker)
    except Refused as why:
        answer: tuple[Effect, ...] = (Comment(pr.number, ask.topic, str(why)),)
        reason = f"{facts.speaker.login} asked for builds and got none"
    else:
        answer = _schedule(ask, facts, pr, facts.speaker, builders)
        reason = f"{facts.speaker.login} asked for builds on {len(builders)} builders"
    return Decision((*answer, *((RemoveLabel(pr.number, ask.label),) if ask.label else ())), reason)


def _asked(event: Event, facts: Facts) -> Ask | None:
    """A label that was put on this moment, or a new comment whose first line is the command and its author's own."""
    labels = facts.settings.labels
    match event:
        case PullRequestChanged(action="labeled", label=label) if label in labels.that_test:
            wanted = REFLEAK if label == labels.test_with_refleak_buildbots else ""
            key = f"{pull_subject(event.number)}:{event.head}:{label}:{event.updated}"
            return Ask(LABEL, wanted, key, f"builds-{event.head[:10]}-{wanted or 'all'}", label)
        case Commented(edited=False, body=body) if asks_for_builds(body):
            first = next(iter(own_lines(body)), "")
            command, _, wanted = first.partition(" ")
            if command != ASK_FOR_BUILDS:
                return None
            key = f"{pull_subject(event.number)}:{event.comment}"
            return Ask(COMMENT, wanted.strip(), key, f"builds-{event.comment}")
        case _:
            return None


def may(how: str, person: Person, is_fork: bool, label_builds: str) -> bool:
    """Whether what this person does makes the farm build. `label_builds` is the setting farm.label_builds."""
    if person.is_bot:
        return False
    if person.role is Role.CORE or person.is_manager:
        return True
    return how == LABEL and person.role is Role.TRIAGE and (not is_fork or label_builds == "triage")


def _chosen(ask: Ask, facts: Facts, pr: PullRequest, who: Person) -> list[Builder]:
    """The builders to build it on, in the order of their names. Raises Refused."""
    is_fork = pr.head_repo != facts.settings.github.repository
    if not may(ask.how, who, is_fork, facts.settings.farm.label_builds):
        raise Refused(RIGHT[ask.how].format(who=code(who.login)))
    if ask.how == COMMENT and not ask.pattern:
        raise Refused(USAGE.format(example=code(f"{ASK_FOR_BUILDS} refleak")))
    if pr.state != "open":
        raise Refused(CLOSED)
    if facts.asked_head not in ("", pr.head_sha):
        raise Refused(MOVED.format(head=pr.head_sha[:10]))
    mine = [each for each in facts.builders if each.branch == pr.base]
    if ask.how == LABEL:
        mine = [each for each in mine if each.stable]
    if not mine:
        raise Refused(NO_BRANCH.format(base=code(pr.base)))
    found = _matching(ask.pattern, mine, pr.base)
    if pr.mergeable is False:
        raise Refused(CONFLICT.format(base=code(pr.base)))
    return found


def _matching(wanted: str, builders: Sequence[Builder], base: str) -> list[Builder]:
    try:
        expression = pattern(wanted)
    except BadPattern as why:
        raise Refused(BAD.format(why=code(str(why)))) from why
    if found := [each for each in builders if expression.search(each.name)]:
        return found
    raise Refused(NO_MATCH.format(base=code(base), pattern=code(wanted), names=_listed(builders)))


def _schedule(ask: Ask, facts: Facts, pr: PullRequest, who: Person, builders: Sequence[Builder]) -> tuple[Effect, ...]:
    names = tuple(each.name for each in builders)
    start = StartBuild(
        ask.key,
        f"refs/pull/{pr.number}/merge",
        pr.head_sha,
        reason=f"{who.login} asked for builds of #{pr.number}",
        scope=pull_subject(pr.number),
        names=names,
    )
    count = f"{len(names)} builder{'s take' if len(names) > 1 else ' takes'} it"
    link = facts.builds_of(pr.head_sha)
    body = SCHEDULED.format(
        who=code(who.login), commit=pr.head_sha, base=code(pr.base), count=count, names=_listed(builders), link=link
    )
    prefix = facts.settings.contexts.build_prefix
    waiting = [SetStatus(pr.head_sha, f"{prefix}{name}", "pending", "Waits for a worker", link) for name in names]
    shown = waiting if len(waiting) <= MOST_PENDING else []
    return (start, Comment(pr.number, ask.topic, body), *shown)


def _listed(builders: Sequence[Builder]) -> str:
    rows = [f"- {code(each.name)}" for each in builders[:MOST_LISTED]]
    more = len(builders) - MOST_LISTED
    return "\n".join([*rows, *([f"- and {more} more"] if more > 0 else [])])
