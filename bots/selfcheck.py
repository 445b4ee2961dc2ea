"""At the start: does the App have every right and hear of every event that our rules need? What is missing is named."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from forge.errors import GitHubError
from forge.github import GitHub

LEVELS = ("none", "read", "write", "admin")

# What each right is for, in the words of GitHub's settings page.
PERMISSIONS = (
    ("contents", "write", "backports"),
    ("issues", "write", "labels and comments"),
    ("pull_requests", "write", "stages, reviews and backports"),
    ("statuses", "write", "the checks of news, issue numbers, the agreement and branches"),
    ("members", "read", "who is a core developer"),
    ("metadata", "read", "everything"),
)

EVENTS = (
    ("pull_request", "everything about pull requests"),
    ("pull_request_review", "stages after a review"),
    ("issue_comment", "stages and commands in comments"),
    ("push", "builds"),
    ("create", "labels of new maintenance branches"),
    ("membership", "noticing at once who becomes a core developer"),
)

log = logging.getLogger(__name__)


async def run(hub: GitHub) -> None:
    """Say in the log what is missing."""
    try:
        installed = await hub.installation()
    except GitHubError as error:
        log.warning("self-check skipped error=%s", error)
        return
    missing = list(lacking(installed["permissions"], installed["events"]))
    for sentence in missing:
        log.error("self-check %s", sentence)
    if not missing:
        log.info("self-check found every permission and every event")


def lacking(permissions: Mapping[str, str], events: list[str]) -> Iterator[str]:
    """A sentence for each right and each event that is missing, with the rule that is off without it."""
    for name, level, rule in PERMISSIONS:
        given = permissions.get(name, "none")
        if LEVELS.index(given) < LEVELS.index(level):
            yield f"permission {name!r} is {given!r} and has to be {level!r}: off without it: {rule}"
    for event, rule in EVENTS:
        if event not in events and "*" not in events:
            yield f"event {event!r} is not subscribed to: off without it: {rule}"
