"""What the story can see: the forge through its API, the farm and the registry through the pages and the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from sqlalchemy import Engine

from core import results
from core.results import Build
from core.settings import Settings
from forge import effects


@dataclass(frozen=True)
class Seen:
    """A pull request as the forge shows it now."""

    number: int
    title: str
    state: str
    merged: bool
    labels: frozenset[str]
    head_sha: str
    head_ref: str
    base: str
    merge_sha: str
    author: str
    body: str


class World:
    """Reads only; what people do, they do themselves (`forge.local.person`)."""

    def __init__(self, settings: Settings, engine: Engine, session: aiohttp.ClientSession, token: str) -> None:
        self.settings, self.engine, self.session = settings, engine, session
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        self._base = f"{settings.github.api_url.rstrip('/')}/repos/{settings.github.repository}"

    async def get(self, path: str, **query: str) -> Any:
        """The forge's answer to GET under the repository; None for 404."""
        async with self.session.get(f"{self._base}{path}", headers=self._headers, params=query) as response:
            if response.status == 404:
                return None
            response.raise_for_status()
            return await response.json()

    async def page(self, url: str) -> str:
        async with self.session.get(url) as response:
            response.raise_for_status()
            return await response.text()

    async def pull(self, number: int) -> Seen:
        found = await self.get(f"/pulls/{number}")
        return _seen(found)

    async def pulls(self) -> list[Seen]:
        """Every pull request, whatever its state, oldest first."""
        rows = await self.get("/pulls", state="all", per_page="100", sort="created", direction="asc")
        return sorted((_seen(row) for row in rows), key=lambda seen: seen.number)

    async def statuses(self, sha: str) -> dict[str, tuple[str, str]]:
        """The newest status of each context of a commit: (state, description)."""
        rows = await self.get(f"/commits/{sha}/statuses", per_page="100")
        newest_first = [(row["context"], (row["state"], row["description"] or "")) for row in rows]
        return dict(reversed(newest_first))

    async def bot_comments(self, number: int, topic: str = "") -> list[str]:
        """What our bot said there, oldest first; with `topic`, only comments of that topic (or one that begins so)."""
        rows = await self.get(f"/issues/{number}/comments", per_page="100")
        mark = effects.marker(topic).removesuffix(" -->") if topic else ""
        bot = self.settings.github.bot_login
        return [row["body"] for row in rows if row["user"]["login"] == bot and mark in row["body"]]

    async def label_exists(self, name: str) -> bool:
        return await self.get(f"/labels/{quote(name)}") is not None

    def builds(self, sha: str) -> dict[str, Build]:
        """The newest build of each builder on a commit."""
        return {build.builder: build for build in results.of_commit(self.engine, sha)}


def _seen(row: dict[str, Any]) -> Seen:
    return Seen(
        number=row["number"],
        title=row["title"],
        state=row["state"],
        merged=bool(row.get("merged_at")),
        labels=frozenset(label["name"] for label in row["labels"]),
        head_sha=row["head"]["sha"],
        head_ref=row["head"]["ref"],
        base=row["base"]["ref"],
        merge_sha=row.get("merge_commit_sha") or "",
        author=row["user"]["login"],
        body=row.get("body") or "",
    )
