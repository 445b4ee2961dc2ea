"""A local forge in a process of its own, an App that listens to it, and the people of the story."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from gidgethub.aiohttp import GitHubAPI
from gidgethub.apps import get_installation_access_token

from forge.local.person import Person
from forge.local.process import Running, start

SECRET = "a webhook secret"
APP, INSTALLATION = 4100, 4200
REPOSITORY = "rabbit/rabbit"
PATIENCE_S = 15
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_PEM = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_PEM = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True)
class Received:
    """A webhook as it arrived; `name` is event.action."""

    name: str
    guid: str
    payload: dict[str, Any]
    headers: Mapping[str, str]
    signed: bool


@dataclass
class Receiver:
    """What a bot's front door sees. `answer` is the status that it gives."""

    url: str = ""
    answer: int = 202
    received: list[Received] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        digest = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        signed = hmac.compare_digest(digest, request.headers.get("X-Hub-Signature-256", ""))
        payload, event = json.loads(body), request.headers["X-GitHub-Event"]
        name = f"{event}.{payload['action']}" if "action" in payload else event
        guid = request.headers["X-GitHub-Delivery"]
        async with self.changed:
            self.received.append(Received(name, guid, payload, request.headers, signed))
            self.changed.notify_all()
        return web.Response(status=self.answer)

    async def until(self, holds: Callable[[list[Received]], Any]) -> Any:
        """Wait until `holds` is true of what has arrived; what it gave."""
        async with asyncio.timeout(PATIENCE_S), self.changed:
            await self.changed.wait_for(lambda: holds(self.received))
            return holds(self.received)

    async def event(self, name: str, after: int = 0) -> Received:
        """The first webhook called `name`, not counting the first `after` of all that came."""
        found: Received = await self.until(lambda every: next((r for r in every[after:] if r.name == name), None))
        return found

    def names(self, after: int = 0) -> list[str]:
        return [received.name for received in self.received[after:]]


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application(client_max_size=25 * 2**20)
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


def config(webhook_url: str) -> dict[str, Any]:
    return {
        "users": [
            {"login": "ada", "id": 1001, "name": "Ada", "email": "ada@example.org", "token": "token-ada"},
            {"login": "bob", "id": 1002, "name": "Bob", "email": "bob@example.org", "token": "token-bob"},
            {"login": "core-dev", "id": 1003, "email": "core-dev@example.org", "token": "token-core-dev"},
        ],
        "organizations": [{"login": "rabbit", "id": 2001, "teams": [{"slug": "core", "members": ["core-dev"]}]}],
        "repositories": [{"full_name": REPOSITORY, "teams": {"core": "maintain"}, "labels": [{"name": "docs"}]}],
        "apps": [
            {
                "id": APP,
                "slug": "camelot[bot]",
                "owner": "rabbit",
                "public_key": PUBLIC_PEM,
                "webhook_url": webhook_url,
                "webhook_secret": SECRET,
                "installation_id": INSTALLATION,
                "repositories": [REPOSITORY],
            }
        ],
    }


@dataclass
class World:
    forge: Running
    hooks: Receiver
    data: Path

    def person(self, login: str) -> Person:
        return Person(self.forge.url, login, f"token-{login}", f"{login}@example.org")

    @property
    def ada(self) -> Person:
        return self.person("ada")

    @property
    def core(self) -> Person:
        return self.person("core-dev")

    @asynccontextmanager
    async def app(self) -> AsyncIterator[GitHubAPI]:
        """gidgethub, with no credentials yet: calls take `oauth_token` or `jwt`."""
        async with aiohttp.ClientSession() as session:
            yield GitHubAPI(session, "tests", base_url=self.forge.api)

    async def app_token(self) -> str:
        async with self.app() as api:
            keys = {"app_id": str(APP), "private_key": PRIVATE_PEM}
            made = await get_installation_access_token(api, installation_id=str(INSTALLATION), **keys)
            return str(made["token"])

    async def bot(self) -> Person:
        return Person(self.forge.url, "camelot[bot]", await self.app_token())

    async def begin(self) -> str:
        """The repository's first commit."""
        files = {"README.md": "# Rabbit\n", "a.txt": "one\ntwo\nthree\n"}
        return await self.core.push(REPOSITORY, "main", "First commit", files)

    async def fix(self, message: str = "Fix it", files: Mapping[str, str] | None = None) -> int:
        """ada forks, pushes a change and opens a pull request; its number."""
        await self.ada.fork(REPOSITORY)
        await self.ada.push("ada/rabbit", "fix", message, files or {"a.txt": "ONE\ntwo\nthree\n"})
        return await self.ada.open_pull(REPOSITORY, "ada:fix", "Fix the first line", "It was small.")

    async def pull(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = await self.core.get(f"/repos/{REPOSITORY}/pulls/{number}")
        return found

    def restart(self, crash: bool = False) -> None:
        """The same forge on the same port, from what it kept."""
        port = int(self.forge.url.rpartition(":")[2])
        if self.forge.process.poll() is None:
            _ = self.forge.kill() if crash else self.forge.stop()
        self.forge = start(self.data, config(self.hooks.url), port)


@asynccontextmanager
async def a_world(data: Path, *options: str) -> AsyncIterator[World]:
    async with listening() as hooks:
        world = World(start(data, config(hooks.url), 0, *options), hooks, data)
        try:
            yield world
        finally:
            if world.forge.process.poll() is None:
                world.forge.stop()
