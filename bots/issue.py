"""Every change has an issue: its number stands in the title, or a label says that it needs none."""

from __future__ import annotations

from dataclasses import dataclass

from bots.decision import Decision
from forge import links, titles
from forge.effects import Effect, Link, SetStatus, ShowIssues
from forge.events import Event, PullRequestChanged
from forge.facts import Facts, PullRequest

CLOSED = "(closed without a merge)"  # behind a pull request in an issue's list


@dataclass(frozen=True)
class Answer:
    """Is there an issue, the words of the status, and where it leads."""

    good: bool
    text: str
    url: str = ""


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None:
        return Decision()
    linked = _links(event, facts, pr)
    if pr.state != "open":
        return Decision(linked)
    answer = judge(facts, pr)
    state = "success" if answer.good else "failure"
    status = SetStatus(pr.head_sha, facts.settings.contexts.issue_number, state, answer.text, answer.url)
    return Decision((status, *linked), answer.text)


def judge(facts: Facts, pr: PullRequest) -> Answer:
    """A backport needs no issue when its original needed none."""
    skip = facts.settings.labels.skip_issue
    if skip in pr.labels or (facts.original and skip in facts.original.labels):
        return Answer(True, "Issue report skipped")
    numbers = titles.issues(pr.title)
    if not numbers:
        return Answer(False, f'No issue # in title or "{skip}" label found')
    wrong = next((number for number in numbers if not _is_valid(facts, number)), None)
    if wrong is not None:
        return Answer(False, f"GH Issue #{wrong} is not valid.")
    github = facts.settings.github
    found = f"Issue number {numbers[0]} found" if len(numbers) == 1 else f"Issue numbers {_listed(numbers)} found"
    return Answer(True, found, f"{github.web_url}/{github.repository}/issues/{numbers[0]}")


def _is_valid(facts: Facts, number: int) -> bool:
    issue = facts.issues.get(number)
    return issue is not None and issue.exists and not issue.is_pull


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(str(number) for number in numbers)


# --- each issue lists its pull requests, each pull request names its issues ---


def _links(event: Event, facts: Facts, pr: PullRequest) -> tuple[Effect, ...]:
    """What is missing of the links to the issues in the title, and what is left of those to others."""
    wanted = tuple(number for number in titles.issues(pr.title) if _is_valid(facts, number))
    before = titles.issues(event.old_title) if isinstance(event, PullRequestChanged) else ()
    left = [number for number in dict.fromkeys((*links.named(pr.body), *before)) if number not in wanted]
    note = CLOSED if pr.state == "closed" and not pr.merged else ""
    effects: list[Effect] = [Link(number, pr.number, there=False) for number in left]
    effects += [
        Link(number, pr.number, note=note) for number in wanted if facts.issues[number].listed.get(pr.number) != note
    ]
    shown = tuple(number for number in wanted if not links.mentioned(pr.body, number))
    if pr.state == "open" and shown != links.named(pr.body):
        effects.append(ShowIssues(pr.number, shown))
    return tuple(effects)
