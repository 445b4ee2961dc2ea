"""Small builders for the snapshots that decisions read: name what matters, the rest is an ordinary pull request."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from core import settings
from core.settings import Settings
from forge.effects import AddLabel, Effect, RemoveLabel, marker
from forge.events import PullRequestChanged
from forge.facts import Commit, Facts, File, Issue, Person, PullRequest, Review, Role, Said

TODAY = date(2026, 11, 20)
HEAD, OLD = "a" * 40, "b" * 40

ADA = Person("ada", 11)
BOB = Person("bob", 12)
CORE = Person("core-dev", 21, Role.CORE)
MANAGER = Person("release-manager", 22, Role.CORE)
TRIAGER = Person("triager", 23, Role.TRIAGE)
BOT = Person("camelot[bot]", 31, is_bot=True)

NEWS_FILE = File(
    "Misc/NEWS.d/next/Library/2026-11-20-10-00-00.gh-issue-1.Ab3dEf.rst", "added", "@@ -0,0 +1 @@\n+Close the file."
)
CODE_FILE = File("Lib/files.py", "modified", "@@ -1 +1 @@\n-a\n+b")


def rabbit(**overrides: Any) -> Settings:
    return settings.load({}, "rabbit", overrides)


def commit(person: Person = ADA, message: str = "Close the file", **fields: Any) -> Commit:
    address = f"{person.login}@example.org"
    by = (person.login, person.id, address)
    return replace(Commit(HEAD, message, *by, person.login, address, committer_id=person.id), **fields)


def pull(**fields: Any) -> PullRequest:
    """An open pull request of ada, who has no rights here, with code and a news entry."""
    whole = PullRequest(
        number=7,
        title="gh-1: Close the file",
        body="",
        author=ADA,
        state="open",
        merged=False,
        draft=False,
        base="main",
        head_ref="fix",
        head_label="ada:fix",
        head_sha=HEAD,
        merge_sha="",
        merged_by="",
        labels=frozenset(),
        url="http://forge/rabbit/rabbit/pull/7",
        files=(CODE_FILE, NEWS_FILE),
        commits=(commit(),),
    )
    return replace(whole, **fields)


def facts(pr: PullRequest | None = None, **fields: Any) -> Facts:
    """What the forge says of `pr` on the story's first day; issue 1 exists, number 40 is a pull request."""
    chosen = fields.pop("settings", rabbit())
    issues = {1: Issue(1, True, False), 40: Issue(40, True, True)}
    whole = Facts(today=TODAY, registry=chosen.load_registry(), settings=chosen, pr=pr, issues=issues)
    return replace(whole, **fields)


def opened(action: str = "opened", **fields: Any) -> PullRequestChanged:
    return PullRequestChanged(action, 7, "ada", **fields)


def at(minute: int) -> str:
    return f"2026-11-20T10:{minute:02}:00Z"


def verdict(person: Person, state: str, minute: int, sha: str = HEAD) -> Review:
    return Review(person, state, sha, at(minute))


def comment(person: Person, body: str, minute: int, number: int = 1) -> Said:
    return Said(number, person.login, body, at(minute))


def ours(topic: str, body: str = "") -> Said:
    """A comment that the bots made earlier."""
    return comment(BOT, f"{body}\n\n{marker(topic)}", 0, 99)


def labels_after(pr: PullRequest, effects: Iterable[Effect]) -> frozenset[str]:
    """The labels once the effects are carried out in order."""
    labels = set(pr.labels)
    for effect in effects:
        match effect:
            case AddLabel():
                labels.add(effect.label)
            case RemoveLabel():
                labels.remove(effect.label)
            case _:
                pass
    return frozenset(labels)
