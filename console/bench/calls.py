"""The least that carries out: the calls of one event, made by aiohttp alone, nothing stored and nothing decided.

python -m console.bench.calls API CALLS_FILE EVENTS [gidgethub]. The file holds [method, path] pairs; prints seconds for
all events. With the word, the calls are made through gidgethub, as every GitHub App in Python makes them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
from gidgethub.aiohttp import GitHubAPI

SIDE_BY_SIDE = 16  # events at a time, as the bots
BODY = b'{"body": "as long as a status or a label"}'


Call = Callable[[str, str], Awaitable[object]]


async def main(api: str, calls: list[tuple[str, str]], events: int, library: bool) -> float:
    left = iter(range(events))
    async with aiohttp.ClientSession() as session:
        call = _through_gidgethub(session, api) if library else _alone(session, api)
        started = time.perf_counter()
        await asyncio.gather(*(_work(call, calls, left) for _ in range(SIDE_BY_SIDE)))
        return time.perf_counter() - started


async def _work(call: Call, calls: list[tuple[str, str]], left: Iterator[int]) -> None:
    for _ in left:
        for method, path in calls:
            await call(method, path)


def _alone(session: aiohttp.ClientSession, api: str) -> Call:
    async def call(method: str, path: str) -> object:
        async with session.request(method, api + path, data=None if method == "GET" else BODY) as answer:
            return json.loads(await answer.read() or b"{}")

    return call


def _through_gidgethub(session: aiohttp.ClientSession, api: str) -> Call:
    github = GitHubAPI(session, "bench", base_url=api, oauth_token="of-the-benchmark")  # noqa: S106 (it opens nothing)

    async def call(method: str, path: str) -> object:
        if method == "GET":
            return await github.getitem(path)
        return await (github.patch if method == "PATCH" else github.post)(path, data=json.loads(BODY))

    return call


if __name__ == "__main__":
    pairs = [(method, path) for method, path in json.loads(Path(sys.argv[2]).read_text())]
    print(asyncio.run(main(sys.argv[1], pairs, int(sys.argv[3]), sys.argv[4:] == ["gidgethub"])))
