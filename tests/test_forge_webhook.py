"""The front door over real HTTP and a real database: what is taken, what is refused, and what is stored."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import aiohttp
import pytest
from aiohttp import web

from core import database
from core.settings import SettingsError
from core.store import Delivery, Store, now
from core.writer import Writer
from forge.webhook import MOST_BYTES, Door

Headers: TypeAlias = "dict[str, str | None]"

PAYLOAD = {"action": "opened", "pull_request": {"number": 7}, "sender": {"login": "ada"}}


@dataclass
class Entrance:
    """The door with its address; `secrets` may be changed while it is open."""

    store: Store
    url: str = ""
    secrets: tuple[bytes, ...] = (b"new", b"old")
    told: list[None] = field(default_factory=list)

    async def knock(self, body: bytes, secret: bytes = b"new", headers: Headers | None = None) -> int:
        """POST as GitHub does; a header given as None is left out. The HTTP status."""
        sent: Headers = {
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest(),
            "X-GitHub-Delivery": "guid-1",
            "X-GitHub-Event": "pull_request",
            "Content-Type": "application/json",
        }
        sent |= headers or {}
        real = {name: value for name, value in sent.items() if value is not None}
        async with aiohttp.ClientSession() as session, session.post(self.url, data=body, headers=real) as answer:
            return answer.status

    def kept(self) -> list[Delivery]:
        return self.store.ready(now())


@pytest.fixture
async def entrance(database_url: str) -> AsyncIterator[Entrance]:
    made = Entrance(Store(database.connect(database_url)))
    writer = Writer(made.store.engine)
    door = Door(made.store, writer, lambda: made.secrets, lambda: made.told.append(None))
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_post("/github/webhook", door.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/github/webhook"
    yield made
    await runner.cleanup()
    await writer.close()
    made.store.close()


def body(payload: Any = PAYLOAD) -> bytes:
    return json.dumps(payload).encode()


async def test_a_signed_delivery_is_in_the_database_when_it_is_answered(entrance: Entrance) -> None:
    assert await entrance.knock(body()) == 202
    (delivery,) = entrance.kept()
    assert (delivery.guid, delivery.source, delivery.event) == ("guid-1", "github", "pull_request.opened")
    assert (delivery.subject, delivery.payload) == ("pull:7", PAYLOAD)
    assert len(entrance.told) == 1


async def test_ten_times_the_same_at_once_and_many_others_between_are_kept_once_each(entrance: Entrance) -> None:
    guids = [f"guid-{number % 5}" for number in range(50)]
    answers = await asyncio.gather(*(entrance.knock(body(), headers={"X-GitHub-Delivery": guid}) for guid in guids))
    assert set(answers) == {202}
    assert len(entrance.told) == 5


@pytest.mark.parametrize(
    "payload",
    [
        {"action": "\0", "pull_request": {"number": 7}},
        {"action": "\ud800", "pull_request": None},
        {"action": None, "pull_request": {"number": None}, "issue": {"number": "7"}, "sender": None},
        {"action": 5, "ref": "\0\ud800" * 100},
    ],
    ids=["NUL", "half a character", "nulls", "a long name"],
)
async def test_what_no_database_would_take_is_taken_all_the_same(entrance: Entrance, payload: Any) -> None:
    assert await entrance.knock(body(payload), headers={"X-GitHub-Event": "push"}) == 202
    assert [delivery.payload for delivery in entrance.kept()] == [payload]


async def test_a_body_is_stored_without_a_byte_changed(entrance: Entrance) -> None:
    sent = b'{"action":  "opened", "n": 1.10, "u": "\\u00e9\xc3\xa9"}'
    assert await entrance.knock(sent) == 202
    with entrance.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT CAST(payload AS TEXT) FROM deliveries").scalar() == sent.decode()


@pytest.mark.row("IN-5")
async def test_an_event_that_nobody_knows_is_kept_as_ignored_and_wakes_nobody(entrance: Entrance) -> None:
    assert await entrance.knock(body({"zen": "Keep it small."}), headers={"X-GitHub-Event": "surprise"}) == 202
    assert (entrance.kept(), entrance.told, entrance.store.idle()) == ([], [], True)
    assert [(row["event"], row["state"]) for row in entrance.store.history("repository")] == [("surprise", "ignored")]


@pytest.mark.row("IN-4")
async def test_while_a_secret_changes_both_are_taken_and_then_only_the_new_one(entrance: Entrance) -> None:
    assert await entrance.knock(body(), b"old") == 202
    entrance.secrets = (b"new",)
    assert await entrance.knock(body(), b"old", headers={"X-GitHub-Delivery": "guid-2"}) == 401
    assert await entrance.knock(body(), b"new", headers={"X-GitHub-Delivery": "guid-2"}) == 202


SHA1 = "sha1=" + hmac.new(b"new", body(), "sha1").hexdigest()


@pytest.mark.row("IN-3")
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": None},
        {"X-Hub-Signature-256": None, "X-Hub-Signature": SHA1},
        {"X-Hub-Signature-256": SHA1},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": "sha256=é"},
        {"X-Hub-Signature-256": "?"},
    ],
    ids=["absent", "only sha1", "sha1 in its place", "wrong", "not ASCII", "nonsense"],
)
async def test_what_is_not_signed_with_our_secret_is_refused_and_not_stored(
    entrance: Entrance, headers: Headers
) -> None:
    assert await entrance.knock(body(), headers=headers) == 401
    assert entrance.kept() == []


async def test_a_body_changed_on_the_way_is_refused(entrance: Entrance) -> None:
    signature = "sha256=" + hmac.new(b"new", body(), hashlib.sha256).hexdigest()
    assert await entrance.knock(body() + b" ", headers={"X-Hub-Signature-256": signature}) == 401


@pytest.mark.row("IN-5")
@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        (b"payload=%7B%7D", {}),
        (b"", {}),
        (b"[1]", {}),
        (b"[" * 100_000, {}),
        (b"\xff", {}),
        (b'{"x": NaN}', {}),
        ("{}".encode("utf-16"), {}),
        (body(), {"X-GitHub-Delivery": None}),
        (body(), {"X-GitHub-Event": None}),
        (body(), {"X-GitHub-Delivery": "x" * 200}),
    ],
    ids=["form", "empty", "a list", "nested", "not text", "NaN", "UTF-16", "no GUID", "no event", "a GUID too long"],
)
async def test_what_is_signed_and_no_delivery_is_refused_and_not_stored(
    entrance: Entrance, sent: bytes, headers: Headers
) -> None:
    assert await entrance.knock(sent, headers=headers) == 400
    assert entrance.kept() == []


@pytest.mark.row("IN-5")
async def test_the_biggest_payload_of_github_is_taken_and_a_bigger_one_is_not(entrance: Entrance) -> None:
    frame = len(body({**PAYLOAD, "x": ""}))
    biggest = body({**PAYLOAD, "x": "x" * (MOST_BYTES - frame)})
    assert len(biggest) == MOST_BYTES
    assert await entrance.knock(biggest + b" " * 1024 * 1024) == 413
    assert await entrance.knock(biggest) == 202


@pytest.mark.row("IN-6")
async def test_ten_times_the_same_at_once_is_kept_once(entrance: Entrance) -> None:
    answers = await asyncio.gather(*(entrance.knock(body()) for _ in range(10)))
    assert answers == [202] * 10
    assert len(entrance.kept()) == 1
    assert len(entrance.told) == 1


@pytest.mark.row("IN-3")
def test_without_a_secret_the_door_does_not_open(sqlite_url: str) -> None:
    store = Store(database.connect(sqlite_url))
    with pytest.raises(SettingsError, match="GITHUB_WEBHOOK_SECRET is not set"):
        Door(store, Writer(store.engine), lambda: (), lambda: None)
    store.close()
