"""All of it on one machine: start every service as a process of its own, in order, and stop them all, for sure."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import aiohttp
import click

from console import addresses as places
from console import credentials, preflight, repository, seeds, service
from console.addresses import Addresses
from console.errors import Refusal
from console.house import ROOT, Plan
from console.repository import Transform
from console.service import Ready, Running, Service, ServiceError, Starter
from core import settings as core_settings
from core.settings import Settings

READY_S = {"forge": 30.0, "bots": 60.0, "buildmaster": 120.0, "worker": 120.0, "web": 60.0}
SERVICES = tuple(READY_S)  # in the order in which they start
WATCH_S = 1.0  # how often `run` looks whether a service has ended
TOGETHER = {"buildmaster": ("worker",)}  # a worker that lost its master would wait long before it tries again


class House:
    """Every service of Camelot and a local forge, on free ports of loopback; everything that is kept lies in `data`.

    `async with House(...)` starts it, seeds the forge when the folder is new, and stops it. `transform` may change the
    interpreter's tree before it becomes the forge's repository; `services` may be fewer than all; `start_service` says
    how a service becomes a process.
    """

    def __init__(
        self,
        data: Path,
        environ: Mapping[str, str],
        today: date | None,
        profile: str = "rabbit",
        transform: Transform | None = None,
        tell: Callable[[str], None] = lambda _line: None,
        services: Sequence[str] = SERVICES,
        start_service: Starter = service.start,
    ) -> None:
        self.data, self.transform, self.tell, self.services = data.resolve(), transform, tell, tuple(services)
        self._start_service = start_service
        self._base, self._profile, self._today = dict(environ), profile, today
        self._running: dict[str, Running] = {}
        self._more: dict[str, dict[str, str]] = {}
        self._lock: IO[str] | None = None
        self._plan: Plan | None = None

    # --- what it is ---

    @property
    def plan(self) -> Plan:
        if self._plan is None:
            raise ServiceError("the house has not been started: call start first")
        return self._plan

    @property
    def addresses(self) -> Addresses:
        return self.plan.addresses

    @property
    def settings(self) -> Settings:
        """The settings in force, those of today."""
        return core_settings.load(self.environ())

    @property
    def secrets(self) -> dict[str, str]:
        """Personal access tokens of the forge's people, by login."""
        return self.plan.credentials.tokens

    def environ(self, name: str = "you") -> dict[str, str]:
        """The environment of a service, or of a command that a person runs in this house."""
        return self.plan.environ(self._base, name, self._more.get(name))

    def log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"

    def pids(self) -> dict[str, int]:
        """The services' own processes."""
        return {name: running.pid for name, running in self._running.items() if running.alive}

    # --- start and stop ---

    async def __aenter__(self) -> House:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start what is not running, in order; each is ready before the next. Raises Refusal or ServiceError."""
        self._prepare()
        for name in self._in_order(self.services):
            await self._start(name)
            if name == "forge" and not self._seeded.exists():
                await self._fill_forge()
            elif name == "forge":
                await self.seed(seeds.app(self.settings, self.plan.credentials))

    async def stop(self) -> None:
        """Stop everything, the last started first. Nothing that was started is left."""
        for name in reversed(list(self._running)):
            await self._running.pop(name).stop()
        if self._lock:
            self._lock.close()
            self._lock = None

    async def restart(self, *names: str, today: date | None = None, env: Mapping[str, str] | None = None) -> None:
        """Stop the named services and start them again, on another day or with more in their environment."""
        if today:
            self._today = today
            self._plan = self._new_plan()
        wanted = {*names, *(other for name in names for other in TOGETHER.get(name, ()))}
        order = [name for name in self._in_order(wanted) if name in self.services]
        for name in reversed(order):
            self._more[name] = {**self._more.get(name, {}), **(env or {})}
            if name in self._running:
                await self._running.pop(name).stop()
        for name in order:
            await self._start(name)

    async def seed(self, config: dict[str, Any]) -> None:
        """Add people, repositories or Apps to the forge, as its settings pages would."""
        headers = {"Authorization": f"Bearer {self.plan.credentials.admin_token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{self.addresses.forge}/_/seed", json=config) as answer,
        ):
            if answer.status >= 300:
                raise ServiceError(f"the forge refused its seed ({answer.status}): {await answer.text()}")

    async def heal(self) -> list[str]:
        """Start again what has ended by itself; their names."""
        ended = [name for name, running in self._running.items() if not running.alive]
        if ended:
            await self.restart(*ended)
        return ended

    # --- inside ---

    @property
    def _seeded(self) -> Path:
        return self.data / "forge-is-filled"

    def _in_order(self, names: Collection[str]) -> list[str]:
        return [name for name in SERVICES if name in names]

    def _prepare(self) -> None:
        preflight.check(self.data)
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or _lock(self.data)
        self._plan = self._plan or self._new_plan(places.load_or_choose(self.data / "ports.json"))
        own = self._base.get("CAMELOT_CONFIG")
        core_settings.load(self._base, profile=self._profile)  # refuse a mistake before anything is started
        self.plan.write_config(Path(own) if own else None)

    def _new_plan(self, ports: Mapping[str, int] | None = None) -> Plan:
        known = credentials.load_or_make(self.data / "secrets", list(seeds.PEOPLE))
        return Plan(self.data, ports or self.plan.ports, known, self._profile, self._today)

    async def _start(self, name: str) -> None:
        what = Service(name, self.plan.commands()[name], self._ready(name), READY_S[name])
        self.tell(f"{name} starts")
        running = await asyncio.to_thread(self._start_service, what, self.environ(name), self.log(name), ROOT)
        self._running[name] = running
        await running.wait_ready()

    def _ready(self, name: str) -> Ready:
        """How to see that a service does its work.

        Master and worker are heard, not asked: Buildbot 4.3 writes its API's answers from another thread, and a client
        that leaves meanwhile can break its event loop for good.
        """
        at = self.addresses
        return {
            "forge": _answers(f"{at.forge}/"),
            "bots": _answers(f"{at.bots}/healthz"),
            "buildmaster": _says(self.log(name), "buildmaster ready"),
            "worker": _says(self.data / "worker" / "twistd.log", "worker is ready"),
            "web": _answers(f"{at.console}/healthz"),
        }[name]

    async def _fill_forge(self) -> None:
        """People and repository, then the App: it is not told of pushes that made the repository."""
        self.tell("the forge gets its people and its repository")
        await self.seed(seeds.project(self.settings, self.plan.credentials))
        spare = self.data / "first-repository"
        shutil.rmtree(spare, ignore_errors=True)
        await asyncio.to_thread(self._push_first, spare)
        shutil.rmtree(spare)
        await self.seed(seeds.app(self.settings, self.plan.credentials))
        self._seeded.touch()

    def _push_first(self, spare: Path) -> None:
        settings = self.settings
        repository.make_repository(ROOT / "interpreter", settings, spare, self.transform)
        token = self.secrets["release-manager"]
        basic = base64.b64encode(f"release-manager:{token}".encode()).decode()
        repository.push(spare, settings.github.remote, f"Authorization: Basic {basic}")


def _lock(data: Path) -> IO[str]:
    """Held as long as the house is up; the kernel lets it go when the process ends, in whatever way."""
    file = (data / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Refusal(f"another camelot runs in {data}: stop it first, or choose another folder") from None
    return file


def _answers(url: str) -> Ready:
    """Ready when there is an answer at `url` that is no error."""

    async def ready() -> bool:
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
                await answer.read()
                return answer.status < 400
        except (aiohttp.ClientError, TimeoutError):
            return False

    return ready


def _says(file: Path, sentence: str) -> Ready:
    """Ready when `sentence` is written to `file` from now on; a file that has become shorter was begun anew."""
    since = file.stat().st_size if file.exists() else 0

    def look() -> bool:
        if not file.exists():
            return False
        text = file.read_bytes()
        return sentence.encode() in (text[since:] if len(text) >= since else text)

    async def ready() -> bool:
        return await asyncio.to_thread(look)

    return ready


async def run(settings: Settings, environ: Mapping[str, str]) -> int:
    """`camelot up`: start the house in the data folder, say where to look, and keep it up until told to stop."""
    async with House(settings.data, environ, settings.today, settings.profile, tell=click.echo) as house:
        click.echo(_where_to_look(house))
        while True:
            await asyncio.sleep(WATCH_S)
            for name in await house.heal():
                click.echo(f"{name} had ended and was started again; its log: {house.log(name)}")


def _where_to_look(house: House) -> str:
    at = house.addresses
    rows = (
        ("pages", at.console, "branches, pull requests, builders, releases"),
        ("forge", at.forge, "pull requests, comments, git"),
        ("farm", at.farm, "builds and their logs"),
        ("bots", at.bots, "the contributor agreement is at /cla"),
        ("people", str(house.data / "secrets" / "tokens.json"), "their tokens for the forge"),
        ("logs", str(house.data / "logs"), "one file a service"),
    )
    lines = [f"  {name:<7} {where:<34} {what}" for name, where, what in rows]
    return "\n".join(["", "Camelot is up. Where to look:", *lines, "", "Press Ctrl-C to stop it."])
