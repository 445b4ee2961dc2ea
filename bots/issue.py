"""Every change has an issue: its number stands in the title, or a label says that it needs none."""

from __future__ import annotations

from dataclasses import dataclass

from bots.decision import Decision
from forge import titles
from forge.effects import SetStatus
from forge.events import Event
from forge.facts import Facts, PullRequest


@dataclass(frozen=True)
class Answer:
    """Is there an issue, the words of the status, and where it leads."""

    good: bool
    text: str
    url: str = ""


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None or pr.state != "open":
        return Decision()
    answer = judge(facts, pr)
    state = "success" if answer.good else "failure"
    status = SetStatus(pr.head_sha, facts.settings.contexts.issue_number, state, answer.text, answer.url)
    return Decision((status,), answer.text)


def judge(facts: Facts, pr: PullRequest) -> Answer:
    """A backport needs no issue when its original needed none."""
    skip = facts.settings.labels.skip_issue
    if skip in pr.labels or (facts.original and skip in facts.original.labels):
        return Answer(True, "Issue report skipped")
    number = titles.issue(pr.title)
    if number is None:
        return Answer(False, f'No issue # in title or "{skip}" label found')
    issue = facts.issues.get(number)
    if issue is None or not issue.exists or issue.is_pull:
        return Answer(False, f"GH Issue #{number} is not valid.")
    github = facts.settings.github
    return Answer(True, f"Issue number {number} found", f"{github.web_url}/{github.repository}/issues/{number}")
