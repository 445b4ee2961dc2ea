"""Tell a contributor in one comment what is still missing, and keep that comment up to date until nothing is."""

from __future__ import annotations

from datetime import date

from bots import cla, issue, news
from bots.decision import Decision
from bots.speech import said, say
from core.settings import Settings
from forge import titles
from forge.events import Event
from forge.facts import Facts, PullRequest, Role

TOPIC = "help"

MISSING = "Thank you for your contribution! Before it can be merged, this is still to do:\n\n{items}"
DONE = "Thank you for your contribution! Everything that we ask for is there; the rest is up to the reviewers."

SIGN = "- **Sign the contributor agreement** at {url} (missing: {who}). It takes a minute, and once is enough for good."
NUMBER = (
    "- **Name the issue** that this is about: begin the title with its number, as in `gh-12: {title}`. "
    "A change that needs none is given the label `{label}` by a maintainer."
)
ENTRY = (
    "- **Add a news entry**, a file like\n"
    "  `{directory}/next/Library/{day}-00-00-00.gh-issue-{issue}.aB3dEf.rst`\n"
    "  with a sentence or two about what users will notice (instead of `Library`: {sections}; the letters after the "
    "issue are any you like). Found so far: {found}."
)


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None or pr.state != "open" or pr.author.role is not Role.NONE or pr.author.is_bot:
        return Decision()
    items = missing(event, facts, pr)
    if items:
        return Decision(say(facts, pr, TOPIC, MISSING.format(items="\n".join(items))), f"{len(items)} to do")
    if said(facts, TOPIC):
        return Decision(say(facts, pr, TOPIC, DONE), "nothing is missing any more")
    return Decision(why="nothing is missing")


def missing(event: Event, facts: Facts, pr: PullRequest) -> list[str]:
    """One item for each thing that the author has yet to do."""
    settings = facts.settings
    items = []
    if facts.unsigned:
        items.append(SIGN.format(url=cla.sign_url(settings), who=", ".join(facts.unsigned)))
    if not issue.judge(facts, pr).good:
        items.append(NUMBER.format(title=pr.title.replace("`", ""), label=settings.labels.skip_issue))
    entry = news.judge(event, facts, pr)
    if not entry.good:
        items.append(_entry(settings, pr, facts.today, entry.text))
    return items


def _entry(settings: Settings, pr: PullRequest, today: date, found: str) -> str:
    sections = ", ".join(f"`{folder}`" for folder in news.folders(settings.news) if folder != "Library")
    number = titles.issue(pr.title) or "12"
    return ENTRY.format(
        directory=settings.news.directory,
        day=today,
        issue=number,
        sections=sections,
        found=found[:1].lower() + found[1:],
    )
