"""What people do at the forge, told so that it can be told again while something goes wrong.

Each story acts as people do: a burst of what one does in one go, then a wait until all is quiet, as one reads before
one goes on. `STORIES` has them by name. What the bots left behind is `final`'s to say, without what differs from run
to run (commit ids, addresses, times, the numbers of comments).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.bots_world import NEWS, REPOSITORY, World

HOME = f"/repos/{REPOSITORY}"
SHA = re.compile(r"\b[0-9a-f]{7,40}\b")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
NEWS_TEXT = "Files are closed.\n"
PHRASE = "I have made the requested changes; please review again"

Story = Callable[[World], Awaitable[None]]


async def newcomer(there: World) -> None:
    """Nothing signed, no news; she mends both."""
    ada = there.person("ada")
    await there.open_pull()
    await there.settled()
    await there.sign("ada")
    await ada.push("ada/rabbit", "fix", "News", {NEWS: NEWS_TEXT})
    await there.settled()


async def review(there: World) -> None:
    """Changes are asked for, made, and approved."""
    ada, core = there.person("ada"), there.person("core-dev")
    number = await there.open_pull()
    await there.settled()
    await core.review(REPOSITORY, number, "REQUEST_CHANGES", "Please close it in any case.")
    await there.settled()
    await ada.push("ada/rabbit", "fix", "Close it in any case", {"Lib/files.py": "closed\n"})
    await there.settled()
    await ada.comment(REPOSITORY, number, PHRASE)
    await there.settled()
    await core.review(REPOSITORY, number, "APPROVE")
    await there.settled()


async def backports(there: World) -> None:
    """Three branches are wished for, one takes the fix; its pull request is merged too."""
    core = there.person("core-dev")
    number = await there.open_pull()
    await there.settled()
    await core.label(REPOSITORY, number, *(f"needs backport to {branch}" for branch in ("1.2", "1.1", "1.0")))
    await core.merge(REPOSITORY, number)
    await there.settled()
    (made,) = await core.get(f"{HOME}/pulls?state=open&base=1.2")
    await core.merge(REPOSITORY, made["number"])
    await there.settled()


async def conflict(there: World) -> None:
    """A backport that a person has to make."""
    core = there.person("core-dev")
    await core.push(REPOSITORY, "1.2", "Differ", {"Lib/files.py": "other\n"})
    number = await there.open_pull()
    await there.settled()
    await core.merge(REPOSITORY, number)
    await there.settled()
    await core.label(REPOSITORY, number, "needs backport to 1.2")
    await there.settled()


async def titles(there: World) -> None:
    """A title without an issue, then with a wrong one, then the right one."""
    ada = there.person("ada")
    number = await there.open_pull(title="Close the file")
    await there.settled()
    for title in ("gh-999: Close the file", "gh-1: Close the file"):
        await ada.edit_pull(REPOSITORY, number, title=title)
        await there.settled()


async def hands(there: World) -> None:
    """Labels that people put on and take off again."""
    core = there.person("core-dev")
    number = await there.open_pull(title="Close the file")
    await there.settled()
    await core.label(REPOSITORY, number, "skip news", "skip issue")
    await there.settled()
    await core.unlabel(REPOSITORY, number, "skip news")
    await there.settled()


async def back_and_forth(there: World) -> None:
    """Opened as a draft, ready, closed, opened again."""
    ada = there.person("ada")
    fork = await ada.fork(REPOSITORY)
    await ada.push(fork, "fix", "Close the file", {"Lib/files.py": "closed\n", NEWS: NEWS_TEXT})
    number = await ada.open_pull(REPOSITORY, "ada:fix", "gh-1: Close the file", draft=True)
    await there.settled()
    await ada.call("PUT", f"{HOME}/pulls/{number}/draft", {"draft": False})  # GraphQL at GitHub
    await there.settled()
    await ada.close(REPOSITORY, number)
    await there.settled()
    await ada.edit_pull(REPOSITORY, number, state="open")
    await there.settled()


async def two_authors(there: World) -> None:
    """Both have to sign, and do."""
    ada = there.person("ada")
    fork = await ada.fork(REPOSITORY)
    message = "More\n\nCo-authored-by: Bob <bob@example.org>"
    await ada.push(fork, "more", message, {"Lib/more.py": "more\n", NEWS: NEWS_TEXT})
    await ada.open_pull(REPOSITORY, "ada:more", "gh-1: More")
    await there.settled()
    await there.sign("bob")
    await there.settled()
    await there.sign("ada")
    await there.settled()


async def new_branch(there: World) -> None:
    """A branch is born, and a fix wants to go there at once."""
    core = there.person("core-dev")
    number = await there.open_pull()
    await there.settled()
    await core.push(REPOSITORY, "1.3", "Begin 1.3", {"VERSION": "1.3\n"})
    await there.settled()
    await core.merge(REPOSITORY, number)
    await core.label(REPOSITORY, number, "needs backport to 1.2")
    await there.settled()


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (newcomer, review, backports, conflict, titles, hands, back_and_forth, two_authors, new_branch)
}


async def final(there: World) -> dict[str, Any]:
    """Pull requests, issues, labels and branches as people see them in the end."""
    core = there.person("core-dev")
    found: dict[str, Any] = {}
    for pull in await core.get(f"{HOME}/pulls?state=all&per_page=100"):
        number = pull["number"]
        files = await core.get(f"{HOME}/pulls/{number}/files?per_page=100")
        found[f"pull {pull['base']['ref']} {pull['title']}"] = {
            "state": (pull["state"], pull["merged_at"] is not None, pull["draft"]),
            "body": _plain(pull["body"] or ""),
            "labels": sorted(label["name"] for label in pull["labels"]),
            "statuses": await core.statuses(REPOSITORY, pull["head"]["sha"]),
            "comments": sorted(map(_plain, await there.comments(number))),
            "files": sorted((file["filename"], file["status"], file.get("patch")) for file in files),
        }
    issues = await core.get(f"{HOME}/issues?state=all&per_page=100")
    found["issues"] = sorted(
        (each["number"], _plain(each["body"] or "")) for each in issues if "pull_request" not in each
    )
    labels = await core.get(f"{HOME}/labels?per_page=100")
    found["labels"] = sorted((label["name"], label["color"], label["description"] or "") for label in labels)
    branches = await core.get(f"{HOME}/branches?per_page=100")
    found["branches"] = sorted(SHA.sub("SHA", branch["name"]) for branch in branches)
    return found


def _plain(text: str) -> str:
    return ADDRESS.sub("ADDRESS", SHA.sub("SHA", text))


def difference(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """Empty when both worlds are the same."""
    parts = []
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            parts.append(f"{key}: expected {expected.get(key)}, found {found.get(key)}")
    return "; ".join(parts)
