"""The inbox and outbox: what was accepted is never lost, what was decided is decided once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import database, models
from core.store import MOST_ATTEMPTS, Decided, DeliveryState, Store, now, pause

LABEL = ("AddLabel", {"number": 1, "label": "awaiting review"})
STATUS = ("SetStatus", {"sha": "abc", "context": "news", "state": "success", "description": ""})


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = Store(database.connect(url))
    yield made
    made.close()


def keep(store: Store, guid: str, subject: str = "pull:1") -> bool:
    return store.keep(guid, "github", "pull_request.opened", subject, {"number": 1})


def ready(store: Store, **more: object) -> list[str]:
    return [delivery.guid for delivery in store.ready(now(), **more)]  # type: ignore[arg-type]


def state_of(store: Store, guid: str) -> str:
    with store.engine.begin() as connection:
        return str(connection.execute(select(models.deliveries.c.state).filter_by(guid=guid)).scalar_one())


def first(store: Store) -> int:
    return store.ready(now())[0].id


@pytest.mark.row("IN-6")
def test_a_delivery_is_kept_once_however_often_and_from_however_many_sides_it_comes(url: str) -> None:
    stores = [Store(database.connect(url)) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: keep(stores[n % 4], "one"), range(40)))
    assert answers.count(True) == 1
    assert ready(stores[0]) == ["one"]
    for each in stores:
        each.close()


@pytest.mark.row("IN-10")
def test_deliveries_of_one_subject_come_one_at_a_time_and_in_order_while_others_go_on(store: Store) -> None:
    for guid, subject in [("a1", "pull:1"), ("a2", "pull:1"), ("b1", "pull:2")]:
        keep(store, guid, subject)
    assert ready(store) == ["a1", "b1"]
    assert ready(store, busy=["pull:2"]) == ["a1"]
    store.finish(first(store))
    assert ready(store) == ["a2", "b1"]


def test_a_decision_is_written_down_with_all_its_effects_and_never_twice(store: Store) -> None:
    keep(store, "one")
    delivery = first(store)
    store.decide(delivery, [Decided("stage", (LABEL, STATUS), "nobody reviewed yet")])
    store.decide(delivery, [Decided("stage", (LABEL,), "a second thought")])
    assert [(effect.kind, effect.position) for effect in store.pending(delivery)] == [("AddLabel", 0), ("SetStatus", 1)]
    assert store.undecided(delivery, ["stage", "news"]) == ["news"]


@pytest.mark.row("IN-7")
def test_a_failing_decision_keeps_the_others_and_is_tried_again_alone(store: Store) -> None:
    keep(store, "one")
    delivery = first(store)
    store.decide(delivery, [Decided("stage", (LABEL,)), Decided("news", error="KeyError: 'patch'")])
    assert state_of(store, "one") == DeliveryState.NEW
    assert store.undecided(delivery, ["stage", "news"]) == ["news"]
    assert not store.fail(delivery, "news: KeyError: 'patch'")
    assert ready(store) == []
    store.decide(delivery, [Decided("news", (STATUS,))])
    assert state_of(store, "one") == DeliveryState.DECIDED
    assert len(store.pending(delivery)) == 2


@pytest.mark.row("IN-11")
def test_an_effect_that_fails_waits_longer_each_time_and_is_parked_in_the_end(store: Store) -> None:
    keep(store, "one")
    delivery = first(store)
    store.decide(delivery, [Decided("stage", (LABEL,))])
    effect = store.pending(delivery)[0]
    outcomes = [store.effect_failed(effect.id, "502") for _ in range(MOST_ATTEMPTS)]
    assert outcomes == [False] * (MOST_ATTEMPTS - 1) + [True]
    assert store.pending(delivery) == []
    assert [pause(n) for n in (1, 2, 3)] == [timedelta(seconds=s) for s in (1, 2, 4)]


def test_a_wait_that_github_asked_for_does_not_count_as_a_failure(store: Store) -> None:
    keep(store, "one")
    delivery = first(store)
    for _ in range(MOST_ATTEMPTS * 2):
        assert not store.fail(delivery, "rate limit", retry_at=now() + timedelta(hours=1))
    assert ready(store) == []
    assert [d.guid for d in store.ready(now() + timedelta(hours=2))] == ["one"]


@pytest.mark.row("IN-6", "IN-11")
def test_a_parked_delivery_is_taken_up_again_by_replay_or_redelivery(store: Store) -> None:
    keep(store, "one")
    delivery = first(store)
    store.decide(delivery, [Decided("stage", (LABEL,))])
    store.effect_failed(store.pending(delivery)[0].id, "404", final=True)
    store.finish(delivery, DeliveryState.PARKED)
    assert store.idle()
    assert keep(store, "one"), "GitHub's redelivery of a failed try is new work"
    assert len(store.pending(delivery)) == 1
    assert not store.replay("one"), "it is not parked any more"


def test_idle_means_that_nothing_is_left_to_decide_or_to_do(store: Store) -> None:
    assert store.idle()
    keep(store, "one")
    assert not store.idle()
    delivery = first(store)
    store.decide(delivery, [Decided("stage", (LABEL,))])
    assert not store.idle()
    store.carried_out(store.pending(delivery)[0].id, {"labels": ["awaiting review"]})
    store.finish(delivery)
    assert store.idle()


def test_history_tells_what_happened_what_was_decided_and_what_was_done(store: Store) -> None:
    keep(store, "one")
    delivery = first(store)
    store.decide(delivery, [Decided("stage", (LABEL,), "nobody reviewed yet")])
    store.note_call(delivery, "GET", "/repos/rabbit/rabbit/pulls/1", 200, 0.01)
    (story,) = store.history("pull:1")
    assert story["decisions"][0]["why"] == "nobody reviewed yet"
    assert story["effects"][0]["kind"] == "AddLabel"
    assert story["calls"][0]["path"] == "/repos/rabbit/rabbit/pulls/1"


def test_asking_twice_for_a_build_asks_once(store: Store) -> None:
    assert store.ask_build("push:main:abc", "main", "abc")
    assert not store.ask_build("push:main:abc", "main", "abc")


KEEPER = """
import sys
from core import database
from core.store import Store
store = Store(database.connect(sys.argv[1]))
for n in range(100000):
    store.keep(f"guid-{n}", "github", "pull_request.opened", f"pull:{n}", {})
    print(f"guid-{n}", flush=True)
"""


@pytest.mark.row("IN-1")
def test_what_was_acknowledged_before_kill_9_is_there_afterwards(url: str) -> None:
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, url], stdout=subprocess.PIPE, text=True)
    assert keeper.stdout
    acknowledged = [keeper.stdout.readline().strip() for _ in range(50)]
    keeper.kill()
    acknowledged += keeper.stdout.read().split()
    keeper.wait()
    keeper.stdout.close()
    with closing(Store(database.connect(url))) as store:
        kept = {delivery.guid for delivery in store.ready(now(), limit=100_000)}
    assert set(acknowledged) <= kept
    assert len(kept) <= len(acknowledged) + 1, "at most the one that was never acknowledged"


async def test_short_reads_see_what_was_committed_since_and_end_with_the_engine(store: Store) -> None:
    assert await database.looked(store.engine, store.idle)
    keep(store, "one")
    assert not await database.looked(store.engine, store.idle)
    store.close()
    assert not await database.looked(store.engine, store.idle), "opened again after it was closed"


def test_a_delivery_is_put_away_by_what_became_of_its_effects(store: Store) -> None:
    keep(store, "one")
    delivery = first(store)
    label, status = store.decide(delivery, [Decided("stage", (LABEL,)), Decided("news", (STATUS,))])
    assert store.pending(delivery) == [label, status]
    assert store.settle(delivery) is None
    later = now() + timedelta(hours=1)
    store.effect_failed(label.id, "limit", later)
    store.carried_out(status.id)
    assert store.settle(delivery) is None
    assert ready(store) == [], "until the next try of what is left"
    store.effect_failed(label.id, "404", final=True)
    assert store.settle(delivery) is DeliveryState.PARKED
    assert state_of(store, "one") == "parked"
