"""Calls to GitHub as an App: tokens that renew themselves, errors with a meaning, limits that hold for everybody.

A limit or an outage becomes `Later`, and the work goes back to the store until then. Only the second or two until a
call that writes to people has its turn are waited for here. What was read before is asked for with its ETag: an
answer "not changed" costs nothing of GitHub's limit.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import gidgethub
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from gidgethub.aiohttp import GitHubAPI

from core import pace
from core.settings import GitHub as GitHubSettings
from core.settings import SettingsError
from core.store import Store, now, text
from core.writer import Writer
from forge.errors import GitHubError, Later, Refused, Unavailable

TIMEOUT_S = 30.0
RENEW_BEFORE = timedelta(minutes=5)  # installation tokens live an hour
SECONDARY_LIMIT_S = 60.0  # GitHub: "wait at least a minute" when it names no time
LONGEST_OUTAGE_PAUSE_S = 60.0
OUTAGES = (502, 503, 504)
MOST_REMEMBERED = 1000  # answers kept with their ETags
LONGEST_NAP_S = 2.0  # until a call's turn; for longer waits the work goes back to the store
TO_PEOPLE = re.compile(r"/issues/\d+/comments$|/pulls$|/issues$|/requested_reviewers$|/pulls/\d+/reviews$")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

# The delivery that a call is made for: calls are noted with it, for `explain`.
working_on: ContextVar[int | None] = ContextVar("working_on", default=None)

# What the delivery that is worked on has read of comments, by pull request: what it says first needs no second look.
comments_seen: ContextVar[dict[int, list[Any]] | None] = ContextVar("comments_seen", default=None)

Answer = TypeVar("Answer")


class _Api(GitHubAPI):
    """gidgethub's client, which notes every call with its status (0: no answer came) and its time."""

    def __init__(self, session: aiohttp.ClientSession, store: Store, writer: Writer | None, **more: Any) -> None:
        super().__init__(session, "camelot", **more)
        self._store, self._writer = store, writer

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        started, status = time.monotonic(), 0
        try:
            answer = await super()._request(method, url, headers, body)
            status = answer[0]
            return answer
        finally:
            where = urlsplit(url)
            path = where.path + (f"?{where.query}" if where.query else "")
            took_s = time.monotonic() - started
            await self._note(method, path, status, took_s)

    async def _note(self, *call: Any) -> None:
        """Nobody waits for a note where there is a writer: it is on the disk before its delivery is done."""
        if self._writer is None:
            await asyncio.to_thread(self._store.note_call, working_on.get(), *call)
        else:
            method, path, status, took_s = call
            note = {"delivery": working_on.get(), "method": method, "path": path, "status": status, "took_s": took_s}
            self._writer.gather_soon(self._store.note_calls, {**note, "at": text(now())})


class _Remembered(OrderedDict[str, Any]):
    """Answers by URL; beyond so many, the one that was not asked for the longest time goes."""

    def __getitem__(self, url: str) -> Any:
        self.move_to_end(url)
        return super().__getitem__(url)

    def __setitem__(self, url: str, answer: Any) -> None:
        super().__setitem__(url, answer)
        if len(self) > MOST_REMEMBERED:
            self.popitem(last=False)


class Client:
    """One installation of the App. `_mint` is how a token is had; the rest is the same for every call."""

    def __init__(
        self, settings: GitHubSettings, session: aiohttp.ClientSession, store: Store, writer: Writer | None = None
    ) -> None:
        self.settings = settings
        app = {"app_id": settings.app_id, "private_key": private_key(settings), "cache": _Remembered()}
        self._api = _Api(session, store, writer, base_url=settings.api_url, **app)
        self._persons = _Api(session, store, writer, base_url=settings.api_url)  # remembers nothing of anybody
        self._store, self._writer = store, writer
        self._limits = pace.Limits(settings.content_gap_s, settings.content_a_minute, settings.content_an_hour)
        self._token = ""
        self._expires = LONG_AGO
        self._minting = asyncio.Lock()
        self._not_before = self._expires
        self._misses = 0

    async def _mint(self) -> tuple[str, datetime]:
        """A new installation token and when it ends."""
        raise NotImplementedError

    @property
    def calls_left(self) -> int | None:
        """How many calls GitHub still takes until its limit is renewed, as of its last answer."""
        return self._api.rate_limit.remaining if self._api.rate_limit else None

    def working_for(self, delivery: int) -> None:
        """Calls of this task are noted with that delivery from now on, and what was read for another is forgotten."""
        working_on.set(delivery)
        comments_seen.set({})

    async def token(self) -> str:
        """An installation token that is good for some minutes at least; also for git."""
        async with self._minting:
            if now() >= self._expires - RENEW_BEFORE:
                with self._meaning():
                    self._token, self._expires = await self._mint()
            return self._token

    async def call(self, method: str, path: str, data: Any = b"") -> Any:
        """One call; the decoded answer. Raises Later, Unavailable, Refused, GitHubError."""
        if method == "GET":
            return await self._with_token(lambda token: self._api.getitem(path, oauth_token=token))
        if method == "DELETE":
            return await self._with_token(lambda token: self._api.delete(path, data=data, oauth_token=token))
        if method == "PUT":
            return await self._with_token(lambda token: self._api.put(path, data=data, oauth_token=token))
        send = self._api.patch if method == "PATCH" else self._api.post
        if method == "POST" and TO_PEOPLE.search(path):
            await self._turn(f"{working_on.get()}:{path}:{json.dumps(data, sort_keys=True)}")
        return await self._with_token(lambda token: send(path, data=data, oauth_token=token))

    async def list(self, path: str, key: str = "items") -> list[Any]:
        """Every item of a list, however many pages it has. `key`: where an object holds the list."""
        more = "&" if "?" in path else "?"

        async def pages(token: str) -> list[Any]:
            url = f"{path}{more}per_page=100"
            return [item async for item in self._api.getiter(url, oauth_token=token, iterable_key=key)]

        return await self._with_token(pages)

    async def _with_token(self, ask: Callable[[str], Awaitable[Answer]]) -> Answer:
        """A token that GitHub no longer takes is renewed once."""
        if now() < self._not_before:
            raise Later(self._not_before, "GitHub's rate limit is used up")
        try:
            with self._meaning():
                return await ask(await self.token())
        except Refused as refused:
            if refused.status != 401:
                raise
        self._expires = LONG_AGO
        with self._meaning():
            return await ask(await self.token())

    async def _turn(self, call: str) -> None:
        """Wait for the call's turn. Raises Later when that is not soon; the turn is kept for the next try."""
        key = hashlib.sha256(call.encode()).hexdigest()
        while (when := await self._book(key)) > (at := now()):
            wait_s = (when - at).total_seconds()
            if wait_s > LONGEST_NAP_S:
                raise Later(when, "GitHub's limit of what may be written to people in a time")
            await asyncio.sleep(wait_s)

    async def _book(self, key: str) -> datetime:
        job = partial(pace.turn, self._store.engine, key, now(), self._limits)
        return await (self._writer.do(job) if self._writer else asyncio.to_thread(job))

    @contextmanager
    def _meaning(self) -> Iterator[None]:
        """Turn the library's errors, and the network's, into ours."""
        try:
            yield
        except gidgethub.HTTPException as error:
            raise self._typed(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._outage(f"no answer from GitHub ({type(error).__name__})") from error
        except ValueError as error:  # an answer that says JSON and holds none: something between us and GitHub
            raise self._outage("an answer that is not GitHub's") from error
        self._misses = 0

    def _typed(self, error: gidgethub.HTTPException) -> GitHubError:
        status = int(error.status_code)
        if status in (403, 429) and (wait := _wait(status, error)):
            self._not_before = now() + wait
            return Later(self._not_before, f"GitHub answered {status}: {error}")
        if status in OUTAGES:
            return self._outage(f"GitHub answered {status}")
        if status >= 500:
            return GitHubError(f"GitHub answered {status}: {error}")
        return Refused(status, str(error))

    def _outage(self, reason: str) -> Unavailable:
        """Each miss in a row doubles the pause."""
        pause_s = min(2.0**self._misses, LONGEST_OUTAGE_PAUSE_S)
        self._misses = min(self._misses + 1, 10)
        return Unavailable(now() + timedelta(seconds=pause_s), reason)


def limited(error: gidgethub.HTTPException) -> bool:
    """The refusal is about how much was asked, not about rights."""
    return _wait(int(error.status_code), error) is not None


def _wait(status: int, error: gidgethub.HTTPException) -> timedelta | None:
    """How long GitHub asks us to wait; None when a 403 is about rights, not about limits."""
    headers = error.headers
    after = headers.get("retry-after", "")
    if after.isdecimal():
        return timedelta(seconds=int(after))
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(datetime.fromtimestamp(int(reset), UTC) - now(), timedelta(seconds=1))
    if status == 429 or "rate limit" in str(error).lower():
        return timedelta(seconds=SECONDARY_LIMIT_S)
    return None


def private_key(settings: GitHubSettings) -> str:
    """The App's key as PEM text. Raises SettingsError when it is missing or is no key."""
    text = settings.app_private_key.get_secret_value()
    if not settings.app_id or not text:
        raise SettingsError("the App's id or key is missing: set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY")
    if "-----BEGIN" not in text:
        try:
            text = Path(text).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError, ValueError):
            raise SettingsError("GITHUB_APP_PRIVATE_KEY is neither PEM text nor the path of a readable file") from None
    try:
        load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError):
        raise SettingsError("GITHUB_APP_PRIVATE_KEY holds no private key: paste the .pem file of the App") from None
    return text
