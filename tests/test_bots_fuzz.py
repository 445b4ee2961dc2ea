"""GitHub's own examples of webhooks, and holes in them, through the real front door to the real worker.

What must hold: every one is taken (202), none becomes a dead letter, and no exception of ours is in the books.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import Select, create_engine, select

from core.models import decisions, deliveries
from core.store import DeliveryState
from forge import events
from tests import github_examples
from tests.bots_world import REPOSITORY, World, world
from tests.github_examples import Example
from tests.octokit import Missing

AT_ONCE = 8
PATIENCE_S = 480.0
BUSY = "database is locked"  # on a crowded machine a try may fail so; it is made again, and must not be parked
LOOKED_INTO = 50  # of the examples so many at least are about something that a reaction answers


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    try:
        return github_examples.examples()
    except Missing as why:
        pytest.skip(f"GitHub's examples cannot be had here: {why}")


@pytest_asyncio.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


def test_every_example_is_read_also_with_null_in_any_place_that_may_be_null(examples: list[Example]) -> None:
    holes = [
        github_examples.without(example, [place]) for example in examples for place in github_examples.places(example)
    ]
    assert len(holes) > 3000
    unread = {}
    for example in [*examples, *holes]:
        try:
            name = events.name_of(example.event, example.payload)
            assert events.subject_of(name, example.payload)
            events.parse(name, example.payload)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what we look for)
            unread[example.what] = repr(error)
    assert unread == {}


@pytest.mark.story
@pytest.mark.row("IN-5", "IN-7")
async def test_IN_5_every_example_passes_the_whole_door_also_with_all_its_nulls(
    there: World, examples: list[Example]
) -> None:
    """IN-5, IN-7: 329 examples, and each with null wherever GitHub's description allows it."""
    number = await there.open_pull()
    await there.settled()
    wanted = [fitted(example, number) for example in _with_holes(examples)]
    answers = await _deliver(there, wanted)
    assert {what: status for what, status in answers.items() if status != 202} == {}
    assert await _mistakes_until_quiet(there) == []
    kept = await asyncio.to_thread(_states, there)
    assert kept.get(DeliveryState.PARKED, 0) == 0
    assert sum(kept.values()) >= len(wanted)
    assert kept[DeliveryState.DONE] > LOOKED_INTO


def _with_holes(examples: list[Example]) -> Iterator[Example]:
    for example in examples:
        yield example
        if holes := github_examples.places(example):
            yield github_examples.without(example, holes)


def fitted(example: Example, number: int) -> Example:
    """The example, told of our repository and of things that are there: else nobody would look further."""
    payload = copy.deepcopy(example.payload)
    repository = payload.get("repository")
    if isinstance(repository, dict):
        owner, _, name = REPOSITORY.partition("/")
        repository |= {"full_name": REPOSITORY, "name": name}
        if isinstance(repository.get("owner"), dict):
            repository["owner"]["login"] = owner
    for kind in ("pull_request", "issue"):
        if isinstance(payload.get(kind), dict):
            is_pull = kind == "pull_request" or "pull_request" in payload[kind]
            payload[kind]["number"] = number if is_pull else 1
    return Example(example.event, example.what, payload)


async def _deliver(there: World, wanted: list[Example]) -> dict[str, int]:
    """What the door answered to each."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def deliver(at: int, example: Example) -> tuple[str, int]:
        async with turns:
            return example.what, await there.deliver(example.event, example.payload, f"example-{at}")

    return dict(await asyncio.gather(*(deliver(at, example) for at, example in enumerate(wanted))))


async def _mistakes_until_quiet(there: World) -> list[str]:
    """Wait until nothing is left to do; the exceptions of ours that are in the books, at once when there are any."""
    deadline = time.monotonic() + PATIENCE_S
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            if mistakes := await asyncio.to_thread(_mistakes, there):
                return mistakes
            async with session.get(f"{there.bots.url}/-/idle") as answer:
                if answer.status == 200:
                    return []
            await asyncio.sleep(1.0)
    return [f"not quiet after {PATIENCE_S} s"]


def _mistakes(there: World) -> list[str]:
    failed = select(deliveries.c.event, deliveries.c.error).where(deliveries.c.error.contains("Traceback"))
    undecided = select(decisions.c.reaction, decisions.c.error).where(decisions.c.state == "failed")
    rows = [row for query in (failed, undecided) for row in _read(there, query)]
    return [f"{row[0]}: {row[1]}" for row in rows if BUSY not in row[1]]


def _read(there: World, query: Select[Any]) -> list[Any]:
    """Look at the books without taking the lock that the bots write under."""
    engine = create_engine(there.store.engine.url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(query))
    finally:
        engine.dispose()


def _states(there: World) -> dict[DeliveryState, int]:
    found = [row.state for row in _read(there, select(deliveries.c.state))]
    return {state: found.count(state) for state in DeliveryState}


@pytest.mark.story
@pytest.mark.row("IN-5")
async def test_IN_5_sizes_formats_and_unknown_events_at_the_real_door(there: World) -> None:
    """IN-5: 25 MB is taken, 26 MB is 413, no JSON and a missing header are 400, the unknown is kept as ignored."""
    big = {"padding": "x" * (25 * 2**20 - 20)}
    assert await there.deliver("push_of_tomorrow", big, "big") == 202
    assert await there.deliver("push_of_tomorrow", {"padding": "x" * (26 * 2**20)}, "too-big") == 413
    assert await there.deliver("push_of_tomorrow", {"action": "dawned"}, "unknown") == 202
    assert await there.deliver_raw(b"{", {"X-GitHub-Delivery": "a", "X-GitHub-Event": "push"}) == 400
    assert await there.deliver_raw(b"[]", {"X-GitHub-Delivery": "a", "X-GitHub-Event": "push"}) == 400
    assert await there.deliver_raw(b"{}", {"X-GitHub-Event": "push"}) == 400
    assert await there.deliver_raw(b"{}", {"X-GitHub-Delivery": "a"}) == 400
    assert await _mistakes_until_quiet(there) == []
    rows = select(deliveries.c.guid, deliveries.c.event, deliveries.c.state).where(deliveries.c.source == "github")
    kept = {guid: (event, state) for guid, event, state in _read(there, rows)}
    assert kept["unknown"] == ("push_of_tomorrow.dawned", DeliveryState.IGNORED)
    assert kept["big"] == ("push_of_tomorrow", DeliveryState.IGNORED)
    assert "too-big" not in kept and "a" not in kept
