"""Faults on demand, and the log of calls: so that a story can be told again under every failure, and counted."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

API = "/api/v3"
KINDS = ("500", "502", "403-rate", "403-secondary", "drop-before", "drop-after", "delay")
KEPT = 100_000  # calls remembered
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(BaseModel):
    """Calls `nth`, `nth`+1 ... of those that match fail, `times` times.

    `match` is a method (or *) and a regular expression for the path without /api/v3. `seconds` is how long a delay
    lasts, or how long the caller is told to wait.
    """

    model_config = ConfigDict(extra="forbid")

    match: str = Field(pattern=r"^(\*|[A-Z]+) .+$")
    kind: str = Field(pattern="^(" + "|".join(KINDS) + ")$")
    nth: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    seen: int = 0
    hit: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Count this call if it matches; whether it shall fail."""
        wanted, _, pattern = self.match.partition(" ")
        if wanted not in ("*", method) or not re.search(pattern, path):
            return False
        self.seen += 1
        if self.seen < self.nth or self.hit >= self.times:
            return False
        self.hit += 1
        return True


@dataclass
class Watch:
    """What is to go wrong, and what was called."""

    faults: list[Fault] = field(default_factory=list)
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    last: int = 0


WATCH: web.AppKey[Watch] = web.AppKey("watch", Watch)


@web.middleware
async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost: every call of the API or of git goes through here."""
    path = request.path.removeprefix(API)
    if path.startswith("/_/"):
        return await handler(request)
    state = request.app[WATCH]
    fault = next((fault for fault in state.faults if fault.strikes(request.method, path)), None)
    if not request.path.startswith(API):
        return await _under(fault, request, handler)
    state.last = next(state.counter)
    entry: dict[str, Any] = {"id": state.last, "method": request.method, "path": path, "query": request.query_string}
    entry |= {"status": 0, "actor": None, "fault": fault.kind if fault else None, "at": time.time()}
    state.calls.append(entry)
    response = await _under(fault, request, handler)
    dropped = fault is not None and fault.kind.startswith("drop")
    entry |= {"status": 0 if dropped else response.status, "actor": request.get("login")}
    return response


async def _under(fault: Fault | None, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to a call that suffers `fault`."""
    if fault is None:
        return await handler(request)
    match fault.kind:
        case "delay":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        case "drop-after":
            response = await handler(request)
            _cut(request)
            return response
        case "drop-before":
            _cut(request)
            return web.Response(status=500)
        case "500" | "502":
            return web.json_response({"message": "Server Error"}, status=int(fault.kind))
        case _:
            return _limited(fault)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _limited(fault: Fault) -> web.Response:
    if fault.kind == "403-rate":
        reset = str(int(time.time() + fault.seconds))
        headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        said = "API rate limit exceeded for installation."
    else:
        headers = {"Retry-After": str(int(fault.seconds))}
        said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return web.json_response({"message": said}, status=403, headers=headers)
