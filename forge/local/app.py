"""The web application, put together: the API below /api/v3, git and pages at the root, administration at /_/."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from forge.local import (
    admin,
    apps,
    comments,
    contents,
    door,
    gitdata,
    githttp,
    hooks,
    issues,
    labels,
    merging,
    moves,
    oauth,
    pages,
    people,
    pulls,
    releases,
    repos,
    reviews,
    seed,
    statuses,
    teams,
)
from forge.local.api import FORGE
from forge.local.faults import API, WATCH, Watch, watch
from forge.local.recorder import watch_calls
from forge.local.state import Forge

LARGEST_BODY = 25 * 1024 * 1024
REST = (
    people,
    teams,
    apps,
    statuses,
    gitdata,
    contents,
    repos,
    labels,
    comments,
    issues,
    merging,
    reviews,
    pulls,
    releases,
)


def build(forge: Forge) -> web.Application:
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[watch, watch_calls])
    app[FORGE], app[WATCH], app[door.RATES] = forge, Watch(), door.Rates(forge.rate_limit, forge.content_limit)
    app.router.add_get(f"{API}/rate_limit", door.open_to(door.rate_limit, free=True))
    for module in REST:
        for method, path, handler in module.routes.table:
            app.router.add_route(method, API + path, door.open_to(handler))
    app.router.add_route("*", API + "/{rest:.*}", door.open_to(door.nothing_here))
    admin.add_routes(app)
    app.router.add_route("*", githttp.PATTERN, githttp.serve)
    oauth.add_routes(app)
    pages.add_routes(app)
    app.cleanup_ctx.append(_background)
    return app


async def _background(app: web.Application) -> AsyncIterator[None]:
    """Tell what an earlier run did not live to tell, then deliver until the end."""
    forge = app[FORGE]
    seed.prepare_hooks(forge)
    await moves.announce_what_was_missed(forge)
    delivering = asyncio.create_task(hooks.deliver_forever(forge))
    yield
    delivering.cancel()
    with suppress(asyncio.CancelledError):
        await delivering
