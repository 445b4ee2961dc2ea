"""The least that carries out: the calls of one event, made by aiohttp alone, nothing stored and nothing decided.

python -m console.bench.calls API CALLS_FILE EVENTS. The file holds [method, path] pairs; prints seconds for all events.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp

SIDE_BY_SIDE = 16  # events at a time, as the bots
BODY = b'{"body": "as long as a status or a label"}'


async def main(api: str, calls: list[tuple[str, str]], events: int) -> float:
    left = iter(range(events))
    async with aiohttp.ClientSession() as session:
        started = time.perf_counter()
        await asyncio.gather(*(_work(session, api, calls, left) for _ in range(SIDE_BY_SIDE)))
        return time.perf_counter() - started


async def _work(session: aiohttp.ClientSession, api: str, calls: list[tuple[str, str]], left: Iterator[int]) -> None:
    for _ in left:
        for method, path in calls:
            async with session.request(method, api + path, data=None if method == "GET" else BODY) as answer:
                json.loads(await answer.read() or b"{}")


if __name__ == "__main__":
    pairs = [(method, path) for method, path in json.loads(Path(sys.argv[2]).read_text())]
    print(asyncio.run(main(sys.argv[1], pairs, int(sys.argv[3]))))
