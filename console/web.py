"""The pages for people: server-rendered, the same facts as JSON beside every page; decides nothing.

They only read, but for one form: the answer to a task of a release.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import Engine, text

from console import words
from console.kept import Body, Kept
from console.pages import PAGES, Asked, Page, answering, chart, leak_picture
from console.pages.leaks import inline
from console.pages.registry import document, permitted
from core import database
from core.database import looked
from core.settings import Settings
from core.standings import revision

HERE = Path(__file__).parent
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SAFE = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
CHART_CSP = "default-src 'none'; style-src 'unsafe-inline'"  # a picture that brings its own few rules of style

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Render: TypeAlias = Callable[[web.Request, Page, Asked, dict[str, Any]], str]
SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
ENGINE: web.AppKey[Engine] = web.AppKey("engine", Engine)
KEPT: web.AppKey[Kept] = web.AppKey("kept", Kept)
TEMPLATES: web.AppKey[Environment] = web.AppKey("templates", Environment)


async def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until cancelled. Raises OSError when `host`:`port` cannot be listened on."""
    engine = await asyncio.to_thread(database.connect, settings.database)
    runner = web.AppRunner(application(settings, engine), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        engine.dispose()


def application(settings: Settings, engine: Engine) -> web.Application:
    """The pages over one database."""
    app = web.Application(middlewares=[_polite])
    app[SETTINGS], app[ENGINE], app[TEMPLATES] = settings, engine, _templates(settings)
    app[KEPT] = Kept()
    for page in PAGES:
        app.router.add_get(page.path, _html(page))
        app.router.add_get(page.json_path, _json(page))
    app.router.add_post(r"/releases/tasks/{task:\d{1,9}}", _task)
    app.router.add_get(r"/releases/tasks/{task:\d{1,9}}", _to_task)
    app.router.add_get("/chart.svg", _chart)
    app.router.add_get(r"/leaks/{branch:[^/]{1,100}}.svg", _leaks)
    app.router.add_get("/permissions.json", _permission)
    app.router.add_get("/branches/{file}", _document)
    app.router.add_get("/healthz", _health)
    app.router.add_static("/static", HERE / "static")
    return app


def _templates(settings: Settings) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {**words.FILTERS, "leak_picture": inline}
    environment.globals |= {"repository": settings.github.repository, "forge": settings.github.web_url.rstrip("/")}
    environment.globals |= {"farm": settings.farm.web_url, "product": settings.release.product}
    return environment


def _html(page: Page) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await _sent(request, page, "text/html", _render)

    return answer


def _render(request: web.Request, page: Page, asked: Asked, found: dict[str, Any]) -> str:
    template = request.app[TEMPLATES].get_template(page.template)
    return template.render(**found, today=asked.today, here=page.nav, json_path=_beside(request.path))


def _json(page: Page) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await _sent(request, page, "application/json", _as_json)

    return answer


def _as_json(_request: web.Request, page: Page, _asked: Asked, found: dict[str, Any]) -> str:
    found.pop("chart", None)  # a picture; it is at /chart.svg
    document: Any = found[page.json_key] if page.json_key else found
    return json.dumps(document, default=str, indent=1)


async def _sent(request: web.Request, page: Page, kind: str, render: Render) -> web.StreamResponse:
    asked = _asked(request)
    if not page.kept:
        text = await asyncio.to_thread(_made, request, page, asked, render)
        return web.Response(text=text, content_type=kind)
    body = await _kept(request, page, asked, render)
    headers = {"ETag": f'"{body.etag}"', "Cache-Control": "no-cache"}
    if body.etag in [tag.value for tag in request.if_none_match or ()]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body.text, content_type=kind, charset="utf-8", headers=headers)


async def _kept(request: web.Request, page: Page, asked: Asked, render: Render) -> Body:
    """The page as it was made last, or made anew because something of the farm has changed."""
    kept = request.app[KEPT]
    state: Hashable = (await looked(asked.engine, revision, asked.engine), id(asked.registry), asked.today)
    if found := kept.find(request.path_qs, state):
        return found
    making = kept.making(request.path_qs, state, partial(asyncio.to_thread, _made, request, page, asked, render))
    return await asyncio.shield(making)


def _made(request: web.Request, page: Page, asked: Asked, render: Render) -> str:
    """The page's text, read and made in a thread. Raises 404 with a sentence where there is nothing to show."""
    found = page.view(asked)
    if found is None:
        raise web.HTTPNotFound(text=page.nothing)
    return render(request, page, asked, found)


def _asked(request: web.Request) -> Asked:
    settings = request.app[SETTINGS]
    match, query = dict(request.match_info), dict(request.query)
    return Asked(settings, request.app[ENGINE], settings.load_registry(), settings.day(), match, query)


def _beside(path: str) -> str:
    return "/index.json" if path == "/" else f"{path}.json"


async def _task(request: web.Request) -> web.Response:
    """Back to the page when it counts; else the page with the reason and the words, so that nothing is typed twice."""
    task, form = int(request.match_info["task"]), await request.post()
    try:
        await answering.answer(request, request.app[SETTINGS], request.app[ENGINE], task)
    except answering.Refused as refused:
        page = next(page for page in PAGES if page.path == "/releases")
        asked = _asked(request)
        given = str(form.get("evidence") or "")[:400]
        shown = await asyncio.to_thread(page.view, asked) or {}
        found = {**shown, "problem": {"task": task, "sentence": refused.sentence, "evidence": given}}
        template = request.app[TEMPLATES].get_template(page.template)
        body = template.render(**found, today=asked.today, here=page.nav, json_path="/releases.json")
        return web.Response(text=body, status=refused.status, content_type="text/html")
    return web.Response(status=303, headers={"Location": f"/releases?done={task}"})


async def _to_task(request: web.Request) -> web.Response:
    """For who reloads the answer to a form, or follows its address."""
    return web.Response(status=303, headers={"Location": f"/releases#task-{request.match_info['task']}"})


async def _chart(request: web.Request) -> web.Response:
    asked = _asked(request)
    body = await asyncio.to_thread(chart, asked)
    headers = {"Content-Security-Policy": CHART_CSP}
    return web.Response(text=body, content_type="image/svg+xml", headers=headers)


async def _leaks(request: web.Request) -> web.Response:
    """How many tests leak on a branch, as a picture."""
    body = await asyncio.to_thread(leak_picture, _asked(request))
    if body is None:
        raise web.HTTPNotFound(text="No hunt for leaks on that branch has come to its end yet.")
    headers = {"Content-Security-Policy": CHART_CSP}
    return web.Response(text=body, content_type="image/svg+xml", headers=headers)


async def _permission(request: web.Request) -> web.Response:
    """May `role` merge a change of kind `change` into `branch` today? Without these: the whole table of that day."""
    asked = _asked(request)
    try:
        found = await asyncio.to_thread(permitted, asked, request.query)
    except ValueError as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    return web.json_response(found)


async def _document(request: web.Request) -> web.Response:
    """A document made from the registry: release-cycle.json, release-schedule.ics."""
    found = await asyncio.to_thread(document, _asked(request), request.match_info["file"])
    if found is None:
        raise web.HTTPNotFound(text="There is no such document.")
    body, kind = found
    return web.Response(text=body, content_type=kind)


async def _health(request: web.Request) -> web.Response:
    """200 when the database answers."""

    def ask() -> None:
        with request.app[ENGINE].connect() as connection:
            connection.execute(text("SELECT 1"))

    await asyncio.to_thread(ask)
    day: date = request.app[SETTINGS].day()
    return web.json_response({"ok": True, "today": day.isoformat()})


@web.middleware
async def _polite(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer carries the headers that keep a page to itself; a missing page is a page too."""
    try:
        response = await handler(request)
    except web.HTTPNotFound as missing:
        response = _missing(request, missing.text or "")
    except web.HTTPException as refused:
        refused.headers.update(SAFE)
        raise
    for name, value in SAFE.items():
        response.headers.setdefault(name, value)
    return response


def _missing(request: web.Request, sentence: str) -> web.Response:
    if request.path.endswith(".json"):
        return web.json_response({"error": sentence}, status=404)
    template = request.app[TEMPLATES].get_template("missing.html")
    body = template.render(sentence=sentence, today=request.app[SETTINGS].day(), here="", json_path="")
    return web.Response(text=body, status=404, content_type="text/html")
