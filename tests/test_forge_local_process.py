"""The forge as a process: its settings, its seed, its limits, and that it goes when its parent goes."""

from __future__ import annotations

import base64
import contextlib
import os
import select
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from forge.local.person import Person, Refusal
from forge.local.process import ForgeFailed, start
from tests.forge_world import REPOSITORY, a_world, config

ROOT = Path(__file__).parents[1]
PARENT = """\
import os, sys
from pathlib import Path
from forge.local.process import start
forge = start(Path(sys.argv[1]))
print(forge.process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_the_forge_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "forge")]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.run(command, stdout=subprocess.PIPE, env=env, text=True, check=False)
    assert parent.returncode == -9
    assert _ended_within(int(parent.stdout), 15)


def test_a_forge_that_is_killed_in_the_middle_of_a_push_leaves_no_git_behind(tmp_path: Path) -> None:
    with start(tmp_path, config("")) as forge:
        host, _, port = forge.url.removeprefix("http://").partition(":")
        token = base64.b64encode(b"core-dev:token-core-dev").decode()
        head = f"POST /{REPOSITORY}.git/git-receive-pack HTTP/1.1\r\nHost: {host}\r\nContent-Length: 627\r\n"
        head += f"Content-Type: application/x-git-receive-pack-request\r\nAuthorization: Basic {token}\r\n\r\n"
        with socket.create_connection((host, int(port))) as pushing:
            pushing.sendall(head.encode() + b"0032")
            until(lambda: _gits_of(tmp_path), "git was not started")
            forge.kill()
            until(lambda: not _gits_of(tmp_path), "git outlives the forge")


def _gits_of(data: Path) -> list[int]:
    """The processes of git that serve this forge's repositories."""
    wanted, found = f"GIT_PROJECT_ROOT={data}".encode(), []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def until(holds: Callable[[], object], otherwise: str, patience_s: float = 15) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)  # asked again: nobody tells us of processes that are not our children


def _ended_within(pid: int, timeout_s: float) -> bool:
    """Wait for the end of a process that is not our child."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], timeout_s)[0])
    finally:
        os.close(handle)


def test_sigterm_ends_it_with_status_0_and_the_url_is_written_when_asked(tmp_path: Path) -> None:
    with start(tmp_path, None, 0, "--write-url") as forge:
        assert (tmp_path / "url").read_text(encoding="utf-8") == f"{forge.url}\n"
        assert forge.stop() == 0


def test_a_seed_can_be_applied_again_and_changes_nothing(tmp_path: Path) -> None:
    seed = config("")
    with start(tmp_path, seed) as forge:
        forge.seed(seed)
        with pytest.raises(urllib.error.HTTPError) as refusal:
            forge.seed({"repositories": [{"full_name": "nobody/x"}]})
        assert refusal.value.code == 422
        assert "nobody" in refusal.value.read().decode()
        refusal.value.close()


def test_a_seed_that_names_nobody_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ForgeFailed, match="ghost.*is no account"):
        start(tmp_path, {"organizations": [{"login": "o", "teams": [{"slug": "t", "members": ["ghost"]}]}]})


async def test_the_administration_door_is_closed_without_the_token(tmp_path: Path) -> None:
    with start(tmp_path) as forge:
        async with aiohttp.ClientSession() as session:
            for path in ("/_/calls", "/_/faults"):
                async with session.get(forge.url + path) as answer:
                    assert answer.status == 401
            async with session.get(f"{forge.url}/_/idle") as answer:
                assert answer.status == 200


async def test_calls_beyond_the_limit_are_403_until_the_hour_ends(tmp_path: Path) -> None:
    with start(tmp_path, config(""), 0, "--rate-limit", "3") as forge:
        ada = Person(forge.url, "ada", "token-ada")
        for _ in range(3):
            await ada.get("/user")
        with pytest.raises(Refusal, match="API rate limit exceeded"):
            await ada.get("/user")
        assert (await ada.get("/rate_limit"))["rate"]["remaining"] == 0


async def test_the_app_is_limited_to_its_permissions(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        sha = await world.begin()
        bot = await world.bot()
        seed = config(world.hooks.url)
        seed["apps"][0]["permissions"] = {"contents": "read", "statuses": "write"}
        world.forge.seed(seed)
        await bot.call("POST", f"/repos/{REPOSITORY}/statuses/{sha}", {"state": "pending"})
        with pytest.raises(Refusal, match="Resource not accessible by integration"):
            await bot.open_issue(REPOSITORY, "no")
        with pytest.raises(Refusal, match="denied to"):
            await bot.push(REPOSITORY, "main", "no", {"a.txt": ""})


async def test_failed_deliveries_are_retried_in_their_place_when_that_is_asked_for(tmp_path: Path) -> None:
    async with a_world(tmp_path, "--retry-deliveries", "0.05") as world:
        world.hooks.answer = 500
        await world.begin()
        await world.hooks.until(lambda every: len(every) >= 3)
        world.hooks.answer = 202
        await world.hooks.event("push")
        good = dict.fromkeys(received.guid for received in world.hooks.received)
        assert [next(r.name for r in world.hooks.received if r.guid == guid) for guid in good] == [
            "ping",
            "create",
            "push",
        ]


async def test_what_waited_when_the_forge_was_killed_is_delivered_by_the_next(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.hooks.event("ping")
        async with world.hooks.changed:  # the receiver takes nothing while we hold this
            await world.begin()
            world.forge.kill()
        world.restart()
        push = await world.hooks.event("push")
        assert push.signed


def test_help_gives_an_example() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "forge.local", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "Example: FORGE_ADMIN_TOKEN=" in said
