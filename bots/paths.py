"""Label a pull request by the files that it touches: `docs` or `tests` alone, and by the rules of the settings.

Labels are put on at the first look. At a push those go again that no longer fit, as long as they are our own doing: a
label that a person put on, or took away, is that person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import PurePosixPath

from bots.decision import Decision
from core.settings import PathRule
from forge.effects import AddLabel, RemoveLabel
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
    new, old = sorted(wanted(event, facts, pr) - pr.labels), sorted(unwanted(facts, pr))
    words = [f"puts on {', '.join(new)}"] if new else []
    words += [f"takes off {', '.join(old)}, which fitted before"] if old else []
    put_on = tuple(AddLabel(pr.number, label) for label in new)
    take_off = tuple(RemoveLabel(pr.number, label) for label in old)
    return Decision((*put_on, *take_off), "; ".join(words))


def wanted(event: Event, facts: Facts, pr: PullRequest) -> frozenset[str]:
    """The labels that this event puts on; the news status looks here too, rather than wait for their echo."""
    if not isinstance(event, PullRequestChanged) or event.action not in FIRST_LOOK:
        return frozenset()
    return fitting(facts, pr)


def unwanted(facts: Facts, pr: PullRequest) -> frozenset[str]:
    """Our own labels that fit no longer; none while the files are not known."""
    return (facts.own_labels & pr.labels) - fitting(facts, pr) if pr.files else frozenset()


def fitting(facts: Facts, pr: PullRequest) -> frozenset[str]:
    """Every label that the files ask for."""
    return _kind(facts, pr) | by_rules(facts.settings.path_labels, pr.files)


def by_rules(rules: Iterable[PathRule], files: Iterable[File]) -> frozenset[str]:
    """The labels of the rules that a file matches, under its new name or its old one."""
    names = {name for file in files for name in (file.path, file.previous) if name}
    return frozenset(rule.label for rule in rules if any(_matches(rule, name) for name in names))


def _matches(rule: PathRule, name: str) -> bool:
    return any(_pattern(glob).fullmatch(name) for glob in rule.paths) and not any(
        _pattern(glob).fullmatch(name) for glob in rule.unless
    )


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """`*` and `?` within a folder, `**/` any folders, `**` anything."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meanings.get(part, re.escape(part)) for part in parts))


def _kind(facts: Facts, pr: PullRequest) -> frozenset[str]:
    labels = facts.settings.labels
    if not pr.files or not all(_is_docs(file) or _is_test(file) for file in pr.files):
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
