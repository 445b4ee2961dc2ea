"""What came in and went out, for whoever checks it: one JSON object a line, in the folder that FORGE_RECORD names.

A line of kind `call` is one API call: method, path, the route that took it (its pattern, without /api/v3), query, the
request's body and who sent it, status, headers and body of the answer. A line of kind `hook` is a webhook as it left.
Bodies are JSON where they are JSON, else text. Off by default: the lines hold tokens.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from forge.local.faults import API

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WANTED = "FORGE_RECORD"


def record(kind: str, **line: Any) -> None:
    """Append a line, when somebody wants it. A process writes to a file of its own, so lines never mix."""
    folder = os.environ.get(WANTED)
    if not folder:
        return
    with (Path(folder) / f"forge-{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"kind": kind, **line}, separators=(",", ":")) + "\n")


@web.middleware
async def watch_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Innermost: what a fault kept from us, or put in our place, is not on record."""
    response = await handler(request)
    if request.path.startswith(API) and os.environ.get(WANTED):
        record("call", **_asked(request, await request.read()), **_answered(response))
    return response


def _asked(request: web.Request, body: bytes) -> dict[str, Any]:
    resource = request.match_info.route.resource
    return {
        "method": request.method,
        "path": request.path.removeprefix(API),
        "route": resource.canonical.removeprefix(API) if resource else "",
        "query": list(request.query.items()),
        "agent": request.headers.get("User-Agent", ""),
        "sent": _json(body),
    }


def _answered(response: web.StreamResponse) -> dict[str, Any]:
    body = response.body if isinstance(response, web.Response) else None
    raw = body if isinstance(body, bytes) else b""
    return {"status": response.status, "headers": _plain(response.headers), "answer": _json(raw)}


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _json(raw: bytes) -> Any:
    """None for no body at all."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
