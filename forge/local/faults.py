"""Faults on demand, and the log of calls: so that a story can be told again under every failure, and counted."""

from __future__ import annotations

import asyncio
import itertools
import math
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from forge.local.auth import kind_of

API = "/api/v3"
OUTAGES = ("500", "502", "503", "504")
KINDS = (*OUTAGES, "403-rate", "403-secondary", "429", "drop-before", "drop-after", "delay", "delay-after")
DOORS = ("any", "api", "git", "web")
KEPT = 100_000  # calls remembered
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(BaseModel):
    """Calls `nth`, `nth`+1 ... of those that match fail, `times` times.

    `match` is a method (or *) and a regular expression for the path without /api/v3; `* .` is any call. `door` is where
    it knocks: api, git, web (pages and logins) or any. `by` is who calls: app, person, nobody or any; `agent` is how
    the caller's User-Agent begins, as in `camelot`. `seconds` is how long a delay lasts, or how long the caller is told
    to wait. `seen` counts the calls that matched, `hit` those that failed.
    """

    model_config = ConfigDict(extra="forbid")

    match: str = Field(pattern=r"^(\*|[A-Z]+) .+$")
    kind: str = Field(pattern="^(" + "|".join(KINDS) + ")$")
    nth: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    door: str = Field(default="any", pattern="^(" + "|".join(DOORS) + ")$")
    agent: str = ""
    by: str = Field(default="any", pattern="^(any|app|person|nobody)$")
    seen: int = 0
    hit: int = 0

    def strikes(self, call: dict[str, Any]) -> bool:
        """Count this call if it matches; whether it shall fail."""
        wanted, _, pattern = self.match.partition(" ")
        if self.door not in ("any", call["door"]) or self.by not in ("any", call["by"]):
            return False
        if wanted not in ("*", call["method"]) or not call["agent"].startswith(self.agent):
            return False
        if not re.search(pattern, call["path"]):
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
    """Outermost: every call goes through here but those of the administration."""
    path = request.path.removeprefix(API)
    if path.startswith("/_/"):
        return await handler(request)
    state = request.app[WATCH]
    entry: dict[str, Any] = {"door": _door(request.path), "method": request.method, "path": path}
    entry |= {"by": kind_of(request.headers.get("Authorization", "")), "agent": request.headers.get("User-Agent", "")}
    fault = next((fault for fault in state.faults if fault.strikes(entry)), None)
    state.last = next(state.counter)
    entry |= {"id": state.last, "query": request.query_string, "status": 0, "actor": None}
    entry |= {"fault": fault.kind if fault else None, "at": time.time()}
    state.calls.append(entry)
    response = await _under(fault, request, handler)
    dropped = fault is not None and fault.kind.startswith("drop")
    entry |= {"status": 0 if dropped else response.status, "actor": request.get("login")}
    return response


def _door(path: str) -> str:
    if path.startswith(API):
        return "api"
    return "git" if path.endswith(("/info/refs", "/git-upload-pack", "/git-receive-pack")) else "web"


async def _under(fault: Fault | None, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to a call that suffers `fault`."""
    if fault is None:
        return await handler(request)
    match fault.kind:
        case "delay":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        case "delay-after":
            response = await handler(request)
            await asyncio.sleep(fault.seconds)
            return response
        case "drop-after":
            response = await handler(request)
            _cut(request)
            return response
        case "drop-before":
            _cut(request)
            return web.Response(status=500)
        case "500" | "502" | "503" | "504":
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
        return web.json_response({"message": "API rate limit exceeded for installation."}, status=403, headers=headers)
    return secondary(fault.seconds, 429 if fault.kind == "429" else 403)


def secondary(wait_s: float, status: int = 403) -> web.Response:
    """Too much at once, or too much made in a minute: the caller is told for how long to be still."""
    said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    page = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
    body = {"message": said, "documentation_url": page}
    return web.json_response(body, status=status, headers={"Retry-After": str(math.ceil(wait_s))})
