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


async def test_without_a_login_at_the_forge_a_token_shows_who_signs_and_nothing_is_signed_by_accident(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, GITHUB_CLIENT_ID="") as there:
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
        assert (await ask(there, "POST", "/cla/sign", token="token-ada", agree="yes"))[0] == 200
        assert len(records.in_force(there.store.engine, there.settings.cla.document)) == 1


async def test_who_is_not_logged_in_or_comes_from_elsewhere_signs_nothing(there: World) -> None:
    assert (await ask(there, "POST", "/cla/sign", agree="yes", token="token-ada"))[0] == 403
    assert (await ask(there, "GET", "/cla/back?code=made-up&state=made-up"))[0] == 403
    async with there.logged_in("ada") as (browser, page):
        assert "ada@example.org" in page, "one's own addresses are shown in full"
        for form in ({"agree": "yes"}, {"agree": "yes", "form": "made up"}):
            async with browser.post(f"{there.bots.url}/cla/sign", data=form) as answer:
                assert answer.status == 403
        cookie = next(iter(browser.cookie_jar))
        assert "ada" not in cookie.value
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert records.in_force(there.store.engine, there.settings.cla.document) == []


@pytest.mark.row("CL-5", "CL-7", "CL-10")
async def test_a_signature_turns_all_of_a_persons_pull_requests_green_and_taking_it_back_turns_them_red(
    there: World,
) -> None:
    ada = there.person("ada")
    numbers = [await there.open_pull("ada", "fix"), await there.open_pull("bob", "other")]
    await ada.push("ada/rabbit", "more", "More\n\nCo-authored-by: Bob <bob@example.org>", {"Lib/more.py": "more\n"})
    numbers.append(await ada.open_pull(REPOSITORY, "ada:more", "gh-1: More"))
    await there.settled()

    async def checks() -> list[str]:
        await there.settled()
        return [(await there.statuses(number))["CLA Signing"] for number in numbers]

    assert await checks() == ["failure"] * 3
    told = "".join([*await there.comments(numbers[2])])
    assert "b…@example.org (" in told
    assert "bob@example.org" not in told
    assert await there.sign("ada") == 200
    assert await checks() == ["success", "failure", "failure"]
    assert await there.labels(numbers[0]) == {"awaiting review", "CLA signed"}
    await ada.push("ada/rabbit", "fix", "Still more", {"Lib/again.py": "more\n"})
    assert await there.sign("bob") == 200
    assert await checks() == ["success"] * 3, "at their heads of now"
    assert await there.sign("ada", "revoke") == 200
    assert await checks() == ["failure", "success", "failure"]
    with there.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT login, email, revoked, length(sha256) FROM signatures ORDER BY id")
        assert [tuple(row) for row in rows] == [
            ("ada", "ada@example.org", 0, 64),
            ("bob", "bob@example.org", 0, 64),
            ("ada", "ada@example.org", 1, 64),
        ]


async def test_it_is_idle_and_healthy_when_nothing_is_left_to_do_and_the_day_has_begun(there: World) -> None:
    await there.settled()
    assert (await ask(there, "GET", "/healthz"))[0] == 200
    assert (await ask(there, "GET", "/-/idle"))[0] == 200
    assert not there.store.keep("day:2026-11-20", "clock", "day.began", "repository", {}), "it was kept at the start"


@pytest.mark.row("IN-12")
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
