"""The API's door: from an HTTP request to a handler and back. Who calls, how much they may, what errors look like."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from forge.local import auth
from forge.local.api import DOCUMENTATION, FORGE, Call, Handler, Moved, Refused, Reply
from forge.local.faults import secondary
from forge.local.gitrepo import GitError
from forge.local.rights import Actor

log = logging.getLogger("forge.api")
HOUR_S, MINUTE_S = 3600, 60


@dataclass
class Rates:
    """Calls of each actor in the present hour."""

    limit: int
    content_limit: int = 0
    spent: dict[str, tuple[int, int]] = field(default_factory=dict)  # actor: (calls, end of the hour)
    written: dict[str, list[float]] = field(default_factory=dict)  # actor: times of writes in the last minute

    def state(self, who: str, now: float) -> tuple[int, int]:
        """Calls made, and when the hour ends (seconds since the epoch)."""
        used, reset = self.spent.get(who, (0, 0))
        return (used, reset) if reset > now else (0, int(now) + HOUR_S)

    def spend(self, who: str, now: float, calls: int = 1) -> None:
        used, reset = self.state(who, now)
        self.spent[who] = (used + calls, reset)

    def too_many_writes(self, who: str, now: float) -> float:
        """Note a write; for how many seconds the caller must be still, 0 when it may go on."""
        recent = [at for at in self.written.get(who, ()) if at > now - MINUTE_S]
        if self.content_limit and len(recent) >= self.content_limit:
            return recent[0] + MINUTE_S - now
        self.written[who] = [*recent, now]
        return 0.0

    def headers(self, who: str, now: float) -> dict[str, str]:
        used, reset = self.state(who, now)
        numbers = {"Limit": self.limit, "Remaining": max(self.limit - used, 0), "Used": used, "Reset": reset}
        return {f"X-RateLimit-{name}": str(value) for name, value in numbers.items()} | {"X-RateLimit-Resource": "core"}


RATES: web.AppKey[Rates] = web.AppKey("rates", Rates)


def open_to(handler: Handler, free: bool = False) -> Any:
    """An aiohttp handler that calls ours; `free` calls cost nothing of the limit."""

    async def answer(request: web.Request) -> web.StreamResponse:
        forge, rates, now = request.app[FORGE], request.app[RATES], time.time()
        try:
            actor = auth.actor(forge, request.headers.get("Authorization", ""))
        except auth.BadCredentials as error:
            return _error(Refused(401, str(error)), {})
        who = _account(actor, request)
        request["login"] = actor.login if actor else None
        if not free and rates.state(who, now)[0] >= rates.limit:
            return _error(Refused(403, f"API rate limit exceeded for {who}."), rates.headers(who, now))
        if request.method not in ("GET", "HEAD") and (wait_s := rates.too_many_writes(who, now)):
            return secondary(wait_s)
        response = await _answer(Call(forge, request, actor), handler)
        if not free and response.status != 304:
            rates.spend(who, now)
        response.headers.update(rates.headers(who, now))
        return response

    return answer


def _account(actor: Actor | None, request: web.Request) -> str:
    if actor is None:
        return f"address {request.remote}"
    return f"installation ID {actor.installation_id}" if actor.installation_id else f"user ID {actor.id}"


async def _answer(call: Call, handler: Handler) -> web.Response:
    try:
        result = await handler(call)
    except Refused as error:
        return _error(error, {})
    except GitError:
        log.exception("%s %s failed in git", call.request.method, call.request.path)
        return _error(Refused(500, "Server Error"), {})
    reply = result if isinstance(result, Reply) else Reply(204 if result is None else 200, result)
    return _response(call.request, reply)


def _response(request: web.Request, reply: Reply) -> web.Response:
    headers = {"X-GitHub-Media-Type": "github.v3; format=json", **reply.headers}
    if reply.status == 204:
        return web.Response(status=204, headers=headers)
    headers.setdefault("Content-Type", "application/json; charset=utf-8")
    raw = isinstance(reply.body, (str, bytes))
    body = reply.body if raw else json.dumps(reply.body, separators=(",", ":"))
    data = body if isinstance(body, bytes) else body.encode()
    if request.method != "GET" or reply.status != 200:
        return web.Response(status=reply.status, body=data, headers=headers)
    headers |= {"ETag": f'W/"{hashlib.sha256(data).hexdigest()}"', "Cache-Control": "private, max-age=0"}
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    return web.Response(status=200, body=data, headers=headers)


def _error(error: Refused, headers: dict[str, str]) -> web.Response:
    body: dict[str, Any] = {"message": error.message}
    if isinstance(error, Moved):
        body |= {"url": error.url, "documentation_url": DOCUMENTATION}
        return web.json_response(body, status=301, headers={**headers, "Location": error.url})
    if error.errors is not None:
        body["errors"] = error.errors
    body |= {"documentation_url": DOCUMENTATION, "status": str(error.status)}
    return web.json_response(body, status=error.status, headers=headers)


async def rate_limit(call: Call) -> dict[str, Any]:
    rates, now = call.request.app[RATES], time.time()
    used, reset = rates.state(_account(call.actor, call.request), now)
    core = {"limit": rates.limit, "used": used, "remaining": max(rates.limit - used, 0), "reset": reset}
    return {"resources": {"core": core, "search": core, "graphql": core}, "rate": core}


async def nothing_here(_call: Call) -> None:
    raise Refused(404, "Not Found")
