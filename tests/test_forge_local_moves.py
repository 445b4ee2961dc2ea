"""What follows when branches move: pull requests that close, merge, retarget; what labels and issues do then."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from forge.local.person import Refusal
from tests.forge_world import REPOSITORY, World, a_world

PATCH = """\
diff --git a/a.txt b/a.txt
--- a/a.txt
+++ b/a.txt
@@ -1,3 +1,3 @@
-one
+ONE
 two
 three
"""


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path / "forge") as made:
        yield made


async def test_a_pull_request_whose_commits_are_pushed_to_the_base_counts_as_merged(world: World) -> None:
    await world.begin()
    number = await world.fix()
    clone = world.data / "clone"
    await world.core.git(world.data, "clone", "--quiet", f"{world.forge.url}/{REPOSITORY}.git", str(clone))
    await world.core.git(clone, "pull", "--quiet", "--ff-only", "origin", f"refs/pull/{number}/head")
    await world.core.git(clone, "push", "--quiet", "origin", "main")
    closed = await world.hooks.event("pull_request.closed")
    pull = closed.payload["pull_request"]
    assert (pull["merged"], pull["merged_by"]["login"]) == (True, "core-dev")
    assert pull["merge_commit_sha"] == pull["head"]["sha"]


async def test_deleting_the_head_branch_closes_and_a_closed_one_can_be_opened_again(world: World) -> None:
    await world.begin()
    number = await world.fix()
    head = (await world.pull(number))["head"]["sha"]
    fork = "/repos/ada/rabbit/git/refs"
    await world.ada.call("DELETE", f"{fork}/heads/fix")
    assert ((await world.pull(number))["state"], (await world.pull(number))["merged"]) == ("closed", False)
    path = f"/repos/{REPOSITORY}/issues/{number}"
    with pytest.raises(Refusal, match="422"):
        await world.ada.call("PATCH", path, {"state": "open"})
    await world.ada.call("POST", fork, {"ref": "refs/heads/fix", "sha": head})
    await world.ada.call("PATCH", path, {"state": "open"})
    await world.hooks.event("pull_request.reopened")
    assert (await world.pull(number))["mergeable"] is True
    await world.core.merge(REPOSITORY, number)
    with pytest.raises(Refusal, match="was merged"):
        await world.ada.call("PATCH", f"/repos/{REPOSITORY}/pulls/{number}", {"state": "open"})


async def test_title_body_base_and_draft_each_tell_what_changed(world: World) -> None:
    first = await world.begin()
    number = await world.fix()
    await world.core.call("POST", f"/repos/{REPOSITORY}/git/refs", {"ref": "refs/heads/1.2", "sha": first})
    await world.ada.edit_pull(REPOSITORY, number, title="gh-7: Fix", body="It was small.")
    told = await world.hooks.event("pull_request.edited")
    assert told.payload["changes"] == {"title": {"from": "Fix the first line"}}
    mark = len(world.hooks.received)
    await world.core.edit_pull(REPOSITORY, number, base="1.2")
    told = await world.hooks.event("pull_request.edited", after=mark)
    assert told.payload["changes"]["base"]["ref"] == {"from": "main"}
    assert told.payload["pull_request"]["base"]["ref"] == "1.2"
    await world.ada.call("PUT", f"/repos/{REPOSITORY}/pulls/{number}/draft", {"draft": True})
    await world.hooks.event("pull_request.converted_to_draft")
    with pytest.raises(Refusal, match="405"):
        await world.core.merge(REPOSITORY, number)
    await world.ada.call("PUT", f"/repos/{REPOSITORY}/pulls/{number}/draft", {"draft": False})
    await world.hooks.event("pull_request.ready_for_review")
    with pytest.raises(Refusal, match="403"):
        await world.person("bob").edit_pull(REPOSITORY, number, title="mine")


async def test_the_same_branch_twice_and_a_branch_without_news_open_nothing(world: World) -> None:
    await world.begin()
    await world.fix()
    with pytest.raises(Refusal, match="A pull request already exists for ada:fix"):
        await world.ada.open_pull(REPOSITORY, "ada:fix", "Again")
    with pytest.raises(Refusal, match="No commits between main and main"):
        await world.ada.open_pull(REPOSITORY, "ada:main", "Nothing")
    with pytest.raises(Refusal, match="422"):
        await world.ada.open_pull(REPOSITORY, "ada:missing", "Nothing")


async def test_merging_what_fixes_an_issue_closes_the_issue(world: World) -> None:
    await world.begin()
    issue = await world.ada.open_issue(REPOSITORY, "A bug")
    number = await world.fix()
    assert number == issue + 1
    await world.ada.edit_pull(REPOSITORY, number, body=f"Fixes #{issue}.")
    await world.core.merge(REPOSITORY, number)
    await world.hooks.event("issues.closed")
    assert (await world.ada.get(f"/repos/{REPOSITORY}/issues/{issue}"))["state"] == "closed"


async def test_a_deleted_label_leaves_every_pull_request_without_saying_which(world: World) -> None:
    await world.begin()
    number = await world.fix()
    await world.core.label(REPOSITORY, number, "docs")
    await world.core.call("DELETE", f"/repos/{REPOSITORY}/labels/docs")
    deleted, unlabeled = await world.hooks.event("label.deleted"), await world.hooks.event("pull_request.unlabeled")
    assert deleted.payload["label"]["name"] == "docs"
    assert "label" not in unlabeled.payload
    assert await world.core.labels(REPOSITORY, number) == set()


async def test_webhooks_arrive_in_the_order_of_what_happened(world: World) -> None:
    await world.begin()
    number = await world.fix()
    for name in ("x1", "x2", "x3"):
        await world.core.label(REPOSITORY, number, name)
    await world.core.merge(REPOSITORY, number)
    await world.hooks.event("pull_request.closed")
    labelled = ["label.created", "pull_request.labeled"] * 3
    wanted = ["ping", "create", "push", "fork", "pull_request.opened", *labelled]
    assert world.hooks.names() == [*wanted, "push", "pull_request.closed"]


async def test_a_branch_of_an_old_fork_begins_at_its_parents_newest_commit(world: World) -> None:
    await world.begin()
    fork = await world.ada.fork(REPOSITORY)
    main = await world.core.push(REPOSITORY, "main", "Meanwhile", {"new.txt": "x\n"})
    await world.ada.push(fork, "patched", "Shout", patch=PATCH, upstream=REPOSITORY)
    number = await world.ada.open_pull(REPOSITORY, "ada:patched", "Shout louder")
    commits = await world.ada.get(f"/repos/{REPOSITORY}/pulls/{number}/commits")
    assert [commit["parents"][0]["sha"] for commit in commits] == [main]
    assert commits[0]["author"]["login"] == "ada"


async def test_reverting_a_squash_gives_the_tree_from_before(world: World) -> None:
    first = await world.begin()
    merged = await world.core.merge(REPOSITORY, await world.fix())
    await world.core.push(REPOSITORY, "undo", "Undo", revert=merged)
    await world.core.merge(REPOSITORY, await world.core.open_pull(REPOSITORY, "undo", "Undo"))
    before = await world.core.get(f"/repos/{REPOSITORY}/commits/{first}")
    after = await world.core.get(f"/repos/{REPOSITORY}/commits/main")
    assert after["commit"]["tree"]["sha"] == before["commit"]["tree"]["sha"]


async def test_a_push_larger_than_gits_buffer_arrives_whole(world: World) -> None:
    await world.begin()
    noise = os.urandom(3_000_000)  # does not compress: git sends it in chunks of unknown length
    await world.core.push(REPOSITORY, "main", "A large file", {"large.bin": noise})
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{world.forge.url}/{REPOSITORY}/raw/main/large.bin") as answer,
    ):
        assert await answer.read() == noise


async def test_a_fetch_with_so_much_to_say_that_git_compresses_it_works(world: World) -> None:
    await world.begin()
    clone = world.data / "clone"
    await world.ada.git(world.data, "clone", "--quiet", f"{world.forge.url}/{REPOSITORY}.git", str(clone))
    for number in range(60):  # commits that the forge does not know: several rounds of "have", over a kilobyte each
        await world.ada.git(clone, "commit", "--quiet", "--allow-empty", "--message", f"mine {number}")
    after = await world.core.push(REPOSITORY, "main", "Theirs", {"b.txt": "b\n"})
    await world.ada.git(clone, "fetch", "--quiet", "origin")
    assert await world.ada.git(clone, "rev-parse", "origin/main") == after


async def test_a_merge_that_a_crash_cut_short_is_finished_by_the_next_start(world: World) -> None:
    await world.begin()
    number = await world.fix()
    merge = (await world.pull(number))["merge_commit_sha"]
    world.forge.kill()
    # What a crash in the middle leaves: the intention is stored, the branch has moved, nobody was told.
    with sqlite3.connect(world.data / "forge.db") as memory:
        memory.execute("UPDATE pulls SET intent_sha = ?, intent_by_id = 1003", (merge,))
    memory.close()
    git = world.data / "repos" / "rabbit" / "rabbit.git"
    await world.core.git(git, "update-ref", "refs/heads/main", merge)
    world.restart()
    closed = (await world.hooks.event("pull_request.closed")).payload["pull_request"]
    assert (closed["merged"], closed["merge_commit_sha"], closed["merged_by"]["login"]) == (True, merge, "core-dev")
    assert world.hooks.names().count("push") == 2


async def test_a_tag_is_told_as_a_tag_and_a_release_makes_its_own(world: World) -> None:
    await world.begin()
    wanted = {"tag_name": "v1", "name": "One", "body": "First"}
    made = await world.core.call("POST", f"/repos/{REPOSITORY}/releases", wanted)
    created = await world.hooks.until(lambda every: [r.payload for r in every if r.name == "create"][1:])
    assert (created[0]["ref"], created[0]["ref_type"]) == ("v1", "tag")
    assert (await world.hooks.event("release.published")).payload["release"]["id"] == made["id"]
    with pytest.raises(Refusal, match="already_exists"):
        await world.core.call("POST", f"/repos/{REPOSITORY}/releases", wanted)
