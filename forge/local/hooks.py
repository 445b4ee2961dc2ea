"""Deliveries leave: in order for each App, signed, one attempt each; how it went is kept."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from typing import Any

import aiohttp
from sqlalchemy import case, false, func, select

from forge.local import db
from forge.local.db import Row, change, get, many
from forge.local.events import redeliver
from forge.local.gate import name_of
from forge.local.recorder import record
from forge.local.state import Forge

LOOK_AGAIN_S = 0.05  # while the first in the queue is not due yet: others may come
TIMEOUT_S = 10  # GitHub's patience
KEPT_BODY = 10_000  # characters of an answer worth keeping
log = logging.getLogger("forge.hooks")


async def deliver_forever(forge: Forge) -> None:
    """Carry out deliveries as they appear, beginning with those that an earlier run left."""
    running: dict[int, asyncio.Task[None]] = {}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
        forge.wake.set()
        while True:
            await forge.wake.wait()
            forge.wake.clear()
            for app_id in _apps_with_work(forge):
                if app_id not in running or running[app_id].done():
                    running[app_id] = group.create_task(_drain(forge, session, app_id))


def _apps_with_work(forge: Forge) -> set[int]:
    with forge.tx() as tx:
        busy = select(db.deliveries.c.app_id).where(db.deliveries.c.waiting).distinct()
        return set(tx.execute(busy).scalars())


def waiting(forge: Forge) -> int:
    """How many deliveries have not been tried yet."""
    with forge.tx() as tx:
        return tx.execute(select(func.count()).where(db.deliveries.c.waiting)).scalar_one()


async def _drain(forge: Forge, session: aiohttp.ClientSession, app_id: int) -> None:
    while not forge.gate.closed and (found := _next(forge, app_id)) is not None:
        app, attempt = found
        if (early_s := attempt["not_before"] - time.time()) > 0:
            await asyncio.sleep(min(early_s, LOOK_AGAIN_S))
            continue
        fault = forge.gate.fault(attempt)
        if fault and fault.kind == "delay":
            _put_off(forge, attempt, fault.seconds)
            continue
        if fault and fault.kind == "drop":
            outcome = _lost(app, attempt)
        else:
            outcome = await _send(session, app, attempt)
        if fault and fault.kind == "double":
            outcome = await _send(session, app, attempt)
        _record(forge, attempt, {**outcome, "delivered_at": forge.now(), "url": app["webhook_url"]})


def _next(forge: Forge, app_id: int) -> tuple[Row, Row] | None:
    """The delivery whose turn it is. One that was put off stands behind those that are due."""
    with forge.tx() as tx:
        late = case((db.deliveries.c.not_before > time.time(), db.deliveries.c.redelivery == false()), else_=false())
        order = (late, db.deliveries.c.turn, db.deliveries.c.id)
        rows = many(tx, db.deliveries, order=order, limit=1, app_id=app_id, waiting=True)
        return (get(tx, db.apps, id=app_id), rows[0]) if rows else None


def _put_off(forge: Forge, attempt: Row, seconds: float) -> None:
    with forge.tx() as tx:
        change(tx, db.deliveries, {"id": attempt["id"]}, not_before=time.time() + seconds)


def _lost(app: Row, attempt: Row) -> dict[str, Any]:
    """As GitHub lists what it could not bring."""
    outcome = {"status": "failed to connect to host", "status_code": 502, "response_headers": None}
    return {**outcome, "response_body": "", "request_headers": headers(app, attempt), "duration_s": 0.0}


def held(forge: Forge) -> list[dict[str, Any]]:
    """The deliveries that wait, in the order in which they would go."""
    with forge.tx() as tx:
        order = (db.deliveries.c.turn, db.deliveries.c.id)
        rows = many(tx, db.deliveries, order=order, waiting=True)
    return [{"id": row["id"], "guid": row["guid"], "name": name_of(row)} for row in rows]


def let_go(forge: Forge, order: list[int]) -> None:
    """Open the gate: those named go first, in that order, each as often as it is named; then the others.

    Raises LookupError when one named does not wait.
    """
    with forge.tx() as tx:
        rows = {row["id"]: row for row in many(tx, db.deliveries, waiting=True)}
        first = min((row["turn"] for row in rows.values()), default=0) - len(order)
        seen: set[int] = set()
        for at, key in enumerate(order):
            if key not in rows:
                raise LookupError(f"{key} is no delivery that waits: look at /_/hooks")
            if key in seen:
                redeliver(forge, tx, rows[key], first + at)
            else:
                change(tx, db.deliveries, {"id": key}, turn=first + at)
            seen.add(key)
    forge.gate.closed = False
    forge.wake.set()


def _record(forge: Forge, attempt: Row, outcome: dict[str, Any]) -> None:
    failed = outcome["status_code"] not in range(200, 300)
    with forge.tx() as tx:
        change(tx, db.deliveries, {"id": attempt["id"]}, waiting=False, **outcome)
        if failed and forge.retry_deliveries_s:
            redeliver(forge, tx, attempt, attempt["turn"], time.time() + forge.retry_deliveries_s)
    if failed:
        log.warning("delivery %s failed event=%s status=%s", attempt["guid"], attempt["event"], outcome["status"])


def headers(app: Row, attempt: Row) -> dict[str, str]:
    """What GitHub sends along; the signature covers the exact bytes of the body."""
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/local",
        "X-GitHub-Delivery": attempt["guid"],
        "X-GitHub-Event": attempt["event"],
        "X-GitHub-Hook-ID": str(app["id"]),
        "X-GitHub-Hook-Installation-Target-ID": str(app["id"]),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    if app["webhook_secret"]:
        digest = hmac.new(app["webhook_secret"].encode(), attempt["payload"].encode(), hashlib.sha256).hexdigest()
        sent["X-Hub-Signature-256"] = f"sha256={digest}"
    return sent


async def _send(session: aiohttp.ClientSession, app: Row, attempt: Row) -> dict[str, Any]:
    """How one attempt went, in the columns of `deliveries`."""
    sent = headers(app, attempt)
    record("hook", event=attempt["event"], headers=sent, payload=json.loads(attempt["payload"]))
    began = time.monotonic()
    try:
        async with session.post(app["webhook_url"], data=attempt["payload"].encode(), headers=sent) as answer:
            body = (await answer.text(errors="replace"))[:KEPT_BODY]
            status = "OK" if answer.ok else f"Invalid HTTP Response: {answer.status}"
            got = {"status": status, "status_code": answer.status, "response_headers": dict(answer.headers)}
    except TimeoutError:
        got, body = {"status": "timed out", "status_code": 504, "response_headers": None}, ""
    except (aiohttp.ClientError, ValueError) as error:  # ValueError: the address is none
        got, body = {"status": "failed to connect to host", "status_code": 502, "response_headers": None}, str(error)
    return {**got, "response_body": body, "request_headers": sent, "duration_s": time.monotonic() - began}
