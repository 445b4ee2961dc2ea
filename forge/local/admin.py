"""The administration door, `/_/...`: seed the forge, order faults, read the calls, ask whether all is delivered."""

from __future__ import annotations

import hmac
import json
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from forge.local import hooks, seed
from forge.local.api import FORGE
from forge.local.faults import WATCH, Fault
from forge.local.seed import SeedError


def add_routes(app: web.Application) -> None:
    app.router.add_get("/_/idle", _idle)
    app.router.add_post("/_/seed", _seed)
    app.router.add_get("/_/faults", _list_faults)
    app.router.add_post("/_/faults", _add_fault)
    app.router.add_delete("/_/faults", _clear_faults)
    app.router.add_get("/_/calls", _calls)


def _guard(request: web.Request) -> None:
    """Refuses who does not bear the administrator's token."""
    token = request.app[FORGE].admin_token
    if not token:
        raise web.HTTPForbidden(text="This door is closed: start the forge with FORGE_ADMIN_TOKEN set\n")
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise web.HTTPUnauthorized(text="Send the forge's admin token: Authorization: Bearer TOKEN\n")


async def _object(request: web.Request) -> Any:
    try:
        return json.loads(await request.read())
    except ValueError:
        raise web.HTTPBadRequest(text="The body is not JSON\n") from None


async def _idle(request: web.Request) -> web.Response:
    """200 when every delivery has had its attempt, 503 while some wait."""
    left = hooks.waiting(request.app[FORGE])
    return web.json_response({"waiting": left}, status=503 if left else 200)


async def _seed(request: web.Request) -> web.Response:
    _guard(request)
    try:
        await seed.apply(request.app[FORGE], seed.parse(await _object(request)))
    except SeedError as error:
        raise web.HTTPUnprocessableEntity(text=f"{error}\n") from None
    return web.json_response({"seeded": True})


async def _list_faults(request: web.Request) -> web.Response:
    _guard(request)
    return web.json_response([fault.model_dump() for fault in request.app[WATCH].faults])


async def _add_fault(request: web.Request) -> web.Response:
    _guard(request)
    try:
        fault = Fault.model_validate(await _object(request))
    except ValidationError as error:
        raise web.HTTPUnprocessableEntity(text=f"{error}\n") from None
    request.app[WATCH].faults.append(fault)
    return web.json_response(fault.model_dump(), status=201)


async def _clear_faults(request: web.Request) -> web.Response:
    _guard(request)
    request.app[WATCH].faults.clear()
    return web.Response(status=204)


async def _calls(request: web.Request) -> web.Response:
    """Calls after `?since=MARK`; `mark` in the answer is the place to go on from."""
    _guard(request)
    state, since = request.app[WATCH], request.query.get("since", "0")
    if not since.isdigit():
        raise web.HTTPBadRequest(text=f"since={since!r} is not a mark: write the number of an earlier answer\n")
    found = [call for call in state.calls if call["id"] > int(since)]
    return web.json_response({"mark": state.last, "calls": found})
