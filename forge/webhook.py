"""The front door: a signed delivery is committed to the inbox, and only then answered with 202.

Deliveries that arrive at the same moment are committed together: at a hundred in flight each waits for one or two
syncs of the disk, not for a hundred.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web
from sqlalchemy.exc import DBAPIError

from core.settings import SettingsError
from core.store import Arrival, Store
from core.writer import Writer
from forge import events

MOST_BYTES = 25 * 1024 * 1024  # GitHub sends no bigger payload
BODY_S = 30.0  # a body that takes longer to arrive is not GitHub's
BIG_BYTES = 512 * 1024  # bodies from here on are read in a thread: meanwhile others are answered
LONGEST_NAME, LONGEST_SUBJECT = 80, 120  # as the schema has it


class Door:
    """Takes deliveries. `secrets` is asked at each one, so that a secret may change; `kept` is told of each new one."""

    def __init__(
        self, store: Store, writer: Writer, secrets: Callable[[], tuple[bytes, ...]], kept: Callable[[], None]
    ) -> None:
        if not secrets():
            raise SettingsError("GITHUB_WEBHOOK_SECRET is not set: without it anybody could send us deliveries")
        self._store, self._writer, self._secrets, self._kept = store, writer, secrets, kept

    async def receive(self, request: web.Request) -> web.Response:
        """401 unsigned, 408 too slow, 413 over 25 MB, 400 not a delivery, 202 once it is stored, 503 when it is not."""
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not signature:
            return _no(401, "the header X-Hub-Signature-256 is missing: set the webhook's secret")
        try:
            async with asyncio.timeout(BODY_S):
                body = await request.read()
        except TimeoutError:
            return _no(408, f"the body did not arrive within {BODY_S:.0f} seconds: send it again")
        big = len(body) >= BIG_BYTES
        secrets = self._secrets()
        signed = (
            await asyncio.to_thread(_signed, secrets, body, signature) if big else _signed(secrets, body, signature)
        )
        if not signed:
            return _no(401, "the signature does not match: the webhook's secret is not ours")
        guid, header = (request.headers.get(name, "") for name in ("X-GitHub-Delivery", "X-GitHub-Event"))
        if not 0 < len(guid) <= LONGEST_NAME or not 0 < len(header) <= LONGEST_NAME:
            return _no(400, "the headers X-GitHub-Delivery and X-GitHub-Event are needed")
        arrival = await asyncio.to_thread(_arrival, guid, header, body) if big else _arrival(guid, header, body)
        if arrival is None:
            return _no(400, "the body is not a JSON object: set the webhook's content type to application/json")
        return await self._keep(arrival)

    async def _keep(self, arrival: Arrival) -> web.Response:
        try:
            new = await self._writer.gather(self._store.keep_all, arrival)
        except DBAPIError:
            return _no(503, "the delivery could not be stored: it will be asked for again")
        if new and not arrival.ignored:
            self._kept()
        return web.json_response({"kept": arrival.guid}, status=202)


def _signed(secrets: tuple[bytes, ...], body: bytes, signature: str) -> bool:
    return any(_matches(secret, body, signature) for secret in secrets)


def _matches(secret: bytes, body: bytes, signature: str) -> bool:
    """Compared in constant time; `signature` may be anything at all, so bytes on both sides."""
    expected = "sha256=" + hmac.digest(secret, body, hashlib.sha256).hex()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def _arrival(guid: str, header: str, body: bytes) -> Arrival | None:
    """What is stored is the text that came, without a byte changed; None when it is no delivery."""
    try:
        text = body.decode()
        payload: Any = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict):
        return None
    name = events.name_of(header, payload)
    subject = events.subject_of(name, payload)
    names = _plain(name)[:LONGEST_NAME], _plain(subject)[:LONGEST_SUBJECT]
    return Arrival(_plain(guid), "github", *names, text, ignored=not events.is_known(name))


def _refuse(constant: str) -> None:
    """Python reads NaN and the infinities; JSON, and the database, know none."""
    raise ValueError(constant)


def _plain(text: str) -> str:
    """As any database takes it: no NUL, and no half of a character."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _no(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
