"""A forge and the bots as real processes on loopback, with a small repository and people: what stories are told in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bots.crash import KILLED
from core import database, settings
from core.settings import Settings
from core.store import Store
from forge.local import process
from forge.local.person import Person
from forge.local.process import Running

ROOT = Path(__file__).parents[1]
REPOSITORY = "rabbit/rabbit"
SECRET = "sesame"
CLIENT_ID, CLIENT_SECRET = "Iv1.camelot", "a client secret"
PATIENCE_S = 30.0
NEWS = "Misc/NEWS.d/next/Library/2026-11-20-10-00-00.gh-issue-1.Ab3dEf.rst"

# The bots' process: dies with us however we end, stops in order on SIGTERM.
PROGRAM = """
import asyncio, contextlib, ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
from bots import app
from core import settings

async def main():
    task = asyncio.ensure_future(app.serve(settings.load(os.environ), "127.0.0.1", int(sys.argv[1])))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task

asyncio.run(main())
"""


@cache
def key_pair() -> tuple[str, str]:
    """An App's private and public key, as PEM; one for all tests of a run."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode(), public.decode()


def seed(webhook_url: str = "") -> dict[str, Any]:
    """ada and bob have no rights; the others are in the team that their login names."""
    logins = ("ada", "bob", "core-dev", "release-manager", "triager")
    users = [{"login": login, "email": f"{login}@example.org", "token": f"token-{login}"} for login in logins]
    teams = [
        {"slug": "core", "members": ["core-dev", "release-manager"]},
        {"slug": "triage", "members": ["triager"]},
    ]
    app = {
        "id": 1,
        "slug": "camelot",
        "owner": "rabbit",
        "public_key": key_pair()[1],
        "webhook_url": webhook_url,
        "webhook_secret": SECRET,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "callback_urls": ["http://127.0.0.1/cla/back"],
        "installation_id": 1,
        "repositories": [REPOSITORY],
    }
    repository = {"full_name": REPOSITORY, "teams": {"core": "maintain", "triage": "triage"}}
    organization = {"login": "rabbit", "teams": teams}
    return {"users": users, "organizations": [organization], "repositories": [repository], "apps": [app]}


def environment(data: Path, forge: Running) -> dict[str, str]:
    """The bots' settings for this forge."""
    return {
        **forge.environment(),
        "CAMELOT_DATA": str(data),
        "CAMELOT_TODAY": "2026-11-20",
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_APP_ID": "1",
        "GITHUB_APP_PRIVATE_KEY": key_pair()[0],
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "GITHUB_CLIENT_ID": CLIENT_ID,
        "GITHUB_CLIENT_SECRET": CLIENT_SECRET,
    }


@dataclass
class Bots:
    """The bots' process; `start` it again after it ended."""

    env: dict[str, str]
    port: int = 0
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, **more: str) -> None:
        """Returns when it listens; on the same port as before."""
        env = {**os.environ, **self.env, **more, "PYTHONPATH": str(ROOT), "CAMELOT_BOTS_URL": self.url}
        command = [sys.executable, "-c", PROGRAM, str(self.port)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line.startswith("bots ready "):
            raise AssertionError(f"the bots did not start: {self.log.read_text()}")
        self.port = int(line.rpartition(":")[2])

    @property
    def log(self) -> Path:
        return Path(self.env["CAMELOT_DATA"]) / "bots.log"

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit status."""
        assert self.process
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end."""
        assert self.process
        self.process.communicate(timeout=PATIENCE_S)
        status, self.process = self.process.returncode, None
        return status


@dataclass
class World:
    """All of it, and what one may ask it. `bots` are reached through webhooks and pages alone."""

    forge: Running
    bots: Bots
    settings: Settings
    store: Store

    def person(self, login: str) -> Person:
        return Person(self.forge.url, login, f"token-{login}", f"{login}@example.org")

    async def settled(self) -> None:
        """Until the forge has delivered everything and the bots have nothing left to do."""
        deadline = time.monotonic() + PATIENCE_S
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline:
                if await self._quiet(session) and await self._quiet(session):
                    return
                await asyncio.sleep(0.05)
        raise AssertionError(f"not settled after {PATIENCE_S} s: {self.bots.log.read_text()[-3000:]}")

    async def died(self) -> bool:
        """Until the bots' process died at an order to crash (True), or all is settled and it did not."""
        quiet = asyncio.ensure_future(self.settled())
        while True:
            await asyncio.wait([quiet], timeout=0.02)
            assert self.bots.process
            if self.bots.process.poll() is not None:
                quiet.cancel()
                await asyncio.gather(quiet, return_exceptions=True)
                assert self.bots.ended() == KILLED
                return True
            if quiet.done() and not isinstance(quiet.exception(), aiohttp.ClientError):  # that is how it looks to die
                await quiet
                return False

    async def _quiet(self, session: aiohttp.ClientSession) -> bool:
        for url in (f"{self.forge.url}/_/idle", f"{self.bots.url}/-/idle"):
            headers = {"Authorization": f"Bearer {self.forge.admin_token}"} if self.forge.url in url else {}
            async with session.get(url, headers=headers) as answer:
                if answer.status != 200:
                    return False
        return True

    async def labels(self, number: int) -> set[str]:
        return await self.person("core-dev").labels(REPOSITORY, number)

    async def statuses(self, number: int) -> dict[str, str]:
        pull = await self.person("core-dev").get(f"/repos/{REPOSITORY}/pulls/{number}")
        return await self.person("core-dev").statuses(REPOSITORY, pull["head"]["sha"])

    async def comments(self, number: int) -> list[str]:
        """What the bots said, oldest first."""
        path = f"/repos/{REPOSITORY}/issues/{number}/comments?per_page=100"
        found = await self.person("core-dev").get(path)
        return [each["body"] for each in found if each["user"]["login"] == "camelot[bot]"]

    async def deliver(self, event: str, payload: Mapping[str, Any], guid: str) -> int:
        """Knock at the bots' door as the forge does; the HTTP status."""
        return await self.deliver_raw(
            json.dumps(payload).encode(), {"X-GitHub-Delivery": guid, "X-GitHub-Event": event}
        )

    async def deliver_raw(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Any body, rightly signed; the HTTP status."""
        signed = {"X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}
        url = f"{self.bots.url}/github/webhook"
        sent = {**headers, **signed}
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=sent) as answer:
            return answer.status

    @asynccontextmanager
    async def logged_in(self, login: str) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
        """A browser that went through the login at the forge, and the page where it came out."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            async with browser.get(f"{self.bots.url}/cla/login", allow_redirects=False) as answer:
                asked = urlsplit(answer.headers["Location"])
            form = {**dict(parse_qsl(asked.query)), "login": login, "token": f"token-{login}", "decision": "authorize"}
            async with browser.post(f"{self.forge.url}{asked.path}", data=form, allow_redirects=False) as answer:
                back = answer.headers["Location"]
            async with browser.get(back) as answer:
                yield browser, await answer.text()

    async def sign(self, login: str, what: str = "sign") -> int:
        """Log in and sign the agreement on the page, or `revoke` it; the HTTP status."""
        async with self.logged_in(login) as (browser, page):
            found = re.search(r'name="form" value="([^"]+)"', page)
            form = {"form": found[1] if found else "", "agree": "yes"}
            async with browser.post(f"{self.bots.url}/cla/{what}", data=form) as answer:
                return answer.status

    async def open_pull(self, login: str = "ada", branch: str = "fix", title: str = "gh-1: Close the file") -> int:
        """Fork, push a change of code without a news entry, open a pull request."""
        person = self.person(login)
        fork = await person.fork(REPOSITORY)
        await person.push(fork, branch, "Close the file", {"Lib/files.py": f"by {branch}\n"})
        return await person.open_pull(REPOSITORY, f"{login}:{branch}", title)


def free_port() -> int:
    """Chosen before the start: people are sent back to it after a login."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_forge(folder: Path) -> Iterator[Running]:
    with process.start(folder / "forge", seed()) as forge:
        yield forge


@asynccontextmanager
async def world(folder: Path, **more: str) -> AsyncIterator[World]:
    """A forge with one commit on main and issue 1, and the bots beside it, who hear of everything after that.

    `more` goes over the bots' environment.
    """
    with running_forge(folder) as forge:
        env = {**environment(folder / "bots", forge), **more}
        chosen = settings.load(env)
        bots = Bots(env, free_port())
        there = World(forge, bots, chosen, Store(database.connect(chosen.database)))
        core = there.person("core-dev")
        await core.push(REPOSITORY, "main", "Begin", {"README.md": "Rabbit\n", "Lib/files.py": "begin\n"})
        await there.person("bob").open_issue(REPOSITORY, "Files stay open")
        try:
            bots.start()
            forge.seed(seed(f"{bots.url}/github/webhook"))
            yield there
        finally:
            if bots.process:
                bots.end()
            there.store.engine.dispose()
