"""How GitHub behaves where its description is silent: texts of refusals, states of merges, the order of webhooks.

The same file runs against the local forge and, with `pytest --github-live tests/test_forge_live.py`, against a scratch
repository on GitHub: what holds there must hold here. For that it needs in the environment GITHUB_LIVE_REPOSITORY
(owner/name, public, with a branch main, to be written into at will), GITHUB_LIVE_TOKEN (of a person who may write
there), GITHUB_LIVE_APP_ID and GITHUB_LIVE_APP_PRIVATE_KEY (PEM) of an App installed there that listens to
pull_request, issues and label.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from gidgethub.apps import get_jwt

from tests.forge_world import APP, PRIVATE_PEM, REPOSITORY, a_world

LIVE = ("GITHUB_LIVE_REPOSITORY", "GITHUB_LIVE_TOKEN", "GITHUB_LIVE_APP_ID", "GITHUB_LIVE_APP_PRIVATE_KEY")
GITHUB = "https://api.github.com"
PATIENCE_S = 60.0
NO_COMMIT = "0123456789" * 4


@dataclass(frozen=True)
class Place:
    """A repository to try things in, and the App that hears of it. `tag` keeps runs apart."""

    api: str
    repository: str
    token: str
    app: tuple[str, str]
    tag: str = field(default_factory=lambda: secrets.token_hex(4))

    async def call(self, method: str, path: str, body: Any = None, raw: bytes | None = None) -> Any:
        """Status and body of a person's call below the repository (or from the root, with a path that starts //)."""
        where = path.removeprefix("/") if path.startswith("//") else f"/repos/{self.repository}{path}"
        return await self._call(self.token, method, where, body, raw)

    async def as_app(self, method: str, path: str) -> Any:
        return (await self._call(get_jwt(app_id=self.app[0], private_key=self.app[1]), method, path))[1]

    async def _call(self, token: str, method: str, path: str, body: Any = None, raw: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        sent = {"data": raw} if raw is not None else {"json": body} if body is not None else {}
        url = self.api + path
        async with aiohttp.ClientSession(headers=headers) as session, session.request(method, url, **sent) as answer:
            said = await answer.json() if answer.content_type == "application/json" else None
            return answer.status, said

    async def branch(self, name: str, **files: str) -> str:
        """A new branch of main with these files changed; its full name."""
        branch = f"{self.tag}-{name}"
        _, main = await self.call("GET", "/git/ref/heads/main")
        await self.call("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": main["object"]["sha"]})
        for file, text in files.items():
            await self.write(branch, file, text)
        return branch

    async def write(self, branch: str, file: str, text: str) -> None:
        path = f"/contents/{self.tag}/{file}.txt"
        _, there = await self.call("GET", f"{path}?ref={branch}")
        body = {"message": f"Write {file}", "content": base64.b64encode(text.encode()).decode(), "branch": branch}
        status, said = await self.call("PUT", path, body | ({"sha": there["sha"]} if "sha" in there else {}))
        assert status in (200, 201), said

    async def pull(self, branch: str, **more: Any) -> dict[str, Any]:
        wanted = {"head": branch, "base": "main", "title": f"Change of {branch}", **more}
        status, said = await self.call("POST", "/pulls", wanted)
        assert status == 201, said
        return dict(said)

    async def judged(self, number: int, wanted: tuple[bool, ...] = (True, False)) -> dict[str, Any]:
        """The pull request, once it is known whether it can be merged: GitHub takes its time."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            _, found = await self.call("GET", f"/pulls/{number}")
            if found["mergeable"] in wanted:
                return dict(found)
            await asyncio.sleep(1.0)
        raise AssertionError(f"#{number}: nobody knows whether it can be merged")

    async def deliveries(self, count: int, since: int) -> list[dict[str, Any]]:
        """The App's deliveries after the one with id `since`, oldest first, once there are `count` of them."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            listed = await self.as_app("GET", "/app/hook/deliveries?per_page=100")
            found = [row for row in reversed(listed) if row["id"] > since]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.2)
        raise AssertionError(f"fewer than {count} deliveries after {PATIENCE_S} s")

    async def last_delivery(self) -> int:
        listed = await self.as_app("GET", "/app/hook/deliveries?per_page=1")
        return int(listed[0]["id"]) if listed else 0


@pytest_asyncio.fixture(params=["stand-in", "github"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "github":
        if not request.config.getoption("--github-live"):
            pytest.skip("GitHub itself is asked only with --github-live")
        if missing := [name for name in LIVE if not os.environ.get(name)]:
            pytest.skip(f"--github-live needs {', '.join(missing)} in the environment")
        repository, token, app, key = (os.environ[name] for name in LIVE)
        yield Place(GITHUB, repository, token, (app, key))
        return
    async with a_world(tmp_path / "forge") as world:
        await world.begin()
        yield Place(world.forge.api, REPOSITORY, "token-core-dev", (str(APP), PRIVATE_PEM))


def message(said: Any) -> str:
    """GitHub's sentence, and those of its errors."""
    errors = said.get("errors") or []
    return " | ".join([said["message"], *(e if isinstance(e, str) else e.get("message", "") for e in errors)])


async def test_what_cannot_be_merged_says_why(place: Place) -> None:
    pull = await place.pull(await place.branch("moved", a="one\n"))
    await place.judged(pull["number"])
    merge = f"/pulls/{pull['number']}/merge"
    status, said = await place.call("PUT", merge, {"sha": NO_COMMIT})
    assert (status, said["message"]) == (409, "Head branch was modified. Review and try the merge again.")
    status, said = await place.call("PUT", merge, {"merge_method": "squash"})
    assert (status, said["merged"], said["message"]) == (200, True, "Pull Request successfully merged")
    assert (await place.call("PUT", merge, {}))[0] == 405
    draft = await place.pull(await place.branch("draft", b="one\n"), draft=True)
    await place.judged(draft["number"])
    status, said = await place.call("PUT", f"/pulls/{draft['number']}/merge", {})
    assert (status, said["message"]) == (405, "Pull Request is still a draft")


async def test_a_pull_request_is_clean_then_dirty_then_merged_or_unknown(place: Place) -> None:
    await place.branch("seed")
    await place.write("main", "c", "one\n")
    first = await place.pull(await place.branch("first", c="two\n"))
    second = await place.pull(await place.branch("second", c="three\n"))
    assert (await place.judged(first["number"]))["mergeable_state"] in ("clean", "unstable")
    await place.call("PUT", f"/pulls/{first['number']}/merge", {"merge_method": "merge"})
    found = await place.judged(second["number"], wanted=(False,))
    assert (found["mergeable"], found["mergeable_state"]) == (False, "dirty")
    status, said = await place.call("PUT", f"/pulls/{second['number']}/merge", {})
    assert (status, said["message"]) == (405, "Pull Request is not mergeable")
    _, merged = await place.call("GET", f"/pulls/{first['number']}")
    assert (merged["state"], merged["merged"], merged["mergeable_state"]) == ("closed", True, "unknown")


async def test_what_cannot_be_opened_or_made_twice_is_422_with_its_reason(place: Place) -> None:
    branch = await place.branch("twice", d="one\n")
    pull = await place.pull(branch)
    owner = place.repository.partition("/")[0]
    wanted = {"head": branch, "base": "main", "title": "Again"}
    status, said = await place.call("POST", "/pulls", wanted)
    assert (status, message(said)) == (
        422,
        f"Validation Failed | A pull request already exists for {owner}:{branch}.",
    )
    empty = await place.branch("empty")
    status, said = await place.call("POST", "/pulls", {**wanted, "head": empty})
    assert (status, message(said)) == (422, f"Validation Failed | No commits between main and {empty}")
    status, said = await place.call("POST", "/pulls", {**wanted, "base": "no-such-branch"})
    assert (status, said["errors"][0]["field"], said["errors"][0]["code"]) == (422, "base", "invalid")
    review = {"event": "APPROVE"}
    status, said = await place.call("POST", f"/pulls/{pull['number']}/reviews", review)
    assert (status, message(said)) == (422, "Unprocessable Entity | Can not approve your own pull request")
    label = {"name": f"{place.tag} label", "color": "ededed"}
    assert (await place.call("POST", "/labels", label))[0] == 201
    status, said = await place.call("POST", "/labels", label)
    assert (status, said["errors"][0]["code"]) == (422, "already_exists")
    status, said = await place.call("DELETE", f"/issues/{pull['number']}/labels/{place.tag}%20label")
    assert (status, said["message"]) == (404, "Label does not exist")
    await place.call("DELETE", f"/labels/{place.tag}%20label")


async def test_refs_and_statuses_refuse_what_is_not_there_or_would_lose_commits(place: Place) -> None:
    branch = await place.branch("refs", e="one\n")
    _, main = await place.call("GET", "/git/ref/heads/main")
    sha = main["object"]["sha"]
    status, said = await place.call("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": sha})
    assert (status, said["message"]) == (422, "Reference already exists")
    status, said = await place.call("PATCH", f"/git/refs/heads/{branch}", {"sha": sha})
    assert (status, said["message"]) == (422, "Update is not a fast forward")
    status, said = await place.call("POST", "/git/refs", {"ref": f"refs/heads/{branch}-2", "sha": NO_COMMIT})
    assert (status, said["message"]) == (422, "Object does not exist")
    status, said = await place.call("DELETE", f"/git/refs/heads/{branch}-3")
    assert (status, said["message"]) == (422, "Reference does not exist")
    status, said = await place.call("POST", f"/statuses/{NO_COMMIT}", {"state": "success"})
    assert (status, said["message"]) == (422, f"No commit found for SHA: {NO_COMMIT}")
    status, said = await place.call("GET", f"/commits/{NO_COMMIT}")
    assert (status, said["message"]) == (422, f"No commit found for SHA: {NO_COMMIT}")


async def test_bad_requests_are_400_401_404_and_422(place: Place) -> None:
    assert (await place.call("POST", "/issues", raw=b"{"))[0] == 400
    assert (await place.call("POST", "/issues", raw=b"{"))[1]["message"] == "Problems parsing JSON"
    status, said = await place.call("POST", "/issues", {"body": "no title"})
    assert status == 422
    assert (await place.call("GET", "/issues/99999999"))[0] == 404
    assert (await place.call("GET", "//users/no-such-user-7f3a9c"))[0] == 404
    stranger = Place(place.api, place.repository, "ghp_nobody", place.app)
    status, said = await stranger.call("GET", "")
    assert (status, said["message"]) == (401, "Bad credentials")


async def test_webhooks_come_in_the_order_of_what_happened_and_again_with_their_guid(place: Place) -> None:
    since = await place.last_delivery()
    _, issue = await place.call("POST", "/issues", {"title": f"{place.tag}: tell me"})
    path = f"/issues/{issue['number']}"
    await place.call("POST", f"{path}/labels", {"labels": [f"{place.tag}-new"]})
    await place.call("PATCH", path, {"title": f"{place.tag}: tell me all"})
    await place.call("PATCH", path, {"state": "closed"})
    await place.call("DELETE", f"/labels/{place.tag}-new")
    told = await place.deliveries(7, since)
    names = [f"{row['event']}.{row['action']}" for row in told]
    mine = [name for name in names if name.startswith("issues.")]
    assert mine == ["issues.opened", "issues.labeled", "issues.edited", "issues.closed", "issues.unlabeled"]
    assert {name for name in names if name.startswith("label.")} == {"label.created", "label.deleted"}
    first = told[0]
    await place.as_app("POST", f"/app/hook/deliveries/{first['id']}/attempts")
    again = (await place.deliveries(len(told) + 1, since))[-1]
    assert (again["guid"], again["redelivery"], again["id"] != first["id"]) == (first["guid"], True, True)
