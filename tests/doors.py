"""What can go wrong between GitHub and the bots, as two proxies on loopback that do wrong when they are told to.

The bots reach the forge (API and git) through the one, the forge's webhooks reach the bots through the other. Both
pass on real HTTP byte for byte; at the k-th call, or for every delivery, they do what the `Wrong` of this run says.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import permutations

import aiohttp
from aiohttp import web
from yarl import URL

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length", "host"}
MOST_BYTES = 64 << 20
WINDOW = 4  # so many deliveries are held back to be put in another order
QUIET_S = 0.25  # a window that is not full is passed on after so long without a delivery
ORDERS = tuple(permutations(range(WINDOW)))[1:]  # every other order than the one they came in

# At the k-th call: an outage and a limit, answered in the forge's place; the line cut before and after the forge has
# done what it was asked; the bots' process killed at these two moments.
FAULTS = ("502", "secondary-limit", "cut-before", "cut-after")
KILLS = ("kill-before", "kill-after")
DELIVERIES = ("doubled", "between")


@dataclass(frozen=True)
class Wrong:
    """`kind` is one of FAULTS or KILLS at call `at`, counted from 1; or of DELIVERIES; or "order" number `at`."""

    kind: str = ""
    at: int = 0

    def __str__(self) -> str:
        return f"{self.kind or 'undisturbed'}{f' {self.at}' if self.at else ''}"


UNDISTURBED = Wrong()


@dataclass(frozen=True)
class Delivery:
    headers: dict[str, str]
    body: bytes


@dataclass
class Doors:
    """`bots_url` and `kill` are set once the bots run; `calls` counts what passed the API door since `armed`.

    The last delivery before that becomes the bystander: another pull request's event, to come in between.
    """

    forge_url: str
    wrong: Wrong = UNDISTURBED
    bots_url: str = ""
    kill: Callable[[], Awaitable[None]] | None = None
    armed: bool = False
    calls: int = 0
    happened: bool = False
    bystander: Delivery | None = None
    api_url: str = ""
    hook_url: str = ""
    _missed: set[str] = field(default_factory=set)
    _window: list[Delivery] = field(default_factory=list)
    _restarting: asyncio.Task[None] | None = None
    _passing_on: asyncio.Task[None] | None = None
    _session: aiohttp.ClientSession | None = None

    @property
    def quiet(self) -> bool:
        """Nothing is held back, nothing has to be delivered again, nobody is being started again."""
        tasks = (self._restarting, self._passing_on)
        return not self._missed and not self._window and all(task is None or task.done() for task in tasks)

    @property
    def session(self) -> aiohttp.ClientSession:
        assert self._session
        return self._session

    # --- the bots' way to the forge ---

    async def api(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        hit = False
        if self.armed:
            self.calls += 1
            hit = self.calls == self.wrong.at and self.wrong.kind in (*FAULTS, *KILLS)
        if not hit:
            return await self._forward(request, body)
        self.happened = True
        if self.wrong.kind == "502":
            return web.Response(status=502, text="bad gateway")
        if self.wrong.kind == "secondary-limit":
            said = {"message": "You have exceeded a secondary rate limit."}
            return web.json_response(said, status=403, headers={"Retry-After": "1"})
        if self.wrong.kind.endswith("after"):
            await self._forward(request, body)
        if self.wrong.kind.startswith("kill"):
            assert self.kill
            self._restarting = asyncio.ensure_future(self.kill())
            await self._restarting
        if request.transport:
            request.transport.abort()
        return web.Response()

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        url = URL(self.forge_url + request.raw_path, encoded=True)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        async with self.session.request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP]
            response = web.Response(status=answer.status, body=await answer.read())
            for name, value in kept:
                response.headers[name] = value
            return response

    # --- the forge's way to the bots ---

    async def hook(self, request: web.Request) -> web.Response:
        wanted = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        delivery = Delivery(wanted, await request.read())
        if self.wrong.kind == "order" and self.armed:
            self.happened = True
            self._window.append(delivery)
            if self._passing_on is None or self._passing_on.done():
                self._passing_on = asyncio.ensure_future(self._pass_on())
            return web.Response(status=202)
        if self.wrong.kind == "between" and self.armed and self.bystander:
            self.happened = True
            await self._deliver(_as_new(self.bystander))
        status = await self._deliver(delivery)
        if self.wrong.kind == "doubled" and self.armed:
            self.happened = True
            await self._deliver(delivery)
        if not self.armed:
            self.bystander = delivery
        return web.Response(status=status)

    async def _deliver(self, delivery: Delivery) -> int:
        """The bots' answer, 502 where there is none: then the forge shall be asked for it again."""
        guid = delivery.headers["X-GitHub-Delivery"]
        status = 502
        with suppress(aiohttp.ClientError):
            url = f"{self.bots_url}/github/webhook"
            async with self.session.post(url, data=delivery.body, headers=delivery.headers) as answer:
                status = answer.status
        (self._missed.discard if status < 300 else self._missed.add)(guid)
        return status

    async def _pass_on(self) -> None:
        """Hold up to WINDOW deliveries back and pass them on in the order of this run."""
        while self._window:
            seen = -1
            while seen != len(self._window) < WINDOW:
                seen = len(self._window)
                await asyncio.sleep(QUIET_S)
            held, self._window = self._window[:WINDOW], self._window[WINDOW:]
            order = [place for place in ORDERS[self.wrong.at - 1] if place < len(held)]
            for place in order:
                await self._deliver(held[place])


def _as_new(delivery: Delivery) -> Delivery:
    """The same event once more, under a name of its own."""
    return Delivery({**delivery.headers, "X-GitHub-Delivery": str(uuid.uuid4())}, delivery.body)


@asynccontextmanager
async def doors(forge_url: str, wrong: Wrong) -> AsyncIterator[Doors]:
    """Both doors, listening on free ports of loopback."""
    made = Doors(forge_url, wrong)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(auto_decompress=False, timeout=timeout) as session:
        made._session = session
        runners = []
        try:
            for handler, name in ((made.api, "api_url"), (made.hook, "hook_url")):
                app = web.Application(client_max_size=MOST_BYTES)
                app.router.add_route("*", "/{path:.*}", handler)
                runner = web.AppRunner(app, auto_decompress=False, access_log=None, shutdown_timeout=1.0)
                runners.append(runner)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                setattr(made, name, f"http://127.0.0.1:{runner.addresses[0][1]}")
            yield made
        finally:
            for runner in runners:
                await runner.cleanup()
