"""Several processes at one inbox: nothing is worked on twice, one subject's deliveries come in order, a death frees."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from core import database, heard, listen
from core.store import DeliveryState, Store, now

# Claims until the inbox is empty. Prints what it begins and what it has finished; with `hold` it stops at the first.
CLAIMER = """
import ctypes, signal, sys, time
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
from core import database, heard, listen
from core.store import Store, now
store = Store(database.connect(sys.argv[1]))
hold = sys.argv[2] == "hold"
print("ready", flush=True)
sys.stdin.readline()
while not store.idle():
    for delivery in store.claim(now(), limit=3):
        print("begin", delivery.subject, delivery.guid, flush=True)
        if hold:
            sys.stdin.readline()
        store.finish(delivery.id)
        print("end", delivery.subject, delivery.guid, flush=True)
        store.let_go(delivery.subject)
"""


@contextmanager
def claimer(url: str, how: str = "work") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", CLAIMER, url, how]
    root = str(Path(__file__).parents[1])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database.connect(database_url))
    yield made
    made.close()


@pytest.mark.row("IN-10", "IN-13")
def test_two_processes_share_the_work_each_delivery_once_and_each_subject_in_order(
    store: Store, database_url: str
) -> None:
    for number in range(60):
        store.keep(f"{number:03}", "github", "push", f"pull:{number % 6}", {})
    with claimer(database_url) as one, claimer(database_url) as two:
        go(one)
        go(two)
        told = [one.communicate(timeout=60)[0].split("\n"), two.communicate(timeout=60)[0].split("\n")]
    done = [line.split() for lines in told for line in lines if line.startswith("end")]
    assert sorted(guid for _, _, guid in done) == [f"{number:03}" for number in range(60)]
    with store.engine.connect() as connection:
        order = connection.exec_driver_sql("SELECT subject, guid FROM deliveries ORDER BY finished, id").all()
    for subject in {subject for subject, _ in order}:
        mine = [guid for each, guid in order if each == subject]
        assert mine == sorted(mine)


@pytest.mark.row("IN-13")
def test_what_another_process_works_on_is_left_alone_until_it_dies(store: Store, database_url: str) -> None:
    store.keep("first", "github", "push", "pull:1", {})
    with claimer(database_url, "hold") as other:
        go(other)
        assert other.stdout
        assert other.stdout.readline() == "begin pull:1 first\n"
        store.keep("second", "github", "push", "pull:1", {})
        store.keep("third", "github", "push", "pull:2", {})
        assert [delivery.guid for delivery in store.claim(now())] == ["third"]
        other.kill()
        other.wait()
        mine: list[str] = []
        for _ in range(2000):
            mine = [delivery.guid for delivery in store.claim(now(), busy=["pull:2"])]
            if mine:
                break
        assert mine == ["first"], "in its place again, and taken up by whoever is alive"


def test_what_was_let_go_or_ended_with_its_process_can_be_taken(store: Store, database_url: str) -> None:
    store.keep("first", "github", "push", "pull:1", {})
    (delivery,) = store.claim(now())
    store.finish(delivery.id, DeliveryState.DONE)
    store.let_go("pull:1")
    store.keep("second", "github", "push", "pull:1", {})
    with claimer(database_url) as other:
        go(other)
        assert "end pull:1 second" in other.communicate(timeout=60)[0]


@pytest.mark.row("IN-13")
async def test_postgresql_tells_every_process_of_what_another_one_kept(postgres_url: str) -> None:

    here, there = Store(database.connect(postgres_url)), Store(database.connect(postgres_url))
    told = asyncio.Event()
    task = asyncio.ensure_future(listen.run(here.engine, told.set))
    async with asyncio.timeout(30):
        number = 0
        while not told.is_set():  # until it listens, what is kept is not told
            number += 1
            await asyncio.to_thread(there.keep, f"guid-{number}", "github", "push", "branch:main", {})
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    here.close()
    there.close()
    there.close()


@pytest.mark.row("GH-5", "IN-13")
def test_every_process_learns_that_a_team_changed_whichever_kept_the_delivery(store: Store, database_url: str) -> None:
    store.keep("a star", "github", "star.created", "repository", {})
    seen, changed = heard.teams_changed(store.engine, 0)
    assert not changed
    with closing(Store(database.connect(database_url))) as other:
        other.keep("joined", "github", "membership.added", "repository", {})
        other.keep("another star", "github", "star.created", "repository", {})
    seen, changed = heard.teams_changed(store.engine, seen)
    assert changed
    assert heard.teams_changed(store.engine, seen) == (seen, False), "once"
