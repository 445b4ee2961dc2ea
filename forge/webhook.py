"""The front door: a signed delivery is committed to the inbox, and only then answered with 202."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from core.settings import SettingsError
from core.store import Store
from forge import events

MOST_BYTES = 25 * 1024 * 1024  # GitHub sends no bigger payload
LONGEST_NAME, LONGEST_SUBJECT = 80, 120  # as the schema has it


class Door:
    """Takes deliveries. `secrets` is asked at each one, so that a secret may change; `kept` is told of each new one."""

    def __init__(self, store: Store, secrets: Callable[[], tuple[bytes, ...]], kept: Callable[[], None]) -> None:
        if not secrets():
            raise SettingsError("GITHUB_WEBHOOK_SECRET is not set: without it anybody could send us deliveries")
        self._store, self._secrets, self._kept = store, secrets, kept

    async def receive(self, request: web.Request) -> web.Response:
        """401 unsigned, 413 over 25 MB, 400 not a delivery, 202 once it is stored."""
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not signature:
            return _no(401, "the header X-Hub-Signature-256 is missing: set the webhook's secret")
        body = await request.read()
        if not any(_matches(secret, body, signature) for secret in self._secrets()):
            return _no(401, "the signature does not match: the webhook's secret is not ours")
        guid, header = (request.headers.get(name, "") for name in ("X-GitHub-Delivery", "X-GitHub-Event"))
        if not 0 < len(guid) <= LONGEST_NAME or not 0 < len(header) <= LONGEST_NAME:
            return _no(400, "the headers X-GitHub-Delivery and X-GitHub-Event are needed")
        payload = await asyncio.to_thread(_object, body)
        if payload is None:
            return _no(400, "the body is not a JSON object: set the webhook's content type to application/json")
        name = events.name_of(header, payload)[:LONGEST_NAME]
        subject = events.subject_of(name, payload)[:LONGEST_SUBJECT]
        if await asyncio.to_thread(self._store.keep, guid, "github", name, subject, payload):
            self._kept()
        return web.json_response({"kept": guid}, status=202)


def _matches(secret: bytes, body: bytes, signature: str) -> bool:
    """Compared in constant time; `signature` may be anything at all, so bytes on both sides."""
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _no(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
