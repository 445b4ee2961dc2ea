"""The six chapters, as a person would live them: each acts through a public door, then says what must be true now."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import aiohttp

from console.story.gate import blocking
from console.story.ledger import LOOK_EVERY_S, Broken, Ledger, Probe
from console.story.people import Player
from console.story.world import Seen, World
from core.settings import Settings

HERE = Path(__file__).parent
FIX = HERE / "ada-fix.patch"
LEAK = HERE / "bob-leak.patch"
PHRASE = "I have made the requested changes; please review again"
BUILD_WITHIN_S = 480.0
PATIENCE_S = 30.0  # of a person whose page does not come

NEWS_NAME = "Misc/NEWS.d/next/Library/2026-11-20-09-30-00.gh-issue-{issue}.Ad4Fix.rst"
NEWS_TEXT = ":func:`math.isqrt` of 0 is 0 again; it raised :exc:`ZeroDivisionError`.\n"
BRANCH = "fix-isqrt-of-zero"


@dataclass
class Story:
    """The people, the world, what was promised, and the numbers that later chapters need."""

    ledger: Ledger
    world: World
    ada: Player
    bob: Player
    core_dev: Player
    fix: int = 0  # ada's pull request
    fix_issue: int = 0
    backport: int = 0
    leak: int = 0  # bob's pull request
    revert: int = 0
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.world.settings


Chapter: TypeAlias = "Callable[[Story], Awaitable[None]]"


# --- 1 ----------------------------------------------------------------------------------------------------------------


async def ada_fixes_a_bug(story: Story) -> None:
    """A newcomer opens a pull request, is told once what is missing, and mends it."""
    ledger, ada = story.ledger, story.ada
    ledger.open("1. Ada, unknown here, fixes a bug")
    async with ledger.step("ada reports the bug, forks, pushes the fix with a test, opens a pull request"):
        story.fix_issue = await ada.open_issue("math.isqrt(0) raises ZeroDivisionError", "It should be 0.")
        await ada.make_fork()
        await ada.push(BRANCH, "The root of nothing is nothing", patch=FIX.read_text())
        story.fix = await ada.open_pull(BRANCH, f"gh-{story.fix_issue}: Fix math.isqrt of 0", "With a test.")
    labels, contexts = story.settings.labels, story.settings.contexts
    await ledger.promise(
        "she waits for a review, her CLA is not signed",
        _labelled(story, "fix", labels.awaiting_review, labels.cla_unsigned),
    )
    red, green = (contexts.cla, contexts.news, contexts.merge_guard), (contexts.issue_number,)
    for context, state in (*((each, "failure") for each in red), *((each, "success") for each in green)):
        await ledger.promise(f"status {context} is {state}", _status(story, "fix", context, state))
    await ledger.promise("one comment tells her what to do", _one_help(story, "/cla", "NEWS"))
    async with ledger.step("ada signs the agreement and adds the news entry"):
        await sign(story, ada)
        await ada.push(BRANCH, "Add a news entry", files={NEWS_NAME.format(issue=story.fix_issue): NEWS_TEXT})
    for context in (*red, *green):
        await ledger.promise(f"status {context} is green", _status(story, "fix", context, "success"))
    await ledger.promise(
        "her label says that the CLA is signed", _labelled(story, "fix", labels.cla_signed, without=labels.cla_unsigned)
    )
    await ledger.promise("still one comment, and it has nothing left to ask", _one_help(story, without="/cla"))


# --- 2 ----------------------------------------------------------------------------------------------------------------


async def review_and_backport(story: Story) -> None:
    """Review in rounds, a merge, and a backport to each branch that takes it."""
    ledger, ada, core = story.ledger, story.ada, story.core_dev
    labels, guard = story.settings.labels, story.settings.contexts.merge_guard
    ledger.open("2. Review, merge, backport")
    async with ledger.step("a core developer asks for changes"):
        await core.review(story.fix, "REQUEST_CHANGES", "Please add yourself to the acknowledgements.")
    await ledger.promise("the stage is awaiting changes", _stage(story, "fix", labels.awaiting_changes))
    await ledger.promise(f"status {guard} holds the merge back", _status(story, "fix", guard, "failure"))
    async with ledger.step("ada pushes, and says the phrase"):
        await ada.push(BRANCH, "Thank the author", files={"Misc/ACKS": "Ada\n"})
        await ada.comment(story.fix, f"Done.\n\n{PHRASE}")
    await ledger.promise("the stage is awaiting change review", _stage(story, "fix", labels.awaiting_change_review))
    async with ledger.step("the core developer approves"):
        await core.review(story.fix, "APPROVE", "Thank you!")
    await ledger.promise("the stage is awaiting merge", _stage(story, "fix", labels.awaiting_merge))
    await ledger.promise(f"status {guard} is green", _status(story, "fix", guard, "success"))
    good, dead = backport_targets(story)
    async with ledger.step(f"backports to {good} (bugfix) and {dead} (end-of-life) are asked for, and it is merged"):
        for branch in (good, dead):
            await core.label(story.fix, f"{labels.backport_prefix}{branch}")
        await core.merge(story.fix)
    await ledger.promise("no stage is left on the merged pull request", _stage(story, "fix", ""))
    await ledger.promise(f"a backport pull request to {good} is open, with its title", _backport(story, good))
    if story.backport:
        await ledger.promise("it changes the same files in the same way", _same_change(story))
        await ledger.promise(
            f"the label of {good} is gone from the original", _without(story, "fix", f"{labels.backport_prefix}{good}")
        )
    await ledger.promise(f"{dead} is refused with the reason from the registry", refused(story, dead, "end of life"))


def backport_targets(story: Story) -> tuple[str, str]:
    """A branch in its bugfix phase, and one past its end of life, by the registry on this day."""
    registry, day = story.settings.load_registry(), story.settings.day()
    good = next(branch.version for branch in registry if branch.status(day) == "bugfix")
    dead = next(branch.version for branch in registry if branch.status(day) == "end-of-life")
    return good, dead


# --- 3 ----------------------------------------------------------------------------------------------------------------


async def the_merge_is_built(story: Story) -> None:
    """Real builders build the merge from its tree, and say so on the commit."""
    ledger = story.ledger
    ledger.open("3. The farm builds the merge")
    sha = (await story.world.pull(story.fix)).merge_sha
    story.marks["fixed"] = sha
    for kind in ("release", "debug", "asan", "refleak"):
        await ledger.promise(f"{kind} is green on the merge", _built(story, sha, kind, green=True), BUILD_WITHIN_S)


# --- 4 ----------------------------------------------------------------------------------------------------------------


async def bob_leaks(story: Story) -> None:
    """A reference leak slips through review; the farm finds it and tells the right person, once."""
    ledger, bob, core = story.ledger, story.bob, story.core_dev
    ledger.open("4. Bob's change leaks a reference")
    async with ledger.step("bob signs the agreement, opens a pull request; it is approved and merged"):
        issue = await bob.open_issue("math.sumprod is missing", "It would be handy.")
        await sign(story, bob)
        await bob.make_fork()
        patch = news_of(LEAK.read_text(), issue)
        await bob.push("sumprod", "Add math.sumprod", patch=patch)
        story.leak = await bob.open_pull("sumprod", f"gh-{issue}: Add math.sumprod", "With tests and news.")
    await ledger.promise("everything is green before the merge", _all_green(story, "leak"))
    async with ledger.step("a core developer approves and merges"):
        await core.review(story.leak, "APPROVE", "Nice.")
        await core.merge(story.leak)
    sha = (await story.world.pull(story.leak)).merge_sha
    story.marks["leaked"] = sha
    await ledger.promise("the refleak builder is red", _built(story, sha, "refleak", green=False), BUILD_WITHIN_S)
    await ledger.promise("one comment on bob's pull request says what leaked, and how to reproduce it", _told(story))
    await ledger.promise("the other builders are green", _others_green(story, sha), BUILD_WITHIN_S)
    await ledger.promise("the next release is held back by it", _gate(story, blocked=True))


async def the_revert(story: Story) -> None:
    """The revert turns the builder green and closes the notice."""
    ledger, core = story.ledger, story.core_dev
    async with ledger.step("a core developer reverts it with a pull request, which is merged"):
        await core.push_revert("revert-leak", story.marks["leaked"])
        story.revert = await core.open_pull(
            "revert-leak", f"gh-{story.fix_issue}: Revert the leaking math.sumprod (GH-{story.leak})", "It leaks."
        )
        await core.label(story.revert, story.settings.labels.skip_news)
        await core.merge(story.revert)
    sha = (await story.world.pull(story.revert)).merge_sha
    story.marks["reverted"] = sha
    await ledger.promise(
        "the refleak builder is green again", _built(story, sha, "refleak", green=True), BUILD_WITHIN_S
    )
    await ledger.promise("the notice is closed, in the same comment", _closed(story))
    await ledger.promise("every builder is green on the revert", _others_green(story, sha), BUILD_WITHIN_S)


def news_of(patch: str, issue: int) -> str:
    """The patch with its news entry named after the issue as this forge numbers it."""
    return re.sub(r"gh-issue-\d+", f"gh-issue-{issue}", patch)


# --- doors and probes -------------------------------------------------------------------------------------------------


async def sign(story: Story, person: Player) -> None:
    """Sign the agreement on its page, proving who one is with a token of the forge; try again while it is away."""
    url = f"{story.settings.bots.address}/cla/sign"
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with story.world.session.post(url, data={"token": person.token, "agree": "yes"}) as response:
                    if response.status < 400:
                        return
                    raise Broken(f"{url} answered {response.status}: {await response.text()}")
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(LOOK_EVERY_S)


def _number(story: Story, which: str) -> int:
    return int(getattr(story, which))


def _labelled(story: Story, which: str, *wanted: str, without: str = "") -> Probe:
    async def look() -> str | None:
        labels = (await story.world.pull(_number(story, which))).labels
        return ", ".join(sorted(labels)) if set(wanted) <= labels and without not in labels else None

    return look


def _without(story: Story, which: str, label: str) -> Probe:
    return _labelled(story, which, without=label)


def _stage(story: Story, which: str, stage: str) -> Probe:
    async def look() -> str | None:
        labels = (await story.world.pull(_number(story, which))).labels
        stages = sorted(label for label in labels if label.startswith("awaiting "))
        return ", ".join(stages) or "none" if stages == ([stage] if stage else []) else None

    return look


def _status(story: Story, which: str, context: str, state: str) -> Probe:
    async def look() -> str | None:
        pull = await story.world.pull(_number(story, which))
        found, description = (await story.world.statuses(pull.head_sha)).get(context, ("", ""))
        return description or found if found == state else None

    return look


def _all_green(story: Story, which: str) -> Probe:
    contexts = story.settings.contexts
    wanted = {contexts.cla, contexts.news, contexts.issue_number, contexts.merge_guard}

    async def look() -> str | None:
        pull = await story.world.pull(_number(story, which))
        statuses = await story.world.statuses(pull.head_sha)
        green = {context for context, (state, _) in statuses.items() if state == "success"}
        return ", ".join(sorted(wanted)) if wanted <= green else None

    return look


def _one_help(story: Story, *parts: str, without: str = "") -> Probe:
    async def look() -> str | None:
        comments = await story.world.bot_comments(story.fix)
        if len(comments) > 1:
            raise Broken(f"{len(comments)} comments of the bot")
        if not comments or not all(part in comments[0] for part in parts) or (without and without in comments[0]):
            return None
        return _first_line(comments[0])

    return look


def _backport(story: Story, branch: str) -> Probe:
    async def look() -> str | None:
        made = [pull for pull in await story.world.pulls() if pull.base == branch]
        if len(made) > 1:
            raise Broken(f"{len(made)} backports to {branch}")
        if not made or not _is_backport(made[0], story.fix, branch):
            return None
        story.backport = made[0].number
        return f"#{made[0].number} {made[0].title}"

    return look


def _is_backport(pull: Seen, original: int, branch: str) -> bool:
    return pull.title.startswith(f"[{branch}] ") and pull.title.endswith(f"(GH-{original})")


def _same_change(story: Story) -> Probe:
    async def patches(number: int) -> dict[str, str]:
        files = await story.world.get(f"/pulls/{number}/files", per_page="100")
        return {file["filename"]: _changed_lines(file.get("patch") or "") for file in files}

    async def look() -> str | None:
        original, backport = await patches(story.fix), await patches(story.backport)
        if original != backport:
            raise Broken(f"the backport changes {sorted(backport)}, the original {sorted(original)}")
        return f"{len(backport)} files"

    return look


def _changed_lines(patch: str) -> str:
    """The lines that a patch adds and removes; where they stand may differ from branch to branch."""
    return "\n".join(line for line in patch.splitlines() if line[:1] in "+-")


def refused(story: Story, branch: str, reason: str) -> Probe:
    async def look() -> str | None:
        rows = [
            line
            for comment in await story.world.bot_comments(story.fix, "backports")
            for line in comment.splitlines()
            if branch in line and reason in line
        ]
        label = f"{story.settings.labels.backport_prefix}{branch}"
        pull = await story.world.pull(story.fix)
        return rows[0].strip("| ") if rows and label not in pull.labels else None

    return look


def _built(story: Story, sha: str, kind: str, green: bool) -> Probe:
    async def look() -> str | None:
        done = [build for build in story.world.builds(sha).values() if build.kind == kind]
        if not done:
            return None
        build = done[-1]
        if build.green != green:
            raise Broken(f"{build.builder} ended with {build.result} {build.failed_step}".strip())
        context = f"{story.settings.contexts.build_prefix}{build.builder}"
        state, description = (await story.world.statuses(sha)).get(context, ("", ""))
        return description if state == ("success" if green else "failure") else None

    return look


def _others_green(story: Story, sha: str) -> Probe:
    async def look() -> str | None:
        builds = story.world.builds(sha).values()
        red = [build.builder for build in builds if not build.green and build.kind != "refleak"]
        if red:
            raise Broken(f"red: {', '.join(red)}")
        kinds = {build.kind for build in builds}
        return ", ".join(sorted(kinds)) if {"debug", "release", "asan"} <= kinds else None

    return look


def _told(story: Story) -> Probe:
    wanted = ("leaked", "references", "refleak", "make buildbottest", "#/builders/")

    async def look() -> str | None:
        notices = await story.world.bot_comments(story.leak, "breakage")
        if len(notices) > 1:
            raise Broken(f"{len(notices)} notices")
        if not notices or not all(part in notices[0] for part in wanted):
            return None
        return next(line.strip() for line in notices[0].splitlines() if "leaked" in line)

    return look


def _closed(story: Story) -> Probe:
    async def look() -> str | None:
        notices = await story.world.bot_comments(story.leak, "breakage")
        if len(notices) != 1:
            raise Broken(f"{len(notices)} notices")
        return _first_line(notices[0]) if "fixed" in notices[0].lower() else None

    return look


def _gate(story: Story, blocked: bool) -> Probe:
    async def look() -> str | None:
        reasons = blocking(story.settings, story.world.engine)
        if bool(reasons) != blocked:
            return None
        return "; ".join(reasons) or "nothing holds it back"

    return look


def _first_line(comment: str) -> str:
    lines = (line.replace("**", "").strip("# ") for line in comment.splitlines())
    return next(line for line in lines if line and not line.startswith("<!--"))
