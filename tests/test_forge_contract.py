"""The local forge against GitHub's published description: every operation and event on the list is driven and fits.

tests/conftest.py judges every other test that drives the forge by the same rules.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from gidgethub.apps import get_jwt

from forge.local.app import REST
from tests import github_contract as rules
from tests.forge_world import APP, INSTALLATION, PRIVATE_PEM, REPOSITORY, World, a_world, config
from tests.octokit import Missing

REPO = f"/repos/{REPOSITORY}"


@pytest.fixture(scope="module", autouse=True)
def contract() -> rules.Contract:
    try:
        return rules.contract()
    except Missing as why:
        pytest.skip(f"GitHub's description cannot be had here: {why}")


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path / "forge") as made:
        yield made


# --- the list ---


def routes() -> set[str]:
    """The forge's own table, in the description's words where it has them."""
    table = [("GET", "/rate_limit"), *((method, path) for module in REST for method, path, _ in module.routes.table)]
    plain = {(method, re.sub(r"{(\w+):(?:[^{}]|{[^}]*})*}", r"{\1}", path)) for method, path in table}
    found = {(method, path): rules.contract().named(method, path) for method, path in plain}
    return {operation.name if operation else " ".join(key) for key, operation in found.items()}


def test_the_list_the_forge_and_the_description_name_the_same_operations() -> None:
    assert routes() == {*rules.used()["operations"], *rules.used()["ours"]}


def test_every_event_on_the_list_is_one_that_github_describes(contract: rules.Contract) -> None:
    named = (event.partition(".") for event in rules.used()["events"])
    assert [event for event, _, action in named if contract.webhook(event, action or None) is None] == []


# --- the walk ---


async def test_every_operation_and_every_event_on_the_list_fits(world: World, recorded: Path) -> None:
    await world.begin()
    number, issue = await _a_pull_and_an_issue(world)
    await _labels(world, issue)
    await _talk(world, number)
    await _reviews(world, number)
    await _edit(world, number)
    await _git_data(world, number)
    await _statuses_and_protection(world, number)
    await _people(world)
    await _app(world)
    await _end(world, number, issue)
    await world.hooks.event("issues.transferred")
    lines = list(rules.read(recorded))
    assert rules.judge(lines) == []
    assert _never_taken(lines) == []
    assert [event for event in rules.used()["events"] if event not in _sent(lines)] == []


def _never_taken(lines: list[rules.Json]) -> list[str]:
    """Operations on the list that were not answered well even once."""
    taken = {
        found.name
        for line in lines
        if line["kind"] == "call"
        and line["status"] < 400
        and (found := rules.contract().named(line["method"], line["route"]))
    }
    return [name for name in rules.used()["operations"] if name not in taken]


def _sent(lines: list[rules.Json]) -> set[str]:
    hooks = (line for line in lines if line["kind"] == "hook")
    return {".".join(filter(None, (line["event"], line["payload"].get("action")))) for line in hooks}


async def _a_pull_and_an_issue(world: World) -> tuple[int, int]:
    number = await world.fix()
    issue = await world.ada.open_issue(REPOSITORY, "It is small", "See #1.")
    for path in ("", "/files", "/commits", "/reviews", "/comments", "/requested_reviewers"):
        await world.ada.get(f"{REPO}/pulls/{number}{path}")
    await world.ada.get(f"{REPO}/pulls?state=all&head=ada:fix&base=main&sort=updated&direction=desc&per_page=1&page=1")
    await world.ada.get(f"{REPO}/issues?state=all&labels=docs&creator=ada&per_page=100")
    for path in ("", "/labels", "/comments"):
        await world.ada.get(f"{REPO}/issues/{issue}{path}")
    await world.core.call("POST", f"{REPO}/issues/{issue}/assignees", {"assignees": ["core-dev"]})
    await world.core.call("DELETE", f"{REPO}/issues/{issue}/assignees", {"assignees": ["core-dev"]})
    await world.core.call("POST", f"{REPO}/issues/{number}/assignees", {"assignees": ["core-dev"]})
    await world.core.call("DELETE", f"{REPO}/issues/{number}/assignees", {"assignees": ["core-dev"]})
    await world.ada.call("PATCH", f"{REPO}/issues/{issue}", {"title": "It is too small", "body": None})
    return number, issue


async def _labels(world: World, issue: int) -> None:
    core = world.core
    wanted = {"name": "topic-parser", "color": "c2e0c6", "description": "of the parser"}
    await core.call("POST", f"{REPO}/labels", wanted)
    await core.get(f"{REPO}/labels?per_page=100")
    await core.get(f"{REPO}/labels/topic-parser")
    await core.call("PATCH", f"{REPO}/labels/topic-parser", {"new_name": "topic-peg", "color": "ffffff"})
    await core.label(REPOSITORY, issue, "docs", "topic-peg")
    await core.unlabel(REPOSITORY, issue, "docs")
    await core.call("PUT", f"{REPO}/issues/{issue}/labels", {"labels": ["docs"]})
    await core.call("DELETE", f"{REPO}/issues/{issue}/labels")
    await core.call("DELETE", f"{REPO}/labels/topic-peg")


async def _talk(world: World, number: int) -> None:
    comment = await world.ada.comment(REPOSITORY, number, "Ready.")
    await world.ada.get(f"{REPO}/issues/comments/{comment}")
    await world.ada.call("PATCH", f"{REPO}/issues/comments/{comment}", {"body": "Ready now."})
    await world.ada.get(f"{REPO}/issues/{number}/comments")
    await world.ada.call("DELETE", f"{REPO}/issues/comments/{comment}")


async def _reviews(world: World, number: int) -> None:
    core, place = world.core, f"{REPO}/pulls/{number}"
    await world.ada.call(
        "POST", f"{place}/requested_reviewers", {"reviewers": ["core-dev"], "team_reviewers": ["core"]}
    )
    await world.ada.get(place)
    await core.call("DELETE", f"{place}/requested_reviewers", {"reviewers": ["core-dev"]})
    await core.call("DELETE", f"{place}/requested_reviewers", {"reviewers": [], "team_reviewers": ["core"]})
    pending = await core.call("POST", f"{place}/reviews", {"body": "hm"})
    await core.call("DELETE", f"{place}/reviews/{pending['id']}")
    pending = await core.call("POST", f"{place}/reviews", {"body": "hm"})
    await core.call("POST", f"{place}/reviews/{pending['id']}/events", {"event": "REQUEST_CHANGES", "body": "no"})
    await core.get(f"{place}/reviews/{pending['id']}")
    await core.call("PUT", f"{place}/reviews/{pending['id']}", {"body": "no, sorry"})
    await core.call("PUT", f"{place}/reviews/{pending['id']}/dismissals", {"message": "settled"})
    await core.review(REPOSITORY, number, "APPROVE")
    await core.get(f"{place}/reviews")


async def _edit(world: World, number: int) -> None:
    await world.ada.edit_pull(REPOSITORY, number, title="Fix line 1", body="It was too small.")
    for draft in (True, False):
        await world.ada.call("PUT", f"{REPO}/pulls/{number}/draft", {"draft": draft})
    for state in ("closed", "open"):
        await world.ada.edit_pull(REPOSITORY, number, state=state)
    await world.core.label(REPOSITORY, number, "docs")
    await world.core.get(f"{REPO}/pulls?state=open&per_page=100")
    await world.core.unlabel(REPOSITORY, number, "docs")
    await world.ada.push("ada/rabbit", "fix", "More", {"b.txt": "b\n"})


async def _git_data(world: World, number: int) -> None:
    core = world.core
    head = (await core.get(f"{REPO}/pulls/{number}"))["head"]["sha"]
    main = (await core.get(f"{REPO}/git/ref/heads/main"))["object"]["sha"]
    await core.call("POST", f"{REPO}/git/refs", {"ref": "refs/heads/1.2", "sha": main})
    await core.get(f"{REPO}/git/matching-refs/heads/")
    for path in (f"git/commits/{main}", f"git/trees/{main}?recursive=1", "commits?sha=main&path=a.txt", "branches"):
        await core.get(f"{REPO}/{path}")
    for path in (f"commits/{head}", f"commits/{head}/pulls", "compare/main...ada:fix", "branches/main", "forks", ""):
        await core.get(f"{REPO}/{path}".rstrip("/"))
    made = await core.call("PUT", f"{REPO}/contents/docs/x.txt", _file("one\n", branch="1.2"))
    await core.get(f"{REPO}/contents/docs?ref=1.2")
    found = await core.get(f"{REPO}/contents/docs/x.txt?ref=1.2")
    gone = {"message": "Away", "sha": found["sha"], "branch": "1.2"}
    await core.call("DELETE", f"{REPO}/contents/docs/x.txt", gone)
    patch = {"sha": made["commit"]["sha"], "force": True}
    await core.call("PATCH", f"{REPO}/git/refs/heads/1.2", patch)
    await core.call("DELETE", f"{REPO}/git/refs/heads/1.2")
    release = await core.call("POST", f"{REPO}/releases", {"tag_name": "v1", "name": "1", "body": "First."})
    for path in ("", "/latest", "/tags/v1", f"/{release['id']}"):
        await core.get(f"{REPO}/releases{path}")


def _file(content: str, **more: str) -> dict[str, str]:
    return {"message": "Write it", "content": base64.b64encode(content.encode()).decode(), **more}


async def _statuses_and_protection(world: World, number: int) -> None:
    core = world.core
    pull = await core.get(f"{REPO}/pulls/{number}")
    head = pull["head"]["sha"]
    status = {"state": "success", "context": "bedevere/news", "description": "fine", "target_url": "http://x.example/"}
    await core.call("POST", f"{REPO}/statuses/{head}", status)
    await core.call("POST", f"{REPO}/statuses/{pull['base']['sha']}", status)
    await core.get(f"{REPO}/commits/{head}/status")
    await core.get(f"{REPO}/commits/{head}/statuses")
    owner = (await core.get(f"{REPO}/collaborators/core-dev/permission"))["permission"]
    assert owner == "write"
    world.forge.seed({**config(world.hooks.url), "repositories": [_ruled()]})
    rules = {"required_status_checks": {"strict": True, "contexts": ["bedevere/news"]}, "enforce_admins": None}
    rules |= {"required_pull_request_reviews": None, "restrictions": None}
    place = f"{REPO}/branches/main/protection"
    await world.person("bob").call("PUT", place, rules)
    await core.get(place)
    await world.person("bob").call("DELETE", place)


def _ruled() -> dict[str, Any]:
    return {**config("")["repositories"][0], "collaborators": {"bob": "admin"}}


async def _people(world: World) -> None:
    core = world.core
    seed = config(world.hooks.url)
    core_team = {"slug": "core", "members": [{"login": "core-dev", "role": "maintainer"}]}
    world.forge.seed({**seed, "organizations": [{"login": "rabbit", "teams": [core_team]}]})
    for path in ("/user", "/user/emails", "/users/ada", "/orgs/rabbit", "/orgs/rabbit/members", "/orgs/rabbit/teams"):
        await core.get(path)
    await core.get("/orgs/rabbit/members/core-dev")
    await core.call("PUT", "/orgs/rabbit/teams/core/memberships/ada", {"role": "member"})
    team = await core.get("/orgs/rabbit/teams/core")
    for path in ("members", "memberships/ada"):
        await core.get(f"/orgs/rabbit/teams/core/{path}")
        await core.get(f"/teams/{team['id']}/{path}")
    await core.call("DELETE", "/orgs/rabbit/teams/core/memberships/ada")
    await core.call("POST", "/orgs/rabbit/teams", {"name": "Docs team"})
    await core.call("PATCH", "/orgs/rabbit/teams/docs-team", {"name": "Docs"})
    await core.call("DELETE", "/orgs/rabbit/teams/docs-team")


async def _app(world: World) -> None:
    bot = await world.bot()
    for path in ("/installation/repositories", "/rate_limit"):
        await bot.get(path)
    async with world.app() as api:
        jwt = get_jwt(app_id=str(APP), private_key=PRIVATE_PEM)
        for path in ("/app", "/app/installations", f"/app/installations/{INSTALLATION}", f"{REPO}/installation"):
            await api.getitem(path, jwt=jwt)
        listed = await api.getitem("/app/hook/deliveries?per_page=5", jwt=jwt)
        await api.getitem(f"/app/hook/deliveries/{listed[0]['id']}", jwt=jwt)
        await api.post(f"/app/hook/deliveries/{listed[0]['id']}/attempts", data=b"", jwt=jwt)


async def _end(world: World, number: int, issue: int) -> None:
    await world.core.merge(REPOSITORY, number, "squash")
    await world.core.get(f"{REPO}/pulls/{number}/merge")
    await world.core.close(REPOSITORY, issue)
    await world.core.call("PATCH", f"{REPO}/issues/{issue}", {"state": "open"})
    await world.core.label(REPOSITORY, issue, "docs")
    other = await world.ada.open_issue(REPOSITORY, "Twice", "")
    world.forge.remove_issue(REPOSITORY, other)
    world.forge.remove_issue(REPOSITORY, issue, to="ada/rabbit")


# --- the judge itself ---


def line(**over: Any) -> rules.Json:
    """A call that is in order: our own comment."""
    comment = {
        "method": "POST",
        "path": f"{REPO}/issues/1/comments",
        "route": "/repos/{owner}/{repo}/issues/{n}/comments",
    }
    good = {"kind": "call", **comment, "query": [], "agent": "camelot", "sent": {"body": "x"}, "status": 404}
    good |= {"headers": {"content-type": "application/json"}, "answer": {"message": "Not Found"}}
    return {**good, **over}


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({}, ""),
        ({"sent": {"bodi": "x"}}, "'bodi' was unexpected"),
        ({"sent": None}, "a body is needed"),
        ({"query": [("per_page", "5")]}, "no query parameter 'per_page' is foreseen"),
        ({"path": f"{REPO}/issues/one/comments"}, "the path does not fit"),
        ({"status": 418}, "answers 418, but only"),
        ({"status": 201}, "is a required property"),
        ({"status": 404, "answer": "gone"}, "is not of type"),
        ({"route": "/{rest}", "path": f"{REPO}/stargazers", "method": "GET"}, "which the forge lacks"),
        ({"route": "/{rest}", "path": f"{REPO}/starfish", "method": "GET"}, "is no call that GitHub describes"),
    ],
)
def test_what_drifts_is_named(over: dict[str, Any], said: str) -> None:
    found = rules.judge([line(**over)])
    assert said in "\n".join(found) if said else found == []


def test_a_webhook_that_lacks_a_field_or_has_one_too_many_or_no_name_is_found() -> None:
    headers = dict.fromkeys(("User-Agent", "X-GitHub-Event", "X-GitHub-Delivery", "X-GitHub-Hook-ID"), "x")
    hook = {"kind": "hook", "event": "ping", "headers": headers, "payload": {"zen": "x", "hook_id": "1", "extra": 1}}
    said = "\n".join(rules.judge([hook, {**hook, "event": "pong"}]))
    for wanted in (
        "x-hub-signature-256 is missing",
        ".hook_id: ",
        "'extra' was unexpected",
        "describes none",
    ):
        assert wanted in said


def test_what_may_be_null_may_and_what_may_not_may_not() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "nullable": True}, "b": {"type": "string"}}}
    assert rules.contract().faults(schema, {"a": None}) == []
    assert rules.contract().faults(schema, {"b": None}) != []
