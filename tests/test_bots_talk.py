"""Links, commands, entries and approvals among real processes: what people write, and what the forge holds after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.stage import PHRASE
from forge import links
from tests.bots_world import NEWS, REPOSITORY, World, world

MAIN = f"/repos/{REPOSITORY}"


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        await made.person("core-dev").push(REPOSITORY, "1.2", "Begin 1.2", {"VERSION": "1.2\n"})
        yield made


async def body_of(there: World, number: int) -> str:
    return str((await there.person("core-dev").get(f"{MAIN}/issues/{number}"))["body"] or "")


@pytest.mark.row("IS-4", "IS-5")
async def test_two_pull_requests_at_once_are_both_listed_and_follow_their_titles(there: World) -> None:
    two = await there.person("bob").open_issue(REPOSITORY, "Files stay open", "In my words.\r\n\r\nTwice.")
    title = f"gh-{two}: Close the file"
    numbers = await asyncio.gather(
        there.open_pull(branch="one", title=title), there.open_pull("bob", "other", title=title)
    )
    await there.settled()
    issue = await body_of(there, two)
    assert issue.startswith("In my words.\r\n\r\nTwice.")
    assert set(links.listed(issue)) == set(numbers)
    first, second = numbers
    assert links.named(await body_of(there, first)) == (two,)

    ada = there.person("ada")
    await ada.edit_pull(REPOSITORY, first, title="gh-1: Close the file")
    await there.person("bob").close(REPOSITORY, second)
    await there.settled()
    assert links.listed(await body_of(there, two)) == {second: "(closed without a merge)"}
    assert set(links.listed(await body_of(there, 1))) == {first}
    assert links.named(await body_of(there, first)) == (1,)


@pytest.mark.row("CM-1", "BP-1", "NW-8")
async def test_what_a_comment_asks_for_is_done_once_and_refused_with_a_reason(there: World) -> None:
    number, core, ada = await there.open_pull(), there.person("core-dev"), there.person("ada")
    await ada.comment(REPOSITORY, number, "/backport 1.2")
    await there.settled()
    assert "`/backport` is for members of the triage and core teams" in "".join(await there.comments(number))
    assert "needs backport to 1.2" not in await there.labels(number)

    await there.person("triager").comment(REPOSITORY, number, "Please.\n\n/backport 1.2")
    await there.settled()
    assert "needs backport to 1.2" in await there.labels(number)
    assert any("| 1.2 | clean |" in body for body in await there.comments(number))

    await core.merge(REPOSITORY, number)
    await there.settled()
    (made,) = await core.get(f"{MAIN}/pulls?state=all&base=1.2")
    await core.close(REPOSITORY, made["number"])
    await there.settled()
    assert "backport declined" in await there.labels(number)
    await core.comment(REPOSITORY, number, "/backport --again 1.2")
    await there.settled()
    again, closed = await core.get(f"{MAIN}/pulls?state=all&base=1.2")
    assert (again["state"], closed["state"]) == ("open", "closed")

    await core.merge(REPOSITORY, again["number"])
    await there.settled()
    branches = {branch["name"] for branch in await core.get(f"{MAIN}/branches?per_page=100")}
    assert again["head"]["ref"] not in branches, "it has served"


@pytest.mark.row("NW-8")
async def test_an_entry_that_is_asked_for_turns_the_status_green(there: World) -> None:
    core, context = there.person("core-dev"), there.settings.contexts.news
    await core.push(REPOSITORY, "fix", "Close", {"Lib/files.py": "closed\n"})
    number = await core.open_pull(REPOSITORY, "fix", "gh-1: Close the file")
    await there.settled()
    assert (await there.statuses(number))[context] == "failure"
    await core.comment(REPOSITORY, number, "/news Library Close every file.")
    await there.settled()
    assert (await there.statuses(number))[context] == "success"


@pytest.mark.row("ST-2", "ST-7")
async def test_an_approval_outlives_a_rebase_and_not_a_change(there: World) -> None:
    core, ada = there.person("core-dev"), there.person("ada")
    number = await there.open_pull()
    await core.review(REPOSITORY, number, "APPROVE")
    await there.settled()
    assert "awaiting merge" in await there.labels(number)
    await core.push(REPOSITORY, "main", "Elsewhere", {"Lib/other.py": "other\n"})
    fork = "ada/rabbit"
    await ada.push(fork, "fix", "Merge main", {"Lib/other.py": "other\n"})  # what a merge of main would bring
    await there.settled()
    assert "awaiting merge" not in await there.labels(number), "a copy of main's change is a change of this branch"
    await ada.push(fork, "fix", "Take it out", {"Lib/other.py": None})
    await there.settled()
    assert "awaiting merge" in await there.labels(number), "the change is again what was approved"
    await core.review(REPOSITORY, number, "REQUEST_CHANGES", "Please.")
    await there.settled()
    await ada.comment(REPOSITORY, number, f"> {PHRASE}\n\nWhat is that?")
    await there.settled()
    assert "awaiting changes" in await there.labels(number)
    await ada.comment(REPOSITORY, number, PHRASE)
    await there.settled()
    assert "awaiting change review" in await there.labels(number)


@pytest.mark.row("NW-2", "NW-7")
async def test_what_becomes_code_loses_the_labels_that_we_gave_it(there: World) -> None:
    ada, context = there.person("ada"), there.settings.contexts.news
    fork = await ada.fork(REPOSITORY)
    await ada.push(fork, "words", "Words", {"Doc/files.rst": "Words.\n"})
    number = await ada.open_pull(REPOSITORY, "ada:words", "gh-1: Describe the file")
    await there.settled()
    assert {"docs", "skip news"} <= await there.labels(number)
    await ada.push(fork, "words", "Code", {"Lib/files.py": "code\n"})
    await there.settled()
    assert not {"docs", "skip news"} & await there.labels(number)
    assert (await there.statuses(number))[context] == "failure"
    await ada.push(fork, "words", "Entry", {NEWS: "Close the file.\n\n" + "And more.\n" * 3})
    await there.settled()
    assert (await there.statuses(number))[context] == "success"
