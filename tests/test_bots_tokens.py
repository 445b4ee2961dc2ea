"""Nothing that opens a door shows: in no command, remote, file, log, database or comment, also when a push fails."""

from __future__ import annotations

import asyncio
import base64
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bots_world import CLIENT_SECRET, REPOSITORY, SECRET, World, key_pair, world

MAIN = f"/repos/{REPOSITORY}"
PASSWORD = "a worker's password"
GITHUBS = re.compile(rb"gh[a-z]_\w{8,}")  # how the tokens of installations and of logins begin
HEADER = re.compile(rb"Authorization: Basic ([A-Za-z0-9+/=]+)")


def children(pid: int) -> Iterator[int]:
    """All processes below `pid`."""
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _read(listed).split()):
            yield child
            yield from children(child)


def _read(path: Path) -> bytes:
    """Empty when the process has ended meanwhile."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


@dataclass
class Seen:
    """What one who looks on sees of the processes below ours, and the headers that git was given in its environment."""

    commands: set[bytes] = field(default_factory=set)
    headers: set[bytes] = field(default_factory=set)

    def look(self) -> None:
        for pid in children(os.getpid()):
            command = _read(Path(f"/proc/{pid}/cmdline"))
            self.commands.add(command)
            if b"push" in command.split(b"\0"):
                self.headers |= set(HEADER.findall(_read(Path(f"/proc/{pid}/environ"))))

    async def go_on(self) -> None:
        while True:  # until it is cancelled
            await asyncio.to_thread(self.look)
            await asyncio.sleep(0.01)

    def secrets(self) -> list[bytes]:
        """All that must show nowhere: as it is, as git sends it, and the lines of the key."""
        plain = [SECRET, CLIENT_SECRET, PASSWORD, "token-ada", *key_pair()[0].splitlines()[1:-1]]
        tokens = [base64.b64decode(header).partition(b":")[2] for header in self.headers]
        return [*(each.encode() for each in plain), *self.headers, *tokens]

    def told_by(self, text: bytes) -> list[bytes]:
        return [each for each in self.secrets() if each in text] + GITHUBS.findall(text)


@asynccontextmanager
async def watched() -> AsyncIterator[Seen]:
    seen = Seen()
    looking = asyncio.ensure_future(seen.go_on())
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def said(there: World) -> str:
    """All that the forge shows of pull requests: titles, bodies, comments and the words of statuses."""
    core = there.person("core-dev")
    pulls = await core.get(f"{MAIN}/pulls?state=all&per_page=100")
    paths = [f"issues/{pull['number']}/comments?per_page=100" for pull in pulls]
    paths += [f"commits/{pull['head']['sha']}/statuses" for pull in pulls]
    return "\n".join([str(pulls), *[str(await core.get(f"{MAIN}/{path}")) for path in paths]])


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("403-rate", "we may not read or push here"),  # told to people
        ("502", "the repository could not be reached"),  # told in the log, and tried again
    ],
)
async def test_no_token_shows_when_a_push_fails(tmp_path: Path, kind: str, words: str) -> None:
    async with world(tmp_path, CAMELOT_WORKER_PASSWORD=PASSWORD) as there, watched() as seen:
        core = there.person("core-dev")
        await core.push(REPOSITORY, "1.2", "Begin 1.2", {"VERSION": "1.2\n"})
        number = await there.open_pull()
        assert await there.sign("ada") == 200
        await core.label(REPOSITORY, number, "needs backport to 1.2")
        await there.settled()
        there.forge.fault("GET .*/info/refs$", "delay", times=40, seconds=0.5)  # git is there to be looked at
        there.forge.fault("POST .*/git-receive-pack$", kind)
        await core.merge(REPOSITORY, number)
        await there.settled()
        assert there.forge.admin("GET", "/_/faults")[1]["hit"] == 1
        shown = await said(there)
        assert words in shown + there.bots.log.read_text()
    assert seen.headers, "no push was seen"
    assert seen.told_by(b"\n".join(seen.commands)) == []
    assert seen.told_by(shown.encode()) == []
    kept = [file for file in (tmp_path / "bots").rglob("*") if file.is_file()]
    assert {"bots.log", "config", "HEAD"} <= {file.name for file in kept}
    assert {str(file): told for file in kept if (told := seen.told_by(file.read_bytes()))} == {}
