"""The only file with GitHub URLs: what we read, as GitHub's JSON, and what we write, each write safe to repeat."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import gidgethub

from core.settings import GitHub as GitHubSettings
from core.store import Store, now
from core.writer import Writer
from forge.client import TIMEOUT_S, Client
from forge.effects import block, marker, replace_block
from forge.errors import GitHubError, Refused

Json = dict[str, Any]

TEAM_KEPT = timedelta(minutes=10)
DESCRIPTION_MOST = 140  # characters of a status; GitHub refuses more


@dataclass(frozen=True)
class Attempt:
    """GitHub tried to deliver `guid` to us; `taken` when an answer of ours said that we have it."""

    id: int
    guid: str
    taken: bool


@asynccontextmanager
async def connect(settings: GitHubSettings, store: Store, writer: Writer | None = None) -> AsyncIterator[GitHub]:
    """GitHub as the App of the settings. Raises SettingsError when its key cannot be used."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session:
        yield GitHub(settings, session, store, writer)


class GitHub(Client):
    """One repository, seen and changed through the App's installation there."""

    def __init__(
        self, settings: GitHubSettings, session: aiohttp.ClientSession, store: Store, writer: Writer | None = None
    ) -> None:
        super().__init__(settings, session, store, writer)
        self._repo = f"/repos/{settings.repository}"
        self._installation = 0
        self._teams: dict[str, tuple[datetime, frozenset[str]]] = {}

    async def _mint(self) -> tuple[str, datetime]:
        if not self._installation:
            self._installation = (await self.installation())["id"]
        made = await self._api.post(f"/app/installations/{self._installation}/access_tokens", data={})
        return made["token"], datetime.fromisoformat(made["expires_at"].replace("Z", "+00:00"))

    # --- the App itself ---

    async def installation(self) -> Json:
        """What the App may do and hears of here. Raises GitHubError."""
        with self._meaning():
            found: Json = await self._api.getitem(f"{self._repo}/installation")
            return found

    async def deliveries(self, since: datetime) -> list[Attempt]:
        """Every delivery since then with its latest attempt, the oldest first. Raises GitHubError."""
        found: dict[str, Attempt] = {}
        with self._meaning():
            async for row in self._api.getiter("/app/hook/deliveries?per_page=100"):  # newest first
                if datetime.fromisoformat(row["delivered_at"].replace("Z", "+00:00")) < since:
                    break
                taken = 200 <= row["status_code"] < 300
                known = found.get(row["guid"])
                if known is None or (taken and not known.taken):
                    found[row["guid"]] = Attempt(row["id"], row["guid"], taken)
        return list(reversed(found.values()))

    async def redeliver(self, delivery: int) -> None:
        """Ask GitHub to deliver it once more."""
        with self._meaning():
            await self._api.post(f"/app/hook/deliveries/{delivery}/attempts", data={})

    # --- reads ---

    async def pull(self, number: int) -> Json | None:
        return await self._or_none(f"{self._repo}/pulls/{number}")

    async def files(self, number: int) -> list[Json]:
        return await self.list(f"{self._repo}/pulls/{number}/files")

    async def reviews(self, number: int) -> list[Json]:
        return await self.list(f"{self._repo}/pulls/{number}/reviews")

    async def commits(self, number: int) -> list[Json]:
        return await self.list(f"{self._repo}/pulls/{number}/commits")

    async def comments(self, number: int) -> list[Json]:
        return await self.list(f"{self._repo}/issues/{number}/comments")

    async def issue(self, number: int) -> Json | None:
        return await self._or_none(f"{self._repo}/issues/{number}")

    async def open_pulls(self) -> list[Json]:
        return await self.list(f"{self._repo}/pulls?state=open")

    async def labels(self) -> list[Json]:
        return await self.list(f"{self._repo}/labels")

    async def branches(self) -> list[Json]:
        return await self.list(f"{self._repo}/branches")

    async def contents(self, path: str, ref: str) -> str:
        """The text of a file at a commit."""
        found = await self.call("GET", f"{self._repo}/contents/{quote(path)}?ref={ref}")
        return base64.b64decode(found["content"]).decode(errors="replace")

    async def commits_between(self, base: str, head: str) -> list[Json]:
        """The commits that `head` has and `base` has not, oldest first; the first 250 of them."""
        return list((await self.call("GET", f"{self._repo}/compare/{base}...{head}"))["commits"])

    async def pulls_of_commit(self, sha: str) -> list[Json]:
        return await self.list(f"{self._repo}/commits/{sha}/pulls")

    async def members(self, organization: str, team: str) -> frozenset[str]:
        """Logins of a team, remembered for ten minutes. Never guesses: raises when GitHub gives no answer."""
        until, known = self._teams.get(team, (now(), frozenset()))
        if now() < until:
            return known
        people = await self.list(f"/orgs/{organization}/teams/{team}/members")
        known = frozenset(person["login"] for person in people)
        self._teams[team] = (now() + TEAM_KEPT, known)
        return known

    def forget_members(self) -> None:
        """Somebody joined or left a team: ask again."""
        self._teams.clear()

    async def _or_none(self, path: str) -> Json | None:
        """None only when GitHub says for certain that there is no such thing."""
        try:
            found: Json = await self.call("GET", path)
        except Refused as refused:
            if refused.missing:
                return None
            raise
        return found

    # --- writes ---

    async def add_label(self, number: int, label: str) -> Json:
        await self.call("POST", f"{self._repo}/issues/{number}/labels", {"labels": [label]})
        return {}

    async def remove_label(self, number: int, label: str) -> Json:
        """A label that is gone already is done."""
        return await self._gone(f"{self._repo}/issues/{number}/labels/{quote(label, safe='')}")

    async def set_status(self, sha: str, context: str, state: str, description: str, url: str) -> Json:
        shown = description if len(description) <= DESCRIPTION_MOST else description[: DESCRIPTION_MOST - 1] + "…"
        status = {"context": context, "state": state, "description": shown}
        await self.call("POST", f"{self._repo}/statuses/{sha}", status | ({"target_url": url} if url else {}))
        return {}

    async def comment(self, number: int, topic: str, body: str, only_update: bool = False) -> Json:
        """Say it in our one comment on this topic; what people wrote around our words there stays.

        Looking for it comes first at every try: a try before, whose answer was lost, may have made it.
        """
        mine = [each for each in await self.comments(number) if self._is_mine(each, topic)]
        if not body.strip() or (only_update and not mine):
            return {}
        if not mine:
            text = block(topic, body)
            return _link(await self.call("POST", f"{self._repo}/issues/{number}/comments", {"body": text}))
        there = (mine[0]["body"] or "").replace("\r\n", "\n")
        text = replace_block(there, topic, body)
        if there == text:
            return _link(mine[0])
        return _link(await self.call("PATCH", f"{self._repo}/issues/comments/{mine[0]['id']}", {"body": text}))

    def _is_mine(self, comment: Json, topic: str) -> bool:
        author = (comment.get("user") or {}).get("login")
        return author == self.settings.bot_login and marker(topic) in (comment["body"] or "")

    async def request_reviews(self, number: int, reviewers: tuple[str, ...]) -> Json:
        """Somebody whose review cannot be asked for (who left, say) stops nothing."""
        try:
            await self.call("POST", f"{self._repo}/pulls/{number}/requested_reviewers", {"reviewers": list(reviewers)})
        except Refused as refused:
            if refused.status != 422:
                raise
            return {"refused": str(refused)}
        return {}

    async def ensure_label(self, label: str, color: str, description: str) -> Json:
        wanted = {"color": color, "description": description}
        path = f"{self._repo}/labels/{quote(label, safe='')}"
        there = await self._or_none(path)
        if there is None:
            await self.call("POST", f"{self._repo}/labels", {"name": label, **wanted})
        elif (there["color"], there.get("description") or "") != (color, description):
            await self.call("PATCH", path, wanted)
        return {}

    async def retire_label(self, label: str) -> Json:
        return await self._gone(f"{self._repo}/labels/{quote(label, safe='')}")

    async def open_pull(self, head: str, base: str, title: str, body: str) -> int:
        """The number of the pull request from branch `head` of this repository onto `base`; made when there is none."""
        owner = self.settings.repository.partition("/")[0]
        query = f"state=all&head={quote(f'{owner}:{head}', safe='')}&base={quote(base, safe='')}"
        for pull in await self.list(f"{self._repo}/pulls?{query}"):
            if (pull["head"]["ref"], pull["base"]["ref"]) == (head, base) and pull["state"] == "open":
                return int(pull["number"])
        made = await self.call(
            "POST", f"{self._repo}/pulls", {"head": head, "base": base, "title": title, "body": body}
        )
        return int(made["number"])

    async def _gone(self, path: str) -> Json:
        try:
            await self.call("DELETE", path)
        except Refused as refused:
            if not refused.missing:
                raise
            return {"already": True}
        return {}

    # --- people who speak for themselves ---

    async def who_is(self, token: str) -> Json | None:
        """The account that a person's own token belongs to, with its verified addresses; None: the token is no good.

        The person's limits are not ours: whatever GitHub refuses them stops none of our own calls.
        """
        try:
            account: Json = await self._persons.getitem("/user", oauth_token=token)
            return {**account, "addresses": await self._addresses(account, token)}
        except gidgethub.BadRequest:
            return None
        except (gidgethub.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            raise GitHubError("GitHub gives no answer about this token") from error

    async def _addresses(self, account: Json, token: str) -> list[str]:
        """Those that GitHub verified: all, or the public one (which it verified too) when the token shows no more."""
        try:
            emails = [each async for each in self._persons.getiter("/user/emails", oauth_token=token)]
        except gidgethub.BadRequest:
            return [account["email"]] if account.get("email") else []
        return [each["email"] for each in emails if each["verified"]]


def _link(comment: Json) -> Json:
    return {"comment": comment["id"], "url": comment.get("html_url", "")}
