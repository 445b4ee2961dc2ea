"""The administration door, `/_/...`, for tests and demonstrations; all but `idle` want the admin token as Bearer.

    GET    /_/idle            200 when every delivery has had its attempt, 503 while some wait
    POST   /_/seed            apply a seed again (what is there stays): {"users": [...], ...}
    GET    /_/calls           {"mark", "calls"}: API calls after ?since=MARK; ?doors=all adds git and pages,
                              ?agent=camelot keeps those whose User-Agent begins so, ?by=app those of an App. Each:
                              id, door, method, path, query, agent, by, actor, status (0: dropped), fault, at
    GET    /_/faults          the orders given, with `seen` (calls that matched) and `hit` (calls that failed)
    POST   /_/faults          order one: {"match": "POST /comments$", "kind": "502", "nth": 3, "times": 1,
                              "seconds": 1.0, "door": "api", "agent": "camelot", "by": "app"}. The third call of
                              an App, whatever it is, git included: {"match": "* .", "nth": 3, "by": "app", ...};
                              when the story makes fewer calls than `nth`, `hit` stays 0.
                              Kinds: 500 502 503 504, 403-rate, 403-secondary, 429, drop-before and drop-after
                              (the write), delay and delay-after
    DELETE /_/faults          forget every order, those of webhooks too
    POST   /_/hooks/faults    order one for webhooks: {"match": "pull_request", "kind": "double", "nth", "times",
                              "seconds"}; kinds: double, delay (others overtake), drop (listed as failed)
    POST   /_/hooks/hold      keep every webhook back from now on
    GET    /_/hooks           those that wait, in order: [{"id", "guid", "name"}]
    POST   /_/hooks/release   {"order": [ids]}: these first, in this order, each as often as it is named; then the rest
    POST   /_/tokens/expire   end every installation token now: the next call with one is 401
    POST   /_/issues/remove   {"repository": "owner/name", "number": 1}: delete an issue (410 from now on);
                              with "to": "owner/name" transfer it (301)

`forge.local.process.Running` has a method for each of them.
"""

from __future__ import annotations

import hmac
import json
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError

from forge.local import db, hooks, issues, seed
from forge.local.api import FORGE
from forge.local.faults import DOORS, WATCH, Fault
from forge.local.gate import HookFault
from forge.local.seed import SeedError

Order = TypeVar("Order", Fault, HookFault)


def add_routes(app: web.Application) -> None:
    app.router.add_get("/_/idle", _idle)
    app.router.add_post("/_/seed", _seed)
    app.router.add_get("/_/faults", _list_faults)
    app.router.add_post("/_/faults", _add_fault)
    app.router.add_delete("/_/faults", _clear_faults)
    app.router.add_get("/_/calls", _calls)
    app.router.add_get("/_/hooks", _held)
    app.router.add_post("/_/hooks/faults", _add_hook_fault)
    app.router.add_post("/_/hooks/hold", _hold)
    app.router.add_post("/_/hooks/release", _release)
    app.router.add_post("/_/issues/remove", _remove_issue)
    app.router.add_post("/_/tokens/expire", _expire)


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


async def _ordered(request: web.Request, kind: type[Order], orders: list[Order]) -> web.Response:
    _guard(request)
    try:
        fault = kind.model_validate(await _object(request))
    except ValidationError as error:
        raise web.HTTPUnprocessableEntity(text=f"{error}\n") from None
    orders.append(fault)
    return web.json_response(fault.model_dump(), status=201)


async def _add_fault(request: web.Request) -> web.Response:
    return await _ordered(request, Fault, request.app[WATCH].faults)


async def _add_hook_fault(request: web.Request) -> web.Response:
    return await _ordered(request, HookFault, request.app[FORGE].gate.faults)


async def _clear_faults(request: web.Request) -> web.Response:
    _guard(request)
    request.app[WATCH].faults.clear()
    request.app[FORGE].gate.faults.clear()
    return web.Response(status=204)


async def _calls(request: web.Request) -> web.Response:
    """`mark` in the answer is the place to go on from."""
    _guard(request)
    state, since, agent = request.app[WATCH], request.query.get("since", "0"), request.query.get("agent", "")
    if not since.isdigit():
        raise web.HTTPBadRequest(text=f"since={since!r} is not a mark: write the number of an earlier answer\n")
    doors = DOORS if request.query.get("doors") == "all" else ("api",)
    later = (call for call in state.calls if call["id"] > int(since))
    by = request.query.get("by", "")
    found = [
        call
        for call in later
        if call["door"] in doors and call["agent"].startswith(agent) and by in ("", "any", call["by"])
    ]
    return web.json_response({"mark": state.last, "calls": found})


async def _hold(request: web.Request) -> web.Response:
    _guard(request)
    request.app[FORGE].gate.closed = True
    return web.json_response({"held": True})


async def _held(request: web.Request) -> web.Response:
    _guard(request)
    return web.json_response(hooks.held(request.app[FORGE]))


async def _release(request: web.Request) -> web.Response:
    _guard(request)
    asked = await _object(request)
    order = asked.get("order", []) if isinstance(asked, dict) else None
    if not isinstance(order, list) or not all(isinstance(key, int) for key in order):
        raise web.HTTPUnprocessableEntity(text='The order is a list of ids: {"order": [3, 1, 2]}\n')
    try:
        hooks.let_go(request.app[FORGE], order)
    except LookupError as error:
        raise web.HTTPUnprocessableEntity(text=f"{error.args[0]}\n") from None
    return web.json_response({"held": False})


async def _remove_issue(request: web.Request) -> web.Response:
    _guard(request)
    asked = await _object(request)
    try:
        await issues.remove(
            request.app[FORGE], str(asked["repository"]), int(asked["number"]), str(asked.get("to", ""))
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise web.HTTPUnprocessableEntity(text=f"No issue was removed: {error}\n") from None
    return web.json_response({"removed": True})


async def _expire(request: web.Request) -> web.Response:
    _guard(request)
    with request.app[FORGE].tx() as tx:
        ended = db.drop(tx, db.tokens)
    return web.json_response({"ended": ended})
