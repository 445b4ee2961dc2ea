"""What can be made to go wrong at the local forge: calls, webhooks, limits, and issues that went away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from forge.local.gate import HookFault
from forge.local.person import Refusal
from tests.forge_world import REPOSITORY, World, a_world

REPO = f"/repos/{REPOSITORY}"


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path / "forge") as made:
        yield made


async def get(world: World, path: str, agent: str) -> int:
    """The status of a call by a program that calls itself `agent`; 0 when the connection was cut."""
    headers = {"User-Agent": agent, "Authorization": "Bearer token-ada"}
    try:
        async with aiohttp.ClientSession(headers=headers) as session, session.get(world.forge.api + path) as answer:
            return answer.status
    except aiohttp.ClientError:
        return 0


async def test_the_third_call_of_one_client_fails_whatever_it_is_and_calls_are_counted(world: World) -> None:
    mark, _ = world.forge.calls()
    world.forge.fault_at(3, "502", by="any", agent="camelot")
    path = "/users/ada"
    got = [await get(world, path, agent) for agent in ("camelot", "other", "camelot", "other", "camelot", "camelot")]
    assert got == [200, 200, 200, 200, 502, 200]
    _, calls = world.forge.calls(mark, agent="camelot")
    assert [(call["status"], call["fault"]) for call in calls] == [(200, None), (200, None), (502, "502"), (200, None)]
    assert [fault["seen"] for fault in world.forge.admin("GET", "/_/faults")] == [4]
    world.forge.clear_faults()
    assert world.forge.admin("GET", "/_/faults") == []


async def test_calls_of_git_are_counted_when_asked_for_and_can_fail_alone(world: World) -> None:
    await world.begin()
    mark, _ = world.forge.calls()
    world.forge.fault_at(1, "503", by="person", door="git")
    assert await get(world, "/users/ada", "camelot") == 200
    with pytest.raises(Refusal):
        await world.core.git(world.data, "ls-remote", f"{world.forge.url}/{REPOSITORY}.git")
    await world.core.git(world.data, "ls-remote", f"{world.forge.url}/{REPOSITORY}.git")
    doors = [call["door"] for call in world.forge.calls(mark, every_door=True)[1]]
    assert (doors[0], set(doors[1:])) == ("api", {"git"})
    assert [call["door"] for call in world.forge.calls(mark)[1]] == ["api"]


async def test_the_calls_of_an_app_are_told_from_those_of_people_git_included(world: World) -> None:
    await world.begin()
    bot = await world.bot()
    mark, _ = world.forge.calls()
    world.forge.fault_at(2, "500")
    await world.ada.get("/users/ada")
    await bot.get("/users/ada")
    await world.ada.get("/users/ada")
    assert not world.forge.fault_hit()
    with pytest.raises(Refusal, match="500"):
        await bot.git(world.data, "ls-remote", f"{world.forge.url}/{REPOSITORY}.git")
    assert world.forge.fault_hit()
    assert world.forge.count_calls(mark) == 2
    assert [call["by"] for call in world.forge.calls(mark)[1]] == ["person", "app", "person"]


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("403-secondary", 403)])
async def test_a_limit_says_for_how_long(world: World, kind: str, status: int) -> None:
    world.forge.fault_at(1, kind, by="nobody", seconds=7.0)
    async with aiohttp.ClientSession() as session, session.get(f"{world.forge.api}/users/ada") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (status, "7")
        assert "secondary rate limit" in (await answer.json())["message"]


async def test_too_many_writes_in_a_minute_are_refused_while_reads_go_on(tmp_path: Path) -> None:
    async with a_world(tmp_path / "forge", "--content-limit", "3") as world:
        for at in range(3):
            await world.ada.open_issue(REPOSITORY, f"Issue {at}")
        with pytest.raises(Refusal, match="403.*secondary rate limit"):
            await world.ada.open_issue(REPOSITORY, "One too many")
        assert len(await world.ada.get(f"{REPO}/issues")) == 3
        await world.person("bob").open_issue(REPOSITORY, "Another person's")


async def test_tokens_that_are_ended_are_401_and_new_ones_are_had(world: World) -> None:
    bot = await world.bot()
    await bot.get("/installation/repositories")
    world.forge.expire_tokens()
    with pytest.raises(Refusal, match="401.*Bad credentials"):
        await bot.get("/installation/repositories")
    await (await world.bot()).get("/installation/repositories")


async def test_webhooks_that_are_held_leave_in_the_order_that_is_asked_for(world: World) -> None:
    await world.hooks.event("ping")
    world.forge.hold()
    for title in ("one", "two", "three"):
        await world.ada.open_issue(REPOSITORY, title)
    one, two, three = (each["id"] for each in world.forge.held())
    assert [each["name"] for each in world.forge.held()] == ["issues.opened"] * 3
    assert world.hooks.names() == ["ping"]
    world.forge.release(three, one, one)
    assert await _titles(world, 4) == ["three", "one", "one", "two"]
    assert len({received.guid for received in world.hooks.received}) == 4
    await world.ada.open_issue(REPOSITORY, "after")
    assert (await _titles(world, 5))[-1] == "after"
    del two


async def _titles(world: World, count: int) -> Sequence[str]:
    """The titles of the issues that were told of, once there are so many."""

    def found() -> list[str]:
        return [received.payload["issue"]["title"] for received in world.hooks.received if "issue" in received.payload]

    await world.hooks.until(lambda _every: len(found()) >= count)
    return found()


async def test_webhooks_are_doubled_delayed_and_dropped(world: World) -> None:
    world.forge.hook_fault(r"^issues\.opened$", "double")
    world.forge.hook_fault(r"^issues\.opened$", "delay", seconds=1.5)
    world.forge.hook_fault(r"^issues\.opened$", "drop")
    for title in ("doubled", "delayed", "dropped", "plain"):
        await world.ada.open_issue(REPOSITORY, title)
    assert await _titles(world, 4) == ["doubled", "doubled", "plain", "delayed"]


def test_an_order_counts_what_matches_and_strikes_so_often() -> None:
    order = HookFault(match="^push$", kind="drop", nth=2, times=2)
    assert [order.strikes(name) for name in ("push", "create", "push", "push", "push")] == [
        False, False, True, True, False,
    ]  # fmt: skip


async def test_an_issue_that_was_deleted_is_410_and_one_that_moved_is_301(world: World) -> None:
    await world.begin()
    await world.ada.fork(REPOSITORY)
    deleted, moved = [await world.ada.open_issue(REPOSITORY, title) for title in ("deleted", "moved")]
    world.forge.remove_issue(REPOSITORY, deleted)
    world.forge.remove_issue(REPOSITORY, moved, to="ada/rabbit")
    with pytest.raises(Refusal, match="410.*This issue was deleted"):
        await world.ada.get(f"{REPO}/issues/{deleted}")
    with pytest.raises(Refusal, match="404"):
        await world.ada.get(f"{REPO}/issues/999")
    url = f"{world.forge.api}{REPO}/issues/{moved}"
    async with aiohttp.ClientSession() as session:
        async with session.get(url, allow_redirects=False) as answer:
            assert answer.status == 301
            assert (await answer.json())["message"] == "Moved Permanently"
        async with session.get(url) as answer:
            assert (await answer.json())["repository_url"].endswith("/repos/ada/rabbit")
    told = (await world.hooks.event("issues.transferred")).payload
    assert (told["issue"]["title"], told["changes"]["new_repository"]["full_name"]) == ("moved", "ada/rabbit")
    with pytest.raises(Refusal, match="410"):
        await world.ada.comment(REPOSITORY, deleted, "Hello?")


async def test_who_joins_or_leaves_a_team_is_told_to_the_app(world: World) -> None:
    seed = {"organizations": [{"login": "rabbit", "teams": [{"slug": "core", "members": ["core-dev", "ada"]}]}]}
    world.forge.seed(seed)
    joined = (await world.hooks.event("membership.added")).payload
    assert (joined["member"]["login"], joined["team"]["slug"], joined["scope"]) == ("ada", "core", "team")
    assert world.hooks.names()[-2:] == ["organization.member_added", "membership.added"]
    world.forge.seed({"organizations": [{"login": "rabbit", "teams": [{"slug": "core", "members": ["core-dev"]}]}]})
    await world.hooks.event("organization.member_removed")
    with pytest.raises(Refusal, match="403"):
        await world.core.call("PUT", "/orgs/rabbit/teams/core/memberships/bob", {})


async def test_the_state_of_a_merge_follows_statuses_and_the_base(world: World) -> None:
    await world.begin()
    number = await world.fix()
    ruled = {"full_name": REPOSITORY, "teams": {"core": "maintain"}, "collaborators": {"bob": "admin"}}
    world.forge.seed({"repositories": [ruled]})
    head = (await world.pull(number))["head"]["sha"]
    states = [(await world.pull(number))["mergeable_state"]]
    await _status(world, head, "failure", "optional")
    states.append((await world.pull(number))["mergeable_state"])
    checks = {"strict": True, "contexts": ["news"]}
    others = {"enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}
    place = f"{REPO}/branches/main/protection"
    await world.person("bob").call("PUT", place, {"required_status_checks": checks, **others})
    states.append((await world.pull(number))["mergeable_state"])
    await _status(world, head, "success", "news")
    await _status(world, head, "success", "optional")
    states.append((await world.pull(number))["mergeable_state"])
    await world.core.push(REPOSITORY, "main", "Elsewhere", {"b.txt": "b\n"})
    states.append((await world.pull(number))["mergeable_state"])
    await world.core.push(REPOSITORY, "main", "Here", {"a.txt": "1\n2\n3\n"})
    states.append((await world.pull(number))["mergeable_state"])
    assert states == ["clean", "unstable", "blocked", "clean", "behind", "dirty"]


async def _status(world: World, sha: str, state: str, context: str) -> None:
    await world.core.call("POST", f"{REPO}/statuses/{sha}", {"state": state, "context": context})
