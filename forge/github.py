"""The only file with GitHub URLs: what we read, as GitHub's JSON, and what we write, each write safe to repeat."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from weakref import WeakValueDictionary

import aiohttp
import gidgethub

from core.settings import GitHub as GitHubSettings
from core.store import Store, now
from core.writer import Writer
from forge.client import TIMEOUT_S, Client, comments_seen, limited
from forge.effects import block, marker, replace_block
from forge.errors import GitHubError, Refused

Json = dict[str, Any]

TEAM_KEPT = timedelta(minutes=10)
CHANGES_KEPT = 1000
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
        self._changes: dict[tuple[str, str], str] = {}
        self._editing: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # one description, one edit
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
        found = await self.list(f"{self._repo}/issues/{number}/comments")
        self.saw_comments(number, found)
        return found

    def saw_comments(self, number: int, found: list[Json]) -> None:
        """The delivery that is worked on knows these to be all comments of a pull request."""
        seen = comments_seen.get()
        if seen is not None:
            seen[number] = found

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

    async def files_of_commit(self, sha: str) -> tuple[str, ...]:
        """The paths that a commit touches; GitHub names 300 at most."""
        found = await self.call("GET", f"{self._repo}/commits/{sha}")
        return tuple(file["filename"] for file in found.get("files") or ())

    async def change(self, base: str, head: str) -> str:
        """What `head` changes since it left `base`, as a digest that lines before and behind do not enter.

        Empty when GitHub cannot compare them (the commit is gone). What a commit changes stays the same: it is kept.
        """
        key = (base, head)
        if key not in self._changes:
            try:
                found = await self.call("GET", f"{self._repo}/compare/{quote(base, safe='')}...{head}?per_page=1")
            except Refused as refused:
                if not refused.missing:
                    raise
                return ""
            self._changes[key] = _digest(found["files"])
            while len(self._changes) > CHANGES_KEPT:
                self._changes.pop(next(iter(self._changes)))
        return self._changes[key]

    async def pulls_of_commit(self, sha: str) -> list[Json]:
        return await self.list(f"{self._repo}/commits/{sha}/pulls")

    async def members(self, organization: str, team: str, needed: bool = True) -> frozenset[str]:
        """Logins of a team, remembered for ten minutes. Never guesses: raises when GitHub gives no answer.

        A team that is not `needed` may be missing: then nobody is in it.
        """
        until, known = self._teams.get(team, (now(), frozenset()))
        if now() < until:
            return known
        try:
            people = await self.list(f"/orgs/{organization}/teams/{team}/members")
        except Refused as refused:
            if needed or not refused.missing:
                raise
            people = []
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

        Looking for it comes first at every try: a try before, whose answer was lost, may have made it. Only what was
        seen since this try of the delivery began, and held no such comment, needs no second look.
        """
        seen = (comments_seen.get() or {}).pop(number, None)
        mine = [each for each in seen or () if self._is_mine(each, topic)]
        if seen is None or mine:
            mine = [each for each in await self.comments(number) if self._is_mine(each, topic)]
            (comments_seen.get() or {}).pop(number, None)
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

    async def close_pull(self, number: int) -> Json:
        await self.call("PATCH", f"{self._repo}/pulls/{number}", {"state": "closed"})
        return {}

    async def free_reviewers(self, number: int, reviewers: tuple[str, ...], teams: tuple[str, ...]) -> Json:
        """Whoever is not asked any longer is done."""
        asked = {"reviewers": list(reviewers), "team_reviewers": list(teams)}
        return await self._gone(f"{self._repo}/pulls/{number}/requested_reviewers", asked)

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

    async def ref(self, name: str) -> str:
        """The object that `heads/1.2` or `tags/1.2` stands for; empty where there is none."""
        there = await self._or_none(f"{self._repo}/git/ref/{quote(name)}")
        return str(there["object"]["sha"]) if there else ""

    async def make_branch(self, branch: str, sha: str) -> Json:
        """A new branch at a commit; one that is there already stays where it is."""
        if await self.ref(f"heads/{branch}"):
            return {"already": True}
        await self.call("POST", f"{self._repo}/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
        return {}

    async def labelled(self, label: str, state: str = "open") -> list[Json]:
        """Issues and pull requests that bear the label."""
        return await self.list(f"{self._repo}/issues?state={state}&labels={quote(label, safe='')}")

    async def tell_all(self, topic: str, title: str, body: str) -> int:
        """Our one issue on this topic, open, with these words; its number."""
        creator = quote(self.settings.bot_login, safe="")
        mine = await self.list(f"{self._repo}/issues?state=all&creator={creator}")
        found = next((issue for issue in mine if marker(topic) in (issue["body"] or "")), None)
        text = block(topic, body)
        if found is None:
            made = await self.call("POST", f"{self._repo}/issues", {"title": title, "body": text})
            return int(made["number"])
        if (found["title"], found["state"], found["body"]) != (title, "open", text):
            wanted = {"title": title, "body": text, "state": "open"}
            await self.call("PATCH", f"{self._repo}/issues/{found['number']}", wanted)
        return int(found["number"])

    async def close_issue(self, number: int) -> Json:
        await self.call("PATCH", f"{self._repo}/issues/{number}", {"state": "closed"})
        return {}

    async def protect(self, branch: str, contexts: tuple[str, ...]) -> Json:
        """Nobody rewrites or deletes the branch, and these statuses must be green before a merge."""
        checks = {"strict": False, "contexts": list(contexts)}
        rules = {"required_status_checks": checks, "enforce_admins": True}
        rules |= {"required_pull_request_reviews": None, "restrictions": None}
        await self.call("PUT", f"{self._repo}/branches/{quote(branch, safe='')}/protection", rules)
        return {}

    async def unprotect(self, branch: str) -> Json:
        """Anybody who may push may rewrite and delete the branch again."""
        return await self._gone(f"{self._repo}/branches/{quote(branch, safe='')}/protection")

    async def pulls_from(self, head: str, base: str) -> list[tuple[int, str]]:
        """Pull requests from our branch `head` onto `base`, newest first: number, and draft, open, closed or merged."""
        owner = self.settings.repository.partition("/")[0]
        query = f"state=all&head={quote(f'{owner}:{head}', safe='')}&base={quote(base, safe='')}"
        return [
            (int(pull["number"]), _standing(pull))
            for pull in await self.list(f"{self._repo}/pulls?{query}")
            if (pull["head"]["ref"], pull["base"]["ref"]) == (head, base)
        ]

    async def create_pull(self, head: str, base: str, title: str, body: str, draft: bool = False) -> int:
        """Open a pull request; its number. Raises Refused when there is one already."""
        wanted = {"head": head, "base": base, "title": title, "body": body, "draft": draft}
        return int((await self.call("POST", f"{self._repo}/pulls", wanted))["number"])

    async def assign(self, number: int, login: str) -> Json:
        """Somebody who cannot be assigned (who left, say) stops nothing."""
        try:
            await self.call("POST", f"{self._repo}/issues/{number}/assignees", {"assignees": [login]})
        except Refused as refused:
            if refused.status != 422:
                raise
            return {"refused": str(refused)}
        return {}

    async def edit_body(self, number: int, change: Callable[[str], str]) -> Json:
        """Change a description as it is at this moment; edits of one description take turns."""
        path = f"{self._repo}/issues/{number}"
        mine = self._editing.setdefault(number, asyncio.Lock())
        async with mine:
            there = await self._or_none(path)
            if there is None:
                return {"missing": True}
            wanted = change(there.get("body") or "")
            if wanted != (there.get("body") or ""):
                await self.call("PATCH", path, {"body": wanted})
        return {}

    async def write_file(self, branch: str, path: str, text: str, message: str) -> Json:
        """A file that is there already stays as it is."""
        where = f"{self._repo}/contents/{quote(path)}"
        if await self._or_none(f"{where}?ref={quote(branch, safe='')}"):
            return {"already": True}
        content = base64.b64encode(text.encode()).decode()
        await self.call("PUT", where, {"branch": branch, "message": message, "content": content})
        return {}

    async def delete_branch(self, branch: str, sha: str) -> Json:
        """A branch that is gone, or that moved on, is left as it is."""
        there = await self._or_none(f"{self._repo}/git/ref/heads/{quote(branch)}")
        if there is None or there["object"]["sha"] != sha:
            return {"already": True}
        return await self._gone(f"{self._repo}/git/refs/heads/{quote(branch)}")

    async def _gone(self, path: str, data: Any = b"") -> Json:
        try:
            await self.call("DELETE", path, data)
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
        except (gidgethub.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error, gidgethub.HTTPException) and error.status_code == 401:
                return None
            raise GitHubError("GitHub gives no answer about this token") from error

    async def _addresses(self, account: Json, token: str) -> list[str]:
        """Those that GitHub verified: all, or the public one (which it verified too) when the token shows no more."""
        try:
            emails = [each async for each in self._persons.getiter("/user/emails", oauth_token=token)]
        except gidgethub.BadRequest as error:
            if error.status_code not in (403, 404) or limited(error):
                raise
            return [account["email"]] if account.get("email") else []
        return [each["email"] for each in emails if each["verified"]]


def _standing(pull: Json) -> str:
    if pull["merged_at"]:
        return "merged"
    return "draft" if pull["state"] == "open" and pull.get("draft") else str(pull["state"])


def _link(comment: Json) -> Json:
    return {"comment": comment["id"], "url": comment.get("html_url", "")}


def _digest(files: list[Json]) -> str:
    """Of each file its names, what happened to it and its patch without line numbers; without a patch its content."""
    rows = []
    for file in sorted(files, key=lambda file: str(file["filename"])):
        patch = file.get("patch")
        words = re.sub(r"^@@ .*$", "@@", patch, flags=re.MULTILINE) if patch is not None else file["sha"]
        rows.append((file["filename"], file.get("previous_filename"), file["status"], words))
    return hashlib.sha256(repr(rows).encode()).hexdigest()
