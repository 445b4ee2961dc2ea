"""Backports and breakages among real processes: from a label or a red build to what people see, and no further."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.hands import Hands
from core import database, records, results, settings
from core.results import Build
from core.store import MOST_ATTEMPTS, PendingEffect, Store, now
from forge.effects import Backport, dump
from forge.errors import GitHubError
from forge.github import connect
from tests.backport_facts import LEAK, build, verdict
from tests.bots_world import REPOSITORY, World, environment, running_forge, world

MAIN = "/repos/rabbit/rabbit"


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        core = made.person("core-dev")
        for branch in ("1.0", "1.1", "1.2"):
            await core.push(REPOSITORY, branch, f"Begin {branch}", {"VERSION": f"{branch}\n"})
        yield made


def wants(*branches: str) -> tuple[str, ...]:
    return tuple(f"needs backport to {branch}" for branch in branches)


async def merged(there: World, *labels: str, **about: str) -> tuple[int, str]:
    """A pull request of ada, labelled and merged; its number and the commit that the merge made."""
    number, core = await there.open_pull(**about), there.person("core-dev")
    if labels:
        await core.label(REPOSITORY, number, *labels)
    sha = await core.merge(REPOSITORY, number)
    await there.settled()
    return number, sha


async def onto(there: World, branch: str) -> list[dict[str, Any]]:
    pulls = await there.person("core-dev").get(f"{MAIN}/pulls?state=all&base={branch}&per_page=100")
    return list(pulls)


async def table(there: World, number: int) -> dict[str, list[str]]:
    """The one comment about backports, as branch -> cells."""
    (told,) = [body for body in await there.comments(number) if "camelot:backports" in body]
    rows = [line.strip("| ").split(" | ") for line in told.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows if row[0] != "Branch"}


@pytest.mark.row("BP-1", "BP-2", "BP-3", "BP-4", "BP-13")
async def test_each_branch_that_was_asked_for_has_its_row_and_only_one_that_takes_fixes_its_pull_request(
    there: World,
) -> None:
    number, sha = await merged(there, *wants("1.2", "1.1", "1.0", "9.9"), "type-bug")
    (made,) = await onto(there, "1.2")
    assert made["title"] == f"[1.2] gh-1: Close the file (GH-{number})"
    assert made["head"]["ref"] == f"backport-{sha[:7]}-1.2"
    assert f"(cherry picked from commit {sha})" in made["body"]
    assert {label["name"] for label in made["labels"]} >= {"type-bug"}
    assert (await there.statuses(made["number"]))[there.settings.contexts.maintenance_branch] == "success"
    assert [await onto(there, other) for other in ("1.1", "1.0")] == [[], []]

    rows = await table(there, number)
    assert list(rows) == ["9.9", "1.2", "1.1", "1.0"]
    assert rows["1.2"] == ["opened", f"#{made['number']}"]
    assert "end of life" in rows["1.0"][1]
    assert "only security fixes" in rows["1.1"][1] and "no branch 9.9" in rows["9.9"][1]
    assert not {label for label in await there.labels(number) if label.startswith("needs backport")}

    await there.person("core-dev").merge(REPOSITORY, made["number"])
    await there.settled()
    assert (await table(there, number))["1.2"] == ["merged", f"#{made['number']}"]


async def test_the_backport_is_its_authors_work_and_our_commit(there: World) -> None:
    _, sha = await merged(there, *wants("1.2"))
    (made,) = await onto(there, "1.2")
    core = there.person("core-dev")
    picked = await core.get(f"{MAIN}/commits/{made['head']['sha']}")
    original = await core.get(f"{MAIN}/commits/{sha}")
    assert picked["commit"]["author"] == original["commit"]["author"]
    assert picked["commit"]["committer"]["name"] == "camelot[bot]"
    assert [file["filename"] for file in picked["files"]] == ["Lib/files.py"]


async def test_a_security_fix_goes_where_only_those_go(there: World) -> None:
    number, _ = await merged(there, *wants("1.1", "1.0"), "type-security")
    assert len(await onto(there, "1.1")) == 1
    assert "end of life" in (await table(there, number))["1.0"][1]


@pytest.mark.row("BP-1")
async def test_a_label_put_on_later_counts_and_a_refused_one_is_refused_again(there: World) -> None:
    number, _ = await merged(there)
    core = there.person("core-dev")
    assert await there.comments(number) == [body for body in await there.comments(number) if "backports" not in body]
    for _ in range(2):
        await core.label(REPOSITORY, number, *wants("1.0"))
        await there.settled()
        assert not set(wants("1.0")) & await there.labels(number)
        assert list(await table(there, number)) == ["1.0"]
    await core.label(REPOSITORY, number, *wants("1.2"))
    await there.settled()
    assert len(await onto(there, "1.2")) == 1
    assert not set(wants("1.2")) & await there.labels(number)


@pytest.mark.row("BP-5")
async def test_a_conflict_pushes_nothing_says_what_to_type_and_may_be_tried_again(there: World) -> None:
    core = there.person("core-dev")
    await core.push(REPOSITORY, "1.2", "Differ", {"Lib/files.py": "other\n"})
    number, sha = await merged(there, *wants("1.2"))
    assert (await table(there, number))["1.2"] == ["conflict", "`Lib/files.py` must be merged by hand"]
    (told,) = [body for body in await there.comments(number) if "camelot:backports" in body]
    assert f"cherry_picker {sha} 1.2" in told
    assert await onto(there, "1.2") == []
    pull = await core.get(f"{MAIN}/pulls/{number}")
    assert [each["login"] for each in pull["assignees"]] == ["core-dev"]  # who merged it
    branches = {branch["name"] for branch in await core.get(f"{MAIN}/branches?per_page=100")}
    assert not {name for name in branches if name.startswith("backport-")}
    assert set(wants("1.2")) <= await there.labels(number)

    await core.push(REPOSITORY, "1.2", "Differ no more", {"Lib/files.py": "begin\n"})
    await core.unlabel(REPOSITORY, number, *wants("1.2"))
    await core.label(REPOSITORY, number, *wants("1.2"))
    await there.settled()
    (made,) = await onto(there, "1.2")
    assert (await table(there, number))["1.2"] == ["opened", f"#{made['number']}"]


@pytest.mark.row("BP-6")
async def test_a_repository_that_wishes_it_has_its_conflicts_as_drafts_that_are_held_back(there: World) -> None:
    core = there.person("core-dev")
    wish = {".github/camelot.toml": '[backports]\nconflicts = "draft"\n'}
    await core.push(REPOSITORY, "main", "Conflicts become drafts", wish)
    await core.push(REPOSITORY, "1.2", "Differ", {"Lib/files.py": "other\n"})
    for author in ("ada", "core-dev"):
        await there.sign(author)
    await there.settled()
    number, _ = await merged(there, *wants("1.2"))
    (made,) = await onto(there, "1.2")
    assert made["draft"] and not set(wants("1.2")) & await there.labels(number)
    assert (await table(there, number))["1.2"] == ["opened", f"#{made['number']}: a draft that a person has to finish"]
    assert (await there.statuses(made["number"]))["merge-guard"] == "failure"

    await core.push(REPOSITORY, made["head"]["ref"], "Mend the conflict", {"Lib/files.py": "other, by fix\n"})
    await there.settled()
    assert (await there.statuses(made["number"]))["merge-guard"] == "success"
    await core.call("PUT", f"{MAIN}/pulls/{made['number']}/draft", {"draft": False})  # GraphQL at GitHub
    await there.settled()
    assert (await table(there, number))["1.2"] == ["opened", f"#{made['number']}"]


async def test_before_the_merge_one_comment_says_how_each_backport_would_go(there: World) -> None:
    ada, core = there.person("ada"), there.person("core-dev")
    number = await there.open_pull()
    await core.label(REPOSITORY, number, *wants("1.2", "1.0"))
    await there.settled()
    rows = await table(there, number)
    assert rows["1.2"][0] == "clean" and "end of life" in rows["1.0"][1]
    assert await onto(there, "1.2") == []

    await core.push(REPOSITORY, "1.2", "Differ (#90)", {"Lib/files.py": "other\n"})
    await ada.push("ada/rabbit", "fix", "More", {"Lib/files.py": "by fix, and more\n"})
    await there.settled()
    assert (await table(there, number))["1.2"] == ["conflict", "`Lib/files.py` must be merged by hand"]

    await core.push(REPOSITORY, "1.2", "Have it", {"Lib/files.py": "by fix, and more\n"})
    await core.unlabel(REPOSITORY, number, *wants("1.0"))
    await there.settled()
    assert await table(there, number) == {"1.2": ["already-there", "1.2 has this change already"]}


@pytest.mark.parametrize(
    ("match", "kind"),
    [
        ("GET .*/info/refs$", "502"),
        ("POST .*/git-receive-pack$", "drop-before"),
        ("POST .*/git-receive-pack$", "drop-after"),  # pushed, and we were not told
        ("POST /repos/.*/pulls$", "drop-after"),  # opened, and we were not told
    ],
)
async def test_a_call_that_fails_on_the_way_leaves_one_backport(there: World, match: str, kind: str) -> None:
    number, core = await there.open_pull(), there.person("core-dev")
    await core.label(REPOSITORY, number, *wants("1.2"))
    await there.settled()
    there.forge.fault(match, kind)
    await core.merge(REPOSITORY, number)
    await there.settled()
    assert [fault["hit"] for fault in there.forge.admin("GET", "/_/faults")] == [1]
    assert len(await onto(there, "1.2")) == 1
    assert (await table(there, number))["1.2"][0] == "opened"


@pytest.mark.row("BP-9")
async def test_what_cannot_be_reached_is_tried_again_and_the_last_try_is_an_answer(tmp_path: Path) -> None:
    with running_forge(tmp_path) as forge:
        nowhere = {"GITHUB_GIT_URL": "http://127.0.0.1:1"}  # nobody listens there
        chosen = settings.load(environment(tmp_path / "bots", forge) | nowhere)
        store = Store(database.connect(chosen.database))
        kind, payload = dump(Backport(7, "c" * 40, ("1.2",), "gh-1: Close the file"))
        async with connect(chosen.github, store) as github:
            hands = Hands(store, chosen, github)
            first, last = (PendingEffect(1, 1, "backport", 0, kind, payload, n) for n in (0, MOST_ATTEMPTS - 1))
            with pytest.raises(GitHubError, match="picks of #7: 1.2: the repository could not be reached"):
                await hands.carry_out(first)
            assert records.backports_of(store.engine, 7) == []
            await hands.carry_out(last)
            hands.close()
        (row,) = records.backports_of(store.engine, 7)
        assert (row.branch, row.state) == ("1.2", "failed")
        assert row.why.startswith("the repository could not be reached")
        (told,) = store.ready(now(), (), 9)
        assert (told.event, told.payload) == ("backport.finished", {"number": 7})
        store.engine.dispose()


@pytest.mark.row("BP-13")
async def test_a_pull_request_to_a_maintenance_branch_names_it(there: World) -> None:
    ada, context = there.person("ada"), there.settings.contexts.maintenance_branch
    fork = await ada.fork(REPOSITORY)
    await ada.push(fork, "fix", "Fix", {"Lib/files.py": "fixed\n"}, base="1.2")
    number = await ada.open_pull(REPOSITORY, "ada:fix", "gh-1: Close the file", base="1.2")
    await there.settled()
    assert (await there.statuses(number))[context] == "failure"
    await ada.edit_pull(REPOSITORY, number, title="[1.2] gh-1: Close the file")
    await there.settled()
    assert (await there.statuses(number))[context] == "success"


# --- the farm ---


async def finished(there: World, made: Build) -> None:
    """The farm has a result."""
    assert results.record(there.store.engine, made, f"branch:refs/heads/{made.branch}")
    await there.settled()


async def test_what_lands_on_a_live_branch_is_built_and_nothing_else_is(there: World) -> None:
    core = there.person("core-dev")
    await there.settled()
    before = {request.key for request in results.new_requests(there.store.engine)}
    shas = {
        branch: await core.push(REPOSITORY, branch, "More", {"more": "more\n"}) for branch in ("main", "1.2", "1.0")
    }
    await core.push(REPOSITORY, "backport-0123456-1.2", "Mine", {"mine": "mine\n"})
    await there.settled()
    asked = [request for request in results.new_requests(there.store.engine) if request.key not in before]
    assert {(request.branch, request.commit) for request in asked} == {("main", shas["main"]), ("1.2", shas["1.2"])}


async def test_a_leak_is_told_once_to_its_pull_request_and_closed_in_place_by_the_revert(there: World) -> None:
    core = there.person("core-dev")
    good = await core.push(REPOSITORY, "main", "More", {"more": "more\n"})
    number, bad = await merged(there)
    for name in ("refleak 1.3", "refleak b 1.3"):
        await finished(there, build(key=f"{name}/1", builder=name, number=1, commit=good))
        leak = build(key=f"{name}/2", builder=name, number=2, commit=bad, result="failure", verdict=verdict(LEAK))
        await finished(there, replace(leak, failed_step="test"))
    notices = [body for body in await there.comments(number) if "breakage-" in body]
    (told,) = notices
    assert "leaked [" in told and "make buildbottest" in told and "refleak b 1.3" in told
    (notice,) = records.open_notices(there.store.engine)
    assert (notice.number, notice.commit) == (number, bad)
    assert (await core.statuses(REPOSITORY, bad))["buildbot/refleak 1.3"] == "failure"

    await core.push(REPOSITORY, "revert", "Revert", revert=bad)
    reverting = await core.open_pull(REPOSITORY, "revert", f"gh-1: Revert the change (GH-{number})")
    mended = await core.merge(REPOSITORY, reverting)
    await there.settled()
    for name in ("refleak 1.3", "refleak b 1.3"):
        assert records.open_notices(there.store.engine)
        await finished(there, build(key=f"{name}/3", builder=name, number=3, commit=mended))
    assert records.open_notices(there.store.engine) == []
    (closed,) = [body for body in await there.comments(number) if "breakage-" in body]
    first = next(line for line in closed.splitlines() if not line.startswith("<!--"))
    assert "Fixed" in first and f"{mended} (#{reverting})" in first
    assert "<details>" in closed and "leaked [" in closed


# --- the process dies ---


@pytest.mark.story
async def test_a_crash_after_any_effect_of_a_merge_leaves_one_backport(there: World) -> None:
    """The process dies after the first, the second ... effect, before it noted that this one is done."""
    deaths = 0
    for after in range(1, 40):
        number = await asked(there, f"fix-{after}")
        there.bots.end()
        there.bots.start(CAMELOT_CRASH_AFTER_EFFECTS=str(after))
        sha = await there.person("core-dev").merge(REPOSITORY, number)
        died = await there.died()
        if died:
            there.bots.start()
        await there.settled()
        made = [pull for pull in await onto(there, "1.2") if pull["head"]["ref"] == f"backport-{sha[:7]}-1.2"]
        assert len(made) == 1, f"after effect {after}"
        assert await table(there, number) == {"1.2": ["opened", f"#{made[0]['number']}"]}
        assert not {label for label in await there.labels(number) if label.startswith(("needs", "awaiting"))}
        if not died:
            break
        deaths += 1
    assert 5 <= deaths < 39


async def asked(there: World, branch: str) -> int:
    """A pull request with a file of its own, whose backport to 1.2 is asked for."""
    core = there.person("core-dev")
    await core.push(REPOSITORY, branch, "Add a file", {f"Lib/{branch}.py": "new\n"})
    number = await core.open_pull(REPOSITORY, branch, "gh-1: Add a file")
    await core.label(REPOSITORY, number, *wants("1.2"))
    await there.settled()
    return number
