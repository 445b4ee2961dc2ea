"""The process: what it says when it starts, the page to sign the agreement at, and how it stops."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from core import records
from core.store import DeliveryState, now
from tests.bots_world import PATIENCE_S, PROGRAM, REPOSITORY, ROOT, World, environment, running_forge, world


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def ask(world: World, method: str, path: str, **form: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, world.bots.url + path, data=form or None) as answer,
    ):
        return answer.status, await answer.text()


async def test_the_agreement_is_shown_and_nothing_is_signed_by_accident(there: World) -> None:
    status, page = await ask(there, "GET", "/cla")
    assert status == 200
    assert "You keep your copyright" in page
    for form, refused, sentence in (
        ({"token": "token-ada"}, 400, "tick the box"),
        ({"agree": "yes"}, 400, "paste a token"),
        ({"agree": "yes", "token": "x" * 5000}, 400, "paste a token"),
        ({"agree": "yes", "token": "é"}, 400, "paste a token"),
        ({"agree": "yes", "token": "wrong"}, 403, "knows no person by this token"),
    ):
        status, page = await ask(there, "POST", "/cla/sign", **form)
        assert (status, sentence in page) == (refused, True)
    assert records.in_force(there.store.engine, there.settings.cla.document) == []


async def test_one_signature_turns_all_waiting_pull_requests_of_a_person_green_and_no_others(there: World) -> None:
    ada, bob = there.person("ada"), there.person("bob")
    numbers = [await there.open_pull("ada", "fix"), await there.open_pull("bob", "other")]
    await ada.push("ada/rabbit", "more", "More\n\nCo-authored-by: Bob <bob@example.org>", {"Lib/more.py": "more\n"})
    numbers.append(await ada.open_pull(REPOSITORY, "ada:more", "gh-1: More"))
    await there.settled()
    assert [(await there.statuses(number))["CLA Signing"] for number in numbers] == ["failure"] * 3

    status, page = await ask(there, "POST", "/cla/sign", token="token-ada", agree="yes")
    assert status == 200
    assert f"#{numbers[0]} gh-1: Close the file" in page
    await there.settled()
    assert [(await there.statuses(number))["CLA Signing"] for number in numbers] == ["success", "failure", "failure"]
    assert await there.labels(numbers[0]) == {"awaiting review", "CLA signed"}

    assert (await ask(there, "POST", "/cla/sign", token=bob.token, agree="yes"))[0] == 200
    await there.settled()
    assert [(await there.statuses(number))["CLA Signing"] for number in numbers] == ["success"] * 3
    signed = records.in_force(there.store.engine, there.settings.cla.document)
    assert [(row.login, row.email, len(row.sha256)) for row in signed] == [
        ("ada", "ada@example.org", 64),
        ("bob", "bob@example.org", 64),
    ]


async def test_it_is_idle_and_healthy_when_nothing_is_left_to_do_and_the_day_has_begun(there: World) -> None:
    await there.settled()
    assert (await ask(there, "GET", "/healthz"))[0] == 200
    assert (await ask(there, "GET", "/-/idle"))[0] == 200
    assert not there.store.keep("day:2026-11-20", "clock", "day.began", "repository", {}), "it was kept at the start"


async def test_a_signal_to_stop_lets_what_runs_end_and_keeps_the_rest(there: World) -> None:
    there.forge.fault("GET /repos/.*/pulls/[0-9]+/files", "delay", seconds=2.0)
    number = await there.open_pull()
    async with asyncio.timeout(PATIENCE_S):
        while not any(call["fault"] for call in there.forge.calls()[1]):
            await ask(there, "GET", "/healthz")
    assert there.bots.end(signal.SIGTERM) == 0
    assert (await there.statuses(number))["CLA Signing"] == "failure", "what ran came to its end"
    assert "Traceback" not in there.bots.log.read_text()
    assert [delivery.state for delivery in there.store.ready(now())] in ([], [DeliveryState.NEW])


def start(env: dict[str, str], port: int = 0) -> tuple[int, str]:
    """Start the process where it cannot run; its exit status and last words."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(port)], env={**env, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_what_is_missing_is_one_sentence_before_anything_is_answered(tmp_path: Path) -> None:
    with running_forge(tmp_path) as forge, socket.socket() as taken:
        env = environment(tmp_path / "bots", forge)
        assert start({**env, "GITHUB_WEBHOOK_SECRET": ""})[1].endswith(
            "GITHUB_WEBHOOK_SECRET is not set: without it anybody could send us deliveries"
        )
        assert "GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY" in start({**env, "GITHUB_APP_ID": ""})[1]
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, words = start(env, taken.getsockname()[1])
        assert (status, "address already in use" in words) == (1, True)
