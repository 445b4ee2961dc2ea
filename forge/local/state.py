"""The running forge: its memory, its repositories, its clock and its locks, in one object."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from forge.local.db import Row, accounts, get
from forge.local.gate import Gate
from forge.local.gitrepo import GitRepo

Clock = Callable[[], datetime]


def stamp(moment: datetime) -> str:
    """GitHub's spelling of a time: UTC, whole seconds, a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_text(text: str) -> str:
    """A time as git writes it, in GitHub's spelling."""
    return stamp(datetime.fromisoformat(text))


def hashed(token: str) -> str:
    """Tokens are kept only as this."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass
class Forge:
    """`web` is the address of pages and git; the API is below it, as on GitHub Enterprise."""

    engine: Engine
    data: Path
    web: str
    clock: Clock
    admin_token: str = ""
    rate_limit: int = 15_000  # calls an hour and actor, as GitHub gives its enterprises
    content_limit: int = 0  # writes a minute and actor before a secondary limit strikes (GitHub: about 80); 0: none
    retry_deliveries_s: float = 0.0  # 0: a failed delivery stays failed until somebody asks again, as on GitHub
    wake: asyncio.Event = field(default_factory=asyncio.Event)  # set when deliveries wait
    gate: Gate = field(default_factory=Gate)
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)  # refs become events and pull requests, one at a time
    locks: dict[int, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))  # a repository's writers

    @property
    def api(self) -> str:
        return f"{self.web}/api/v3"

    def now(self) -> str:
        return stamp(self.clock())

    @contextmanager
    def tx(self) -> Iterator[Connection]:
        """One transaction; nothing may be awaited inside."""
        with self.engine.begin() as connection:
            yield connection

    def path(self, owner: str, name: str) -> Path:
        return self.data / "repos" / owner / f"{name}.git"

    def git(self, tx: Connection, repo: Row) -> GitRepo:
        owner = get(tx, accounts, id=repo["owner_id"])
        return GitRepo(self.path(owner["login"], repo["name"]))

    def git_of(self, repo: Row) -> GitRepo:
        with self.tx() as tx:
            return self.git(tx, repo)
