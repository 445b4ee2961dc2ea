"""Backports and notices through the real doors: a local forge, the bots' process, git over HTTP, rows of the farm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core import records, results
from tests.backport_facts import LEAK, build, red
from tests.bots_world import REPOSITORY, World, world


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def merge(there: World, branch: str, files: dict[str, str], *labels: str) -> tuple[int, str]:
    """A pull request of core-dev, labelled and merged: its number and the merge's commit."""
    core = there.person("core-dev")
    await core.push(REPOSITORY, branch, f"Change {branch}", files)
    number = await core.open_pull(REPOSITORY, branch, f"gh-1: Change {branch}")
    if labels:
        await core.label(REPOSITORY, number, *labels)
    sha = await core.merge(REPOSITORY, number)
    return number, sha


async def pulls(there: World, base: str) -> list[dict[str, Any]]:
    found = await there.person("core-dev").get(f"/repos/{REPOSITORY}/pulls?base={base}&state=all")
    return list(found)


async def test_a_merge_becomes_a_backport_a_refusal_and_a_conflict_in_one_comment(there: World) -> None:
    core = there.person("core-dev")
    for branch in ("1.0", "1.2"):
        await core.push(REPOSITORY, branch, f"Begin {branch}", {f"{branch}.txt": "begin\n"})
    await core.push(REPOSITORY, "1.1", "Begin 1.1", {"Lib/files.py": "something else\n"})
    wanted = [f"needs backport to {branch}" for branch in ("1.2", "1.1", "1.0")]
    number, sha = await merge(there, "fix", {"Lib/files.py": "begin\nend\n"}, *wanted, "type-security", "topic-io")
    await there.settled()

    (made,) = await pulls(there, "1.2")
    assert (made["title"], made["head"]["ref"]) == (f"[1.2] gh-1: Change fix (GH-{number})", f"backport-{sha[:7]}-1.2")
    assert f"(cherry picked from commit {sha})" in made["body"]
    assert {"type-security", "topic-io"} <= await there.labels(made["number"])
    assert (await there.statuses(made["number"]))["camelot/maintenance-branch-pr"] == "success"
    changed = await core.get(f"/repos/{REPOSITORY}/pulls/{made['number']}/files")
    assert [file["filename"] for file in changed] == ["Lib/files.py"]

    (comment,) = [text for text in await there.comments(number) if "camelot:backports" in text]
    assert f"| 1.2 | opened | #{made['number']} |" in comment
    assert "| 1.1 | conflict | Lib/files.py must be merged by hand |" in comment
    assert "| 1.0 | refused | 1.0 reached its end of life on 2025-12-16" in comment
    assert f"cherry_picker {sha} 1.1" in comment
    assert await there.labels(number) & set(wanted) == {"needs backport to 1.1"}
    assert await pulls(there, "1.0") == await pulls(there, "1.1") == []

    await core.merge(REPOSITORY, made["number"])
    await there.settled()
    (comment,) = [text for text in await there.comments(number) if "camelot:backports" in text]
    assert f"| 1.2 | merged | #{made['number']} |" in comment


async def test_a_leak_is_told_on_its_pull_request_and_closed_by_the_fix(there: World) -> None:
    _, good = await merge(there, "good", {"good.txt": "good\n"})
    number, bad = await merge(there, "leak", {"leak.txt": "leak\n"})
    await there.settled()
    assert {"main"} == {request.branch for request in results.new_requests(there.store.engine)}
    for finished in (build(commit=good, number=1), red(LEAK, commit=bad, number=2)):
        results.record(there.store.engine, finished, "branch:refs/heads/main")
    await there.settled()
    (told,) = [text for text in await there.comments(number) if "camelot:breakage" in text]
    assert "test_list leaked [3, 3, 3] references" in told and bad in told and good in told
    (notice,) = records.open_notices(there.store.engine)
    assert (notice.key, notice.number) == ("main test_list leaked", number)
    assert (await there.person("core-dev").statuses(REPOSITORY, bad))["buildbot/refleak 1.3"] == "failure"

    fixing, fix = await merge(there, "mend", {"leak.txt": "no leak\n"})
    await there.settled()
    results.record(there.store.engine, build(commit=fix, number=3), "branch:refs/heads/main")
    await there.settled()
    (told,) = [text for text in await there.comments(number) if "camelot:breakage" in text]
    assert told.startswith("**Fixed.**") and f"{fix} (#{fixing})" in told
    assert records.open_notices(there.store.engine) == []
