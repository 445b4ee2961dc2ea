"""A house of real processes: it starts, plays on another day, stops, and leaves nothing when it is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import aiohttp
import pytest

from console import addresses, credentials, keeper
from console.errors import Refusal
from console.house import ROOT, to_toml
from console.repository import make_repository
from console.service import ServiceError
from console.up import SERVICES, House
from core import settings
from core.database import connect
from core.results import all_builders

DAY = date(2026, 11, 20)
SOME = ("forge", "bots", "web")
WITHIN_S = 90.0


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline, f"not {what} within {WITHIN_S:.0f} s"
        time.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def text(url: str, token: str = "") -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        answer.raise_for_status()
        return await answer.text()


async def test_a_house_starts_answers_moves_its_day_and_stops(tmp_path: Path) -> None:
    async with House(tmp_path / "a house", os.environ, DAY, services=SOME) as house:
        first = house.pids()
        assert set(first) == set(SOME)
        assert json.loads(await text(f"{house.addresses.console}/healthz"))["today"] == "2026-11-20"
        api = f"{house.addresses.forge}/api/v3/repos/rabbit/rabbit"
        names = {row["name"] for row in json.loads(await text(f"{api}/branches", house.secrets["core-dev"]))}
        assert names == {"main", "1.1", "1.2"}
        await house.restart("web", today=date(2026, 12, 16))
        rows = json.loads(await text(f"{house.addresses.console}/branches.json"))
        assert {row["version"]: row["status"] for row in rows}["1.1"] == "end-of-life"
        assert house.settings.day() == date(2026, 12, 16)
        assert house.pids()["bots"] == first["bots"]
        last = house.pids()
    assert [name for name, pid in {**first, **last}.items() if runs(pid)] == []


async def test_what_was_there_is_there_again_at_the_same_address(tmp_path: Path) -> None:
    async with House(tmp_path, os.environ, DAY, services=("forge",)) as house:
        before, tokens = house.addresses, house.secrets
        path = f"{house.addresses.forge}/api/v3/repos/rabbit/rabbit/branches/main"
        main = json.loads(await text(path, tokens["ada"]))["commit"]["sha"]
    async with House(tmp_path, os.environ, DAY, services=("forge",)) as house:
        assert (house.addresses, house.secrets) == (before, tokens)
        assert json.loads(await text(path, tokens["ada"]))["commit"]["sha"] == main


async def test_a_service_that_ended_is_started_again(tmp_path: Path) -> None:
    async with House(tmp_path, os.environ, DAY, services=("web",)) as house:
        before = house.pids()["web"]
        os.kill(before, signal.SIGKILL)
        until(lambda: not house.pids(), "ended")
        assert await house.heal() == ["web"]
        assert house.pids()["web"] != before
        assert await house.heal() == []


async def test_a_service_that_cannot_start_stops_what_was_started_and_shows_its_log(tmp_path: Path) -> None:
    house = House(tmp_path, os.environ, DAY, services=("web", "bots"))
    house._more["web"] = {"DATABASE_URL": "nonsense"}
    with pytest.raises(
        ServiceError, match=r"web ended before it was ready; its log .*web\.log ends with:\n.*DATABASE_URL"
    ):
        async with house:
            pass
    assert house.pids() == {}


async def test_two_houses_do_not_share_a_folder(tmp_path: Path) -> None:
    async with House(tmp_path, os.environ, DAY, services=("web",)):
        with pytest.raises(Refusal, match="another camelot runs in"):
            await House(tmp_path, os.environ, DAY, services=("web",)).start()


async def test_a_mistake_in_the_settings_is_found_before_anything_starts(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text("[farm]\nquite_s = 1\n", encoding="utf-8")
    house = House(tmp_path / "house", {**os.environ, "CAMELOT_CONFIG": str(own)}, DAY, services=("web",))
    with pytest.raises(settings.SettingsError, match=r"farm\.quite_s is not a setting"):
        async with house:
            pass
    assert house.pids() == {}


KILLED = """
import asyncio, datetime, os, sys
from pathlib import Path
from console.up import House
async def main():
    day, some = datetime.date(2026, 11, 20), ("forge", "bots", "web")
    async with House(Path(sys.argv[1]), os.environ, day, services=some) as house:
        print(*house.pids().values(), flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A supervisor as a process of its own, and every process below it."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        services = [int(word) for word in process.stdout.readline().split()]
        below = keeper.descendants(process.pid)
        assert len(services) == 3
        assert set(services) < set(below)
        yield process, below
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_supervisor_that_goes_leaves_no_process(
    supervisor: tuple[subprocess.Popen[str], list[int]], how: signal.Signals
) -> None:
    process, below = supervisor
    process.send_signal(how)
    process.wait(WITHIN_S)
    until(lambda: not any(runs(pid) for pid in below), "ended, all of them,")


def test_ports_are_kept_and_one_that_is_taken_by_now_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    ports = addresses.load_or_choose(file)
    assert len(set(ports.values())) == len(addresses.NAMES)
    assert addresses.load_or_choose(file) == ports
    with (
        socket.create_server(("127.0.0.1", ports["farm"])),
        pytest.raises(Refusal, match=rf"port {ports['farm']} of the last run \(farm\) is taken .* delete {file}"),
    ):
        addresses.load_or_choose(file)


def test_credentials_are_made_once_and_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = credentials.load_or_make(folder, ["ada"])
    second = credentials.load_or_make(folder, ["ada", "bob"])
    assert first.webhook_secret == second.webhook_secret
    assert first.tokens["ada"] == second.tokens["ada"]
    assert first.app_public_key == second.app_public_key
    assert len({*second.tokens.values(), second.webhook_secret, second.admin_token, second.worker_password}) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_nobody_learns_a_secret_that_it_does_not_use(tmp_path: Path) -> None:
    house = House(tmp_path, {"GITHUB_REPOSITORY": "someone/else", "PATH": os.environ["PATH"]}, DAY)
    house._prepare()
    known = house.plan.credentials
    secret = {known.webhook_secret, known.worker_password, known.admin_token, str(known.app_key)}
    told = {
        name: secret & set(house.environ(name).values()) for name in ("forge", "bots", "buildmaster", "worker", "web")
    }
    assert told == {
        "forge": {known.admin_token},
        "bots": {known.webhook_secret, str(known.app_key)},
        "buildmaster": {known.worker_password},
        "worker": {known.worker_password},
        "web": set(),
    }
    assert house.settings.github.repository == "rabbit/rabbit"


def test_the_settings_file_of_a_house_says_what_the_persons_says(tmp_path: Path) -> None:
    table = {"profile": "rabbit", "today": DAY, "cla": {"required": False}, "farm": {"quiet_s": 1.5}}
    table["release"] = {"tiers_that_block": [1], "product": 'A "rabbit"\n'}
    file = tmp_path / "camelot.toml"
    file.write_text(to_toml(table), encoding="utf-8")
    found = settings.load({"CAMELOT_CONFIG": str(file)})
    assert (found.day(), found.cla.required, found.farm.quiet_s) == (DAY, False, 1.5)
    assert (found.release.tiers_that_block, found.release.product) == ((1,), 'A "rabbit"\n')


def git(repo: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=repo, capture_output=True, text=True, check=True).stdout.strip()


def test_the_repository_has_the_branches_tags_and_versions_of_the_registry(tmp_path: Path) -> None:
    chosen = settings.load({"CAMELOT_TODAY": DAY.isoformat()})
    repo = make_repository(ROOT / "interpreter", chosen, tmp_path / "one")
    assert git(repo, "branch", "--format=%(refname:short)").split() == ["1.1", "1.2", "main"]
    assert {"v1.1.3", "v1.2.0", "v1.3.0a1"} <= set(git(repo, "tag").split())
    for branch, version in (("1.1", "1.1.3+"), ("1.2", "1.2.0+"), ("main", "1.3.0a1+")):
        assert f'"{version}"' in git(repo, "show", f"{branch}:Include/patchlevel.h")
    assert '"1.3.0a1"' in git(repo, "show", "v1.3.0a1:Include/patchlevel.h")
    assert git(repo, "merge-base", "main", "1.2")
    assert git(repo, "status", "--porcelain") == ""


def test_the_same_tree_on_the_same_day_makes_the_same_commits(tmp_path: Path) -> None:
    chosen = settings.load({"CAMELOT_TODAY": DAY.isoformat()})
    one, two = (make_repository(ROOT / "interpreter", chosen, tmp_path / name) for name in ("one", "two"))
    assert git(one, "show-ref") == git(two, "show-ref")


def test_the_tree_may_be_changed_before_it_becomes_the_repository(tmp_path: Path) -> None:
    chosen = settings.load({"CAMELOT_TODAY": DAY.isoformat()})
    repo = make_repository(ROOT / "interpreter", chosen, tmp_path / "one", lambda tree: (tree / "NEW").touch())
    assert all(git(repo, "ls-tree", "--name-only", branch, "NEW") == "NEW" for branch in ("main", "1.1", "1.2"))


async def camelot(house: House, *words: str) -> tuple[int, str]:
    """The command line in this house: its exit code and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "console",
        *words,
        cwd=ROOT,
        env=house.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    return process.returncode or 0, output.decode()


async def test_an_open_release_blocker_at_the_forge_stops_a_cut(tmp_path: Path) -> None:
    async with House(tmp_path, os.environ, DAY, services=("forge",)) as house:
        code, said = await camelot(house, "release", "gates", "1.3.0a2")
        assert code == 1  # no builder has built it
        assert "pass     blockers     nothing open is labelled release-blocker" in said
        url = f"{house.addresses.forge}/api/v3/repos/rabbit/rabbit/issues"
        headers = {"Authorization": f"Bearer {house.secrets['release-manager']}"}
        issue = {"title": "It eats files", "labels": ["release-blocker"]}
        async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=issue) as answer:
            assert answer.status == 201
        code, said = await camelot(house, "release", "gates", "1.3.0a2")
        assert code == 1
        assert "block    blockers     labelled release-blocker: #1 It eats files" in said
        code, said = await camelot(house, "release", "cut", "1.3.0a2", "--rehearse")
        assert code == 1
        assert "1.3.0a2 was not cut (blocked)" in said
        assert not (house.settings.downloads / "1.3.0a2").exists()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`camelot up` with all its services; what it prints is in the file."""
    said = tmp_path / "said"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CAMELOT_", "GITHUB_"))}
    environ = {**inherited, "CAMELOT_TODAY": DAY.isoformat(), "CAMELOT_DATA": str(tmp_path / "data")}
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "console", "up"],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        until(lambda: "Camelot is up" in said.read_text() or process.poll() is not None, "up")
        yield process, said
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_up_says_where_to_look_and_takes_every_process_along(
    up: tuple[subprocess.Popen[str], Path], how: signal.Signals, code: int
) -> None:
    process, said = up
    assert process.poll() is None, said.read_text()
    for word in ("pages", "forge", "farm", "tokens.json", "Press Ctrl-C"):
        assert word in said.read_text()
    below = keeper.descendants(process.pid)
    assert len(below) >= 2 * len(SERVICES)  # each service has a keeper
    process.send_signal(how)
    assert process.wait(WITHIN_S) == code
    until(lambda: not any(runs(pid) for pid in below), "ended, all of them,")
    assert "Traceback" not in said.read_text()


def test_no_secret_of_the_house_shows_in_a_command_line_a_log_or_a_remote(
    up: tuple[subprocess.Popen[str], Path], tmp_path: Path
) -> None:
    process, said = up
    known = credentials.load_or_make(tmp_path / "data" / "secrets", ())
    kept = {known.webhook_secret, known.worker_password, known.admin_token, *known.tokens.values()}
    kept |= set(known.app_key.read_text().splitlines()[1:-1])
    assert len(kept) > 10
    shown = {f"process {pid}": Path(f"/proc/{pid}/cmdline") for pid in (process.pid, *keeper.descendants(process.pid))}
    logs = [*tmp_path.rglob("*.log"), *tmp_path.rglob("*.git/config"), said]
    assert {"forge.log", "bots.log", "buildmaster.log", "worker.log", "web.log", "config"} <= {log.name for log in logs}
    shown |= {str(log): log for log in logs}
    assert [name for name, file in shown.items() if any(secret in file.read_text() for secret in kept)] == []


async def test_when_the_master_starts_again_its_worker_comes_back(tmp_path: Path) -> None:
    async with House(tmp_path, os.environ, DAY, services=("buildmaster", "worker")) as house:
        versions = {builder.version for builder in all_builders(connect(house.settings.database))}
        assert versions == {"1.1", "1.2", "1.3"}
        before = house.pids()
        await house.restart("buildmaster", today=date(2026, 12, 16))
        assert {name for name, pid in house.pids().items() if pid != before[name]} == {"buildmaster", "worker"}
        versions = {builder.version for builder in all_builders(connect(house.settings.database))}
        assert versions == {"1.2", "1.3"}
