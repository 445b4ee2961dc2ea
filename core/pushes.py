"""Which commits came between two of a branch, from the pushes that we were told of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from core.database import reading
from core.models import deliveries, pull_requests

NEWEST = 60  # pushes that are looked at
LONGEST_TITLE = 120


@dataclass(frozen=True)
class Change:
    """A commit; `number` is the pull request that it came from, None where that is not known."""

    commit: str
    title: str
    author: str
    number: int | None = None


def lately(engine: Engine, branch: str, limit: int = NEWEST) -> list[Mapping[str, Any]]:
    """The newest pushes to a git branch, newest first."""
    query = (
        select(deliveries.c.payload)
        .where(deliveries.c.subject == f"branch:refs/heads/{branch}", deliveries.c.event == "push")
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    with reading(engine) as connection:
        return [dict(payload) for payload in connection.execute(query).scalars()]


def between(pushes: Iterable[Mapping[str, Any]], good: str, bad: str) -> list[Change]:
    """The commits after `good` up to `bad`, oldest first; empty when the pushes do not tell. Newest push first.

    A commit that stands in the middle of a push is found too.
    """
    found: list[Change] = []
    inside = False
    for push in pushes:
        for row in reversed(list(push.get("commits") or ())):
            inside = inside or row.get("id") == bad
            if row.get("id") == good:
                return found[::-1]
            if inside:
                found.append(_change(row))
        if inside and push.get("before") == good:
            return found[::-1]
    return []


def with_numbers(engine: Engine, changes: Sequence[Change]) -> list[Change]:
    """The same with the pull requests whose merges made them."""
    known = pull_requests.c
    query = select(known.merge_sha, known.number).where(known.merge_sha.in_([each.commit for each in changes]))
    with reading(engine) as connection:
        numbers = {row.merge_sha: row.number for row in connection.execute(query)} if changes else {}
    return [Change(each.commit, each.title, each.author, numbers.get(each.commit)) for each in changes]


def _change(row: Mapping[str, Any]) -> Change:
    author = row.get("author") or {}
    title = str(row.get("message") or "").partition("\n")[0][:LONGEST_TITLE]
    return Change(str(row.get("id") or ""), title, str(author.get("username") or author.get("name") or ""))
