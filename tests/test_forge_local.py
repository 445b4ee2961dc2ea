"""The local forge, through its own doors: HTTP, real git, and webhooks that arrive somewhere."""

from __future__ import annotations

import asyncio
import base64
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from gidgethub import HTTPException
from gidgethub.apps import get_jwt

from forge.local.person import Person, Refusal
from tests.forge_world import APP, INSTALLATION, PRIVATE_PEM, REPOSITORY, World, a_world

ROOT = Path(__file__).parents[1]


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path / "forge") as made:
        yield made


async def refused(call: Any) -> int:
    with pytest.raises(Refusal) as refusal:
        await call
    return refusal.value.status


async def tree(world: World, ref: str) -> str:
    found = await world.core.get(f"/repos/{REPOSITORY}/commits/{ref}")
    return str(found["commit"]["tree"]["sha"])


async def content(world: World, path: str, ref: str = "main") -> bytes:
    found = await world.core.get(f"/repos/{REPOSITORY}/contents/{path}?ref={ref}")
    return base64.b64decode(found["content"])


async def test_a_pull_request_from_a_fork_reaches_the_app_as_a_signed_webhook(world: World) -> None:
    await world.begin()
    number = await world.fix()
    opened = await world.hooks.event("pull_request.opened")
    assert opened.signed
    assert opened.headers["User-Agent"].startswith("GitHub-Hookshot/")
    pull = opened.payload["pull_request"]
    assert (pull["number"], pull["title"], pull["user"]["login"]) == (number, "Fix the first line", "ada")
    assert (pull["head"]["label"], pull["base"]["label"]) == ("ada:fix", "rabbit:main")
    assert (pull["commits"], pull["additions"], pull["deletions"], pull["changed_files"]) == (1, 1, 1, 1)
    assert (pull["mergeable"], pull["draft"], pull["author_association"]) == (True, False, "NONE")
    assert opened.payload["installation"]["id"] == INSTALLATION
    assert opened.payload["organization"]["login"] == "rabbit"
    assert opened.payload["sender"] == {**pull["user"]}
    assert world.hooks.received[0].name == "ping"


async def test_pushing_to_the_branch_of_a_pull_request_is_a_synchronize_with_new_refs(world: World) -> None:
    await world.begin()
    number = await world.fix()
    before = (await world.ada.get(f"/repos/{REPOSITORY}/pulls/{number}"))["head"]["sha"]
    after = await world.ada.push("ada/rabbit", "fix", "More", {"b.txt": "new\n"})
    told = await world.hooks.event("pull_request.synchronize")
    assert (told.payload["before"], told.payload["after"]) == (before, after)
    pull = await world.ada.get(f"/repos/{REPOSITORY}/pulls/{number}")
    assert (pull["head"]["sha"], pull["commits"], pull["changed_files"]) == (after, 2, 2)
    refs = await world.ada.git(world.data, "ls-remote", f"{world.forge.url}/{REPOSITORY}.git", "refs/pull/*")
    merge = pull["merge_commit_sha"]
    assert refs.splitlines() == [f"{after}\trefs/pull/{number}/head", f"{merge}\trefs/pull/{number}/merge"]


async def test_a_push_tells_each_commit_with_its_files_and_people(world: World) -> None:
    first = await world.begin()
    second = await world.core.push(
        REPOSITORY, "main", "Change\n\nand why", {"a.txt": None, "README.md": "#\n", "n/x": ""}
    )
    pushes = await world.hooks.until(lambda every: [r.payload for r in every if r.name == "push"][1:])
    (told,) = pushes
    assert (told["ref"], told["before"], told["after"]) == ("refs/heads/main", first, second)
    assert (told["created"], told["deleted"], told["forced"]) == (False, False, False)
    (commit,) = told["commits"]
    assert (commit["added"], commit["removed"], commit["modified"]) == (["n/x"], ["a.txt"], ["README.md"])
    assert commit["author"]["username"] == "core-dev"
    assert commit["message"] == "Change\n\nand why"
    assert told["head_commit"] == commit
    assert told["pusher"]["name"] == "core-dev"
    created = next(r.payload for r in world.hooks.received if r.name == "create")
    assert (created["ref"], created["ref_type"], created["master_branch"]) == ("main", "branch", "main")


async def test_a_squash_is_one_commit_by_the_author_with_title_number_and_description(world: World) -> None:
    first = await world.begin()
    number = await world.fix()
    await world.person("bob").comment(REPOSITORY, number, "me too")
    head_tree = await tree(world, f"pull/{number}/head")
    sha = await world.core.merge(REPOSITORY, number, "squash", sha=await _head(world, number))
    made = await world.core.get(f"/repos/{REPOSITORY}/commits/main")
    assert made["sha"] == sha
    assert made["commit"]["message"] == f"Fix the first line (#{number})\n\nIt was small."
    assert (made["author"]["login"], made["committer"]["login"]) == ("ada", "web-flow")
    assert [parent["sha"] for parent in made["parents"]] == [first]
    assert made["commit"]["tree"]["sha"] == head_tree
    closed = (await world.hooks.event("pull_request.closed")).payload["pull_request"]
    assert (closed["merged"], closed["merge_commit_sha"], closed["merged_by"]["login"]) == (True, sha, "core-dev")
    found = await world.core.get(f"/repos/{REPOSITORY}/commits/{sha}/pulls")
    assert [pull["number"] for pull in found] == [number]


async def _head(world: World, number: int) -> str:
    return str((await world.core.get(f"/repos/{REPOSITORY}/pulls/{number}"))["head"]["sha"])


async def test_a_merge_commit_keeps_both_parents_and_both_sides(world: World) -> None:
    await world.begin()
    number = await world.fix()
    main = await world.core.push(REPOSITORY, "main", "Meanwhile", {"a.txt": "one\ntwo\nTHREE\n"})
    head = await _head(world, number)
    await world.core.merge(REPOSITORY, number, "merge")
    made = await world.core.get(f"/repos/{REPOSITORY}/commits/main")
    assert [parent["sha"] for parent in made["parents"]] == [main, head]
    assert made["commit"]["message"].startswith(f"Merge pull request #{number} from ada/fix\n\n")
    assert await content(world, "a.txt") == b"ONE\ntwo\nTHREE\n"


async def test_a_rebase_puts_each_commit_on_top_of_the_base(world: World) -> None:
    await world.begin()
    number = await world.fix()
    await world.ada.push("ada/rabbit", "fix", "Second step", {"b.txt": "b\n"})
    main = await world.core.push(REPOSITORY, "main", "Meanwhile", {"a.txt": "one\ntwo\nTHREE\n"})
    await world.core.merge(REPOSITORY, number, "rebase")
    commits = await world.core.get(f"/repos/{REPOSITORY}/commits?per_page=3")
    assert [c["commit"]["message"] for c in commits] == ["Second step", "Fix it", "Meanwhile"]
    assert commits[2]["sha"] == main
    assert {c["author"]["login"] for c in commits[:2]} == {"ada"}
    assert await content(world, "a.txt") == b"ONE\ntwo\nTHREE\n"


async def test_what_cannot_be_merged_is_405_and_a_moved_head_is_409(world: World) -> None:
    await world.begin()
    number = await world.fix()
    assert await refused(world.core.merge(REPOSITORY, number, sha="0" * 40)) == 409
    await world.core.push(REPOSITORY, "main", "Conflict", {"a.txt": "uno\ntwo\nthree\n"})
    assert (await world.core.get(f"/repos/{REPOSITORY}/pulls/{number}"))["mergeable"] is False
    assert await refused(world.core.merge(REPOSITORY, number)) == 405
    assert await refused(world.ada.merge(REPOSITORY, number)) == 403
    await world.ada.close(REPOSITORY, number)
    assert await refused(world.core.merge(REPOSITORY, number)) == 405


async def test_a_protected_branch_waits_for_its_statuses_and_refuses_to_be_rewritten(world: World) -> None:
    await world.begin()
    world.forge.seed({"repositories": [{"full_name": REPOSITORY, "protected": {"main": ["ci"]}}]})
    number = await world.fix()
    assert await refused(world.core.merge(REPOSITORY, number)) == 405
    bot = await world.bot()
    status = {"state": "success", "context": "ci", "description": "fine"}
    await bot.call("POST", f"/repos/{REPOSITORY}/statuses/{await _head(world, number)}", status)
    told = await world.hooks.event("status")
    assert (told.payload["context"], told.payload["state"]) == ("ci", "success")
    assert (told.payload["sender"]["login"], told.payload["sender"]["type"]) == ("camelot[bot]", "Bot")
    await world.core.merge(REPOSITORY, number)
    clone = world.data / "clone"
    await world.core.git(world.data, "clone", "--quiet", f"{world.forge.url}/{REPOSITORY}.git", str(clone))
    await world.core.git(clone, "reset", "--quiet", "--hard", "HEAD~1")
    with pytest.raises(Refusal, match="protected"):
        await world.core.git(clone, "push", "--force", "origin", "main")
    with pytest.raises(Refusal, match="protected"):
        await world.core.git(clone, "push", "origin", ":main")


async def test_labels_go_on_and_off_and_each_is_told_with_its_name(world: World) -> None:
    await world.begin()
    number = await world.fix()
    assert await refused(world.ada.label(REPOSITORY, number, "docs")) == 403
    await world.core.label(REPOSITORY, number, "docs", "needs backport to 1.2")
    await world.core.label(REPOSITORY, number, "docs")  # already there: no event
    await world.core.unlabel(REPOSITORY, number, "needs backport to 1.2")
    told = await world.hooks.event("pull_request.unlabeled")
    assert told.payload["label"]["name"] == "needs backport to 1.2"
    names = [r.payload["label"]["name"] for r in world.hooks.received if r.name == "pull_request.labeled"]
    assert names == ["docs", "needs backport to 1.2"]
    assert await world.core.labels(REPOSITORY, number) == {"docs"}
    assert await refused(world.core.unlabel(REPOSITORY, number, "docs2")) == 404


async def test_reviews_are_told_kept_in_order_and_can_be_dismissed(world: World) -> None:
    await world.begin()
    number = await world.fix()
    assert await refused(world.ada.review(REPOSITORY, number, "APPROVE")) == 422
    await world.core.review(REPOSITORY, number, "REQUEST_CHANGES", "please explain")
    told = (await world.hooks.event("pull_request_review.submitted")).payload
    assert (told["review"]["state"], told["review"]["user"]["login"]) == ("changes_requested", "core-dev")
    asked = f"/repos/{REPOSITORY}/pulls/{number}/requested_reviewers"
    await world.ada.call("POST", asked, {"reviewers": ["core-dev"]})
    requested = await world.hooks.event("pull_request.review_requested")
    assert requested.payload["requested_reviewer"]["login"] == "core-dev"
    assert await refused(world.core.call("POST", asked, {"reviewers": ["ada"]})) == 422
    approval = await world.core.review(REPOSITORY, number, "APPROVE")
    reviews = f"/repos/{REPOSITORY}/pulls/{number}/reviews"
    assert (await world.ada.get(asked))["users"] == []
    await world.core.call("PUT", f"{reviews}/{approval}/dismissals", {"message": "a mistake"})
    await world.hooks.event("pull_request_review.dismissed")
    assert [r["state"] for r in await world.ada.get(reviews)] == ["CHANGES_REQUESTED", "DISMISSED"]


async def test_comments_are_created_edited_and_deleted_with_an_event_each(world: World) -> None:
    await world.begin()
    number = await world.fix()
    bot = await world.bot()
    comment = await bot.comment(REPOSITORY, number, "hello")
    path = f"/repos/{REPOSITORY}/issues/comments/{comment}"
    assert await refused(world.ada.call("PATCH", path, {"body": "mine"})) == 403
    await bot.call("PATCH", path, {"body": "hello again"})
    edited = await world.hooks.event("issue_comment.edited")
    assert edited.payload["changes"] == {"body": {"from": "hello"}}
    assert edited.payload["issue"]["pull_request"]["url"].endswith(f"/pulls/{number}")
    await bot.call("DELETE", path)
    await world.hooks.event("issue_comment.deleted")
    assert await world.ada.get(f"/repos/{REPOSITORY}/issues/{number}/comments") == []


async def test_an_app_gets_its_token_from_a_jwt_and_a_forged_one_is_refused(world: World) -> None:
    token = await world.app_token()
    async with world.app() as api:
        found = await api.getitem("/installation/repositories", oauth_token=token)
        assert [repo["full_name"] for repo in found["repositories"]] == [REPOSITORY]
        key = get_jwt(app_id=str(APP), private_key=PRIVATE_PEM)
        assert (await api.getitem("/app", jwt=key))["slug"] == "camelot"
        installation = await api.getitem(f"/repos/{REPOSITORY}/installation", jwt=key)
        assert installation["id"] == INSTALLATION
        head, claims, signature = key.split(".")
        with pytest.raises(HTTPException) as refusal:
            await api.getitem("/app", jwt=f"{head}.{claims}.{signature[:-8]}AAAAAAAA")
        assert refusal.value.status_code == 401
    wrong = await world.bot()
    stranger = type(wrong)(world.forge.url, "x", "ghs_wrong")
    assert await refused(stranger.get(f"/repos/{REPOSITORY}")) == 401


async def test_a_failed_delivery_stays_failed_until_asked_for_and_keeps_its_guid(world: World) -> None:
    world.hooks.answer = 500
    await world.begin()
    first = await world.hooks.event("push")
    async with world.app() as api:
        key = get_jwt(app_id=str(APP), private_key=PRIVATE_PEM)
        listed = await _failed(api, key, first.guid)
        assert (listed["status_code"], listed["redelivery"]) == (500, False)
        world.hooks.answer = 202
        await api.post(f"/app/hook/deliveries/{listed['id']}/attempts", data={}, jwt=key)
        again = await world.hooks.until(lambda every: [r for r in every if r.guid == first.guid][1:])
        assert again[0].payload == first.payload
        assert again[0].signed


async def _failed(api: Any, key: str, guid: str) -> dict[str, Any]:
    """The listed attempt; it is written down just after the answer that we gave."""
    async with asyncio.timeout(10):
        while True:
            for row in await api.getitem("/app/hook/deliveries", jwt=key):
                if row["guid"] == guid:
                    found: dict[str, Any] = row
                    return found


@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("502", 502), ("403-rate", 403), ("403-secondary", 403)])
async def test_a_fault_strikes_the_call_that_was_ordered_and_only_that(world: World, kind: str, status: int) -> None:
    mark, _ = world.forge.calls()
    world.forge.fault(r"GET ^/repos/rabbit/rabbit$", kind, nth=2)
    await world.core.get(f"/repos/{REPOSITORY}")
    assert await refused(world.core.get(f"/repos/{REPOSITORY}")) == status
    await world.core.get(f"/repos/{REPOSITORY}")
    _, calls = world.forge.calls(mark)
    assert [(c["status"], c["fault"]) for c in calls] == [(200, None), (status, kind), (200, None)]


async def test_a_connection_is_cut_before_or_after_the_write(world: World) -> None:
    await world.begin()
    number = await world.fix()
    comments = f"/repos/{REPOSITORY}/issues/{number}/comments"
    for kind, kept in (("drop-before", 0), ("drop-after", 1)):
        world.forge.fault("POST /comments$", kind)
        with pytest.raises(aiohttp.ClientError):
            await world.ada.comment(REPOSITORY, number, "once")
        assert len(await world.ada.get(comments)) == kept


async def test_an_answer_that_has_not_changed_is_304_and_long_lists_come_in_pages(world: World) -> None:
    for name in ("x1", "x2", "x3"):
        await world.core.call("POST", f"/repos/{REPOSITORY}/labels", {"name": name})
    url = f"{world.forge.api}/repos/{REPOSITORY}/labels"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            tag, left = answer.headers["ETag"], int(answer.headers["X-RateLimit-Remaining"])
        async with session.get(url, headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
            assert int(answer.headers["X-RateLimit-Remaining"]) == left
    async with world.app() as api:
        names = [label["name"] async for label in api.getiter(f"/repos/{REPOSITORY}/labels?per_page=1")]
    assert names == ["docs", "x1", "x2", "x3"]


@pytest.mark.parametrize("crash", [False, True])
async def test_a_restart_keeps_everything(world: World, crash: bool) -> None:
    await world.begin()
    number = await world.fix()
    comment = await world.core.comment(REPOSITORY, number, "kept?")
    pull = await world.ada.get(f"/repos/{REPOSITORY}/pulls/{number}")
    world.restart(crash)
    assert await world.ada.get(f"/repos/{REPOSITORY}/pulls/{number}") == pull
    assert (await world.ada.get(f"/repos/{REPOSITORY}/issues/comments/{comment}"))["body"] == "kept?"


async def test_a_push_that_a_crash_kept_from_being_told_is_told_at_the_next_start(world: World) -> None:
    await world.begin()
    number = await world.fix()
    world.forge.kill()
    # What a crash between git's work and ours leaves: the ref has moved, and nobody was told.
    fork = world.data / "repos" / "ada" / "rabbit.git"
    message = ("commit-tree", "refs/heads/fix^{tree}", "-p", "refs/heads/fix", "-m", "Pushed and not told")
    sha = await world.ada.git(fork, *message)
    await world.ada.git(fork, "update-ref", "refs/heads/fix", sha)
    world.restart()
    told = await world.hooks.event("pull_request.synchronize")
    assert (told.payload["number"], told.payload["after"]) == (number, sha)


async def test_a_fork_has_a_name_that_an_address_can_hold(world: World) -> None:
    await world.begin()
    forks = f"/repos/{REPOSITORY}/forks"
    made = await world.ada.call("POST", forks, {"name": "My own rabbit\u00e9"})
    assert made["full_name"] == "ada/My-own-rabbit-"
    assert made["html_url"].endswith("/ada/My-own-rabbit-")
    assert await refused(world.ada.call("POST", forks, {"name": ".."})) == 422


async def test_contents_and_refs_are_written_without_a_clone(world: World) -> None:
    first = await world.begin()
    bot = await world.bot()
    refs = f"/repos/{REPOSITORY}/git/refs"
    await bot.call("POST", refs, {"ref": "refs/heads/1.2", "sha": first})
    assert await refused(bot.call("POST", refs, {"ref": "refs/heads/1.2", "sha": first})) == 422
    wanted = {"message": "Add news", "content": "bmV3cwo=", "branch": "1.2"}
    made = await bot.call("PUT", f"/repos/{REPOSITORY}/contents/Misc/x.rst", wanted)
    assert await content(world, "Misc/x.rst", "1.2") == b"news\n"
    assert await refused(bot.call("PUT", f"/repos/{REPOSITORY}/contents/Misc/x.rst", wanted)) == 422
    for broken in ("bmV3cw", ":\u00b8"):  # cut off; no letters of Base64 at all
        new = wanted | {"content": broken}
        assert await refused(bot.call("PUT", f"/repos/{REPOSITORY}/contents/Misc/y.rst", new)) == 422
    span = await bot.get(f"/repos/{REPOSITORY}/compare/main...1.2")
    assert (span["status"], span["ahead_by"], span["files"][0]["filename"]) == ("ahead", 1, "Misc/x.rst")
    assert span["commits"][0]["sha"] == made["commit"]["sha"]
    await bot.call("DELETE", f"{refs}/heads/1.2")
    deleted = await world.hooks.event("delete")
    assert (deleted.payload["ref"], deleted.payload["ref_type"]) == ("1.2", "branch")


async def test_teams_say_who_is_in_and_404_who_is_not(world: World) -> None:
    bot = await world.bot()
    assert [team["slug"] for team in await bot.get("/orgs/rabbit/teams")] == ["core"]
    assert (await bot.get("/orgs/rabbit/teams/core/memberships/core-dev"))["state"] == "active"
    assert await refused(bot.get("/orgs/rabbit/teams/core/memberships/ada")) == 404
    right = await bot.get(f"/repos/{REPOSITORY}/collaborators/core-dev/permission")
    assert (right["permission"], right["role_name"]) == ("write", "maintain")
    assert [mail["email"] for mail in await world.ada.get("/user/emails")] == ["ada@example.org"]
    assert await refused(bot.get("/user")) == 403


async def test_a_stranger_may_read_but_not_push(world: World) -> None:
    await world.begin()
    with pytest.raises(Refusal, match="denied to ada"):
        await world.ada.push(REPOSITORY, "main", "Mine now", {"a.txt": ""})
    nobody = type(world.ada)(world.forge.url, "nobody", "wrong")
    with pytest.raises(Refusal):
        await nobody.push(REPOSITORY, "main", "Mine now", {"a.txt": ""})
    clone = subprocess.run(  # noqa: ASYNC221  (git clones while nothing else goes on)
        ["git", "clone", "--quiet", f"{world.forge.url}/{REPOSITORY}.git", str(world.data / "clone")], check=False
    )
    assert clone.returncode == 0


async def test_pages_show_what_people_said_without_letting_it_act(world: World) -> None:
    await world.begin()
    number = await world.fix()
    said = "<!-- hidden --><script>alert(1)</script> **loud** [x](javascript:alert(1))\n\n|a|b|\n|-|-|\n|1|2|"
    await world.core.comment(REPOSITORY, number, said)
    sha = await _head(world, number)
    status = {"state": "failure", "context": "ci"}
    await world.core.call("POST", f"/repos/{REPOSITORY}/statuses/{sha}", status)
    base = f"{world.forge.url}/{REPOSITORY}"
    async with aiohttp.ClientSession() as session:
        for path in ("", "/pulls", "/issues", "/commits/main", f"/commit/{sha}", "/settings/hooks"):
            async with session.get(base + path) as answer:
                assert answer.status == 200, path
        async with session.get(f"{base}/pull/{number}") as answer:
            page = await answer.text()
        async with session.get(f"{base}/pull/{number}.diff") as answer:
            assert "+ONE\n" in await answer.text()
        async with session.get(f"{base}/raw/main/a.txt") as answer:
            assert (answer.content_type, await answer.text()) == ("text/plain", "one\ntwo\nthree\n")
        async with session.get(f"{base}/pull/99") as answer:
            assert answer.status == 404
    assert "<script>" not in page
    assert "hidden" not in page
    assert 'href="javascript:' not in page
    assert "<strong>loud</strong>" in page
    assert "<td>1</td>" in page
    assert "✗ failure" in page


def test_a_port_in_use_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "forge.local", "--port", port, "--data", str(tmp_path)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"127.0.0.1:{port} cannot be used" in ended.stderr


def test_an_unknown_key_in_the_seed_is_named(tmp_path: Path) -> None:
    seed = tmp_path / "seed.toml"
    seed.write_text('[[users]]\nlogin = "ada"\ntokn = "x"\n', encoding="utf-8")
    command = [sys.executable, "-m", "forge.local", "--config", str(seed), "--data", str(tmp_path / "forge")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "users.0.tokn" in ended.stderr
    assert not (tmp_path / "forge").exists()


async def test_a_commit_whose_address_nobody_has_is_linked_to_nobody(world: World) -> None:
    await world.begin()
    stranger = Person(world.forge.url, "core-dev", "token-core-dev", "nobody@example.net", "Nobody")
    sha = await stranger.push(REPOSITORY, "main", "Who was it", {"b.txt": "b\n"})
    found = await world.core.get(f"/repos/{REPOSITORY}/commits/{sha}")
    assert (found["author"], found["committer"]) == (None, None)
    assert found["commit"]["author"]["email"] == "nobody@example.net"


async def test_a_body_that_is_not_json_or_lacks_a_field_is_answered_as_github_does(world: World) -> None:
    headers = {"Authorization": "Bearer token-ada"}
    url = f"{world.forge.api}/repos/{REPOSITORY}/issues"
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(url, data=b"{") as answer:
            assert (answer.status, (await answer.json())["message"]) == (400, "Problems parsing JSON")
        async with session.post(url, json={}) as answer:
            assert answer.status == 422
            problem = {"resource": "Issue", "field": "title", "code": "missing_field"}
            assert (await answer.json())["errors"] == [problem]
        async with session.get(f"{world.forge.api}/nowhere") as answer:
            assert (answer.status, (await answer.json())["message"]) == (404, "Not Found")
    async with aiohttp.ClientSession() as session, session.post(url, json={"title": "x"}) as answer:
        assert answer.status == 401
