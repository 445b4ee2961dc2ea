"""Label a new pull request by the files that it touches: `docs` or `tests`, when it touches nothing else."""

from __future__ import annotations

from pathlib import PurePosixPath

from bots.decision import Decision
from forge.effects import AddLabel
from forge.events import Event, PullRequestChanged
from forge.facts import Facts, File, PullRequest

DOCS_SUFFIXES = (".md", ".rst")
DOCS_NAMES = (".nitignore",)
TEST_PREFIXES = ("test_", "_test")

FIRST_LOOK = ("opened", "reopened")  # later the labels belong to people, who may have taken one away


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None or pr.state != "open":
        return Decision()
    new = sorted(wanted(event, facts, pr) - pr.labels)
    return Decision(tuple(AddLabel(pr.number, label) for label in new))


def wanted(event: Event, facts: Facts, pr: PullRequest) -> frozenset[str]:
    """The labels that this event puts on; the news status looks here too, rather than wait for their echo."""
    labels = facts.settings.labels
    if not isinstance(event, PullRequestChanged) or event.action not in FIRST_LOOK or not pr.files:
        return frozenset()
    if not all(_is_docs(file) or _is_test(file) for file in pr.files):
        return frozenset()
    if any(_is_test(file) for file in pr.files):
        return frozenset({labels.tests})
    has_news = any(file.path.startswith(f"{facts.settings.news.directory}/") for file in pr.files)
    return frozenset({labels.docs}) if has_news else frozenset({labels.docs, labels.skip_news})


def _is_docs(file: File) -> bool:
    path = PurePosixPath(file.path)
    return path.suffix in DOCS_SUFFIXES or path.name in DOCS_NAMES


def _is_test(file: File) -> bool:
    return PurePosixPath(file.path).name.startswith(TEST_PREFIXES)
