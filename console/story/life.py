"""The whole life of a version of Rabbit: first alpha, beta with its branch, candidate, final, bug fixes, security, end.

`python -m console.story.life [FOLDER]` (`make story-life`) plays it with real processes, real builds and the command
line of people, under a day that moves. In each chapter one command is killed (SIGKILL) at a step that chance chooses,
and then asked again. SEED=2 chooses other steps; KINDS="debug release" more builds.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from console import demo, seeds
from console.house import to_toml
from console.story import life_plan as lives
from console.story.chapters import Story, refused, sign
from console.story.ledger import Broken, Ledger, Probe
from console.story.life_eyes import Eyes
from console.story.life_plan import ALPHA, BETA, BRANCH, BUGFIX, CANDIDATE, END, FINAL, LAST, NEXT, SECURITY, Cut
from console.story.people import Player
from console.story.several import INNOCENT
from console.up import House
from core import branches_edit
from core.branches import Status
from core.versions import Version
from forge.local.person import Person, Refusal
from release.crashing import CRASH

KINDS = ("release",)
WITHIN_S = 1500.0  # of a command, and of the builds of a commit, on a machine that is busy
FOLLOW_S = 120.0  # the master looks at the calendar every half minute
KILLED = -9
TARGET_S = 300.0
SERVICES = ("bots", "buildmaster", "web")


class Stuck(RuntimeError):
    """What comes next has nothing to stand on."""


@dataclass
class Life:
    """Who tells it, where, and what has been so far."""

    story: Story
    house: House
    eyes: Eyes
    manager: Player
    chance: random.Random
    kinds: tuple[str, ...]
    done: list[Cut] = field(default_factory=list)
    kill: str = ""  # the last one of a cut
    minutes: dict[str, float] = field(default_factory=dict)  # chapter -> how long it took
    rehearsed: dict[str, float] = field(default_factory=dict)  # step -> seconds

    @property
    def ledger(self) -> Ledger:
        return self.story.ledger

    async def camelot(self, day: date, *words: str, crash: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The command line as the release manager runs it that day; exit code (-9: killed) and what it printed."""
        git = {"XDG_CONFIG_HOME": str(self.house.data / "release-manager")}  # where git finds how to push
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "console", "--today", day.isoformat(), *words,
            env={**self.house.environ(), **git, "COLUMNS": "200", **(crash or {})},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            output, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
        except (TimeoutError, asyncio.CancelledError):
            process.kill()
            await process.wait()
            raise
        return process.returncode or 0, output.decode(errors="replace")

    async def answered(self, day: date, *words: str, crash: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The same; what a release asks of people meanwhile, its manager answers, and it is asked to go on."""
        while True:
            code, output = await self.camelot(day, *words, crash=crash)
            listed = (await self.camelot(day, "release", "tasks", "--json"))[1] if code == 1 else "[]"
            tasks = json.loads(listed)
            if not tasks:
                return code, output
            for task in tasks:
                evidence = task["expected"] or task["link"]
                await self.camelot(day, "release", "done", str(task["id"]), "--evidence", evidence)

    async def ends_well(self, claim: str, day: date, *words: str) -> str:
        """Run a command, promise that it ended with 0; what it printed. Raises Stuck when it did not."""
        async with self.ledger.step(f"camelot --today {day} {' '.join(words)}"):
            code, output = await self.answered(day, *words)
        if not await self.ledger.promise(claim, _ended(code, 0, output)):
            raise Stuck(f"camelot {' '.join(words)} did not end well")
        return output

    async def killed(self, kill: str, day: date, *words: str) -> None:
        """Run a command that dies at `kill`; promise that it did."""
        async with self.ledger.step(f"the same, killed at {kill}"):
            code, output = await self.answered(day, *words, crash={CRASH: kill})
        await self.ledger.promise(f"it is killed by SIGKILL at {kill}", _ended(code, KILLED, output))

    async def moves_to(self, day: date) -> None:
        async with self.ledger.step(f"it is {day}: bots, farm and pages start again"):
            await self.house.restart(*SERVICES, today=day)


def _ended(code: int, wanted: int, output: str) -> Probe:
    async def look() -> str | None:
        lines = [line for line in output.strip().splitlines() if line.strip()] or ["it printed nothing"]
        if code != wanted:
            raise Broken(f"exit {code}: {'; '.join(lines[-3:])}")
        return lines[-1][:160]

    return look


# --- what every release has in common ---


async def pushed(life: Life, cut: Cut, who: Player) -> str:
    """Somebody mends something in time for the release; the commit."""
    issue = await who.open_issue(f"Something is to be mended before {cut.version}", "It is small.")
    number = len(life.done)
    path, text = lives.entry(cut, issue, number)
    files = {path: text, f"Lib/test/test_mended{number}.py": INNOCENT.format(number)}
    return await who.push(cut.ref, f"gh-{issue}: Mend number {number}", files)


async def released(life: Life, cut: Cut, head: str) -> None:
    """Cut it for real, killed once, and look at everything that came of it."""
    ledger, eyes = life.ledger, life.eyes
    await ledger.promise("the farm is green on what is to be released", eyes.built(head, life.kinds), WITHIN_S)
    life.kill = lives.kill_of_cut(life.chance, cut.version)
    words = ("release", "cut", cut.version, "--for-real")
    await life.killed(life.kill, cut.day, *words)
    await ledger.promise("what is there is whole", eyes.whole_or_nothing(cut, life_verify(life)))
    await life.ends_well("asked again, it goes on to the end", cut.day, *words)
    life.done.append(cut)
    wanted = {
        f"v{cut.version}": cut.version,
        BRANCH if cut.ref == BRANCH or cut is BETA else cut.ref: f"{cut.version}+",
    }
    if cut is BETA:
        wanted["main"] = f"{NEXT}.0a0"
    await ledger.promise(
        "the tag is on the release commit, upon what the farm was green on", eyes.tag_follows(cut, head)
    )
    await ledger.promise("patchlevel.h says the version, and what comes after it", eyes.versions(wanted))
    await ledger.promise("its news are gathered", eyes.news(cut, f"in time for {cut.version}"))
    await ledger.promise("nothing was done twice, and nothing left out", eyes.nothing_twice(life.done, life.kill))
    await ledger.promise("the index of downloads has it", eyes.listed(cut))
    await ledger.promise("it holds sources and what vouches for them", eyes.sources_only(cut))
    await all_verify(life)


def life_verify(life: Life) -> Callable[[Path], Awaitable[tuple[int, str]]]:
    async def verify(folder: Path) -> tuple[int, str]:
        return await life.camelot(life.done[-1].day if life.done else ALPHA.day, "release", "verify", str(folder))

    return verify


async def all_verify(life: Life) -> None:
    """`camelot release verify` of everything that was published up to now."""
    downloads = life.story.settings.downloads
    answers = [(cut.version, await life_verify(life)(downloads / cut.version)) for cut in life.done]

    async def look() -> str | None:
        wrong = [f"{version}: {said.strip()}" for version, (code, said) in answers if code]
        if wrong or not answers:
            raise Broken("; ".join(wrong) or "nothing is published")
        return f"{', '.join(version for version, _ in answers)}: signature, checksums and SBOM hold"

    await life.ledger.promise("every artifact so far verifies", look)


async def followed(life: Life, day: date, calendar: Mapping[str, tuple[date, str]], moved: str = "") -> None:
    """`camelot branches apply`, and nothing is left to do then; the calendar has moved."""
    clone = ("--clone", str(await life.eyes.renewed()))  # its tags count too
    await life.ends_well("what follows from it is made", day, "branches", "apply", *clone)

    async def settled() -> str | None:
        code, output = await life.camelot(day, "branches", "plan", *clone)
        return output.strip() if code == 0 and output.strip() == "nothing differs" else None

    await life.ledger.promise("then nothing differs from the registry", settled, FOLLOW_S)
    await life.ledger.promise("the calendar says so", life.eyes.calendar(calendar, moved))


async def turned(life: Life, day: date, target: str, *more: str) -> None:
    """A transition, killed once at a step that was still to be done, and asked again."""
    words = ("transition", BRANCH, target)
    _, output = await life.camelot(day, *words, "--json")
    kill = lives.kill_of_turn(life.chance, json.loads(output))
    await life.killed(kill, day, *words, "--apply", *more)
    await life.ends_well("asked again, it leaves no step", day, *words, "--apply", *more)


def confirmed(*cuts: Cut) -> dict[str, tuple[date, str]]:
    return {f"rabbit-{cut.version}": (cut.day, "CONFIRMED") for cut in cuts}


# --- the chapters ---


async def rehearsal(life: Life) -> None:
    """Everything but the push: how long a whole release takes, step by step."""
    head = await pushed(life, ALPHA, life.story.core_dev)
    built = life.eyes.built(head, life.kinds)
    await life.ledger.promise("the farm is green on the first alpha's commit", built, WITHIN_S)
    output = await life.ends_well("a rehearsal ends well", ALPHA.day, "release", "cut", ALPHA.version, "--rehearse")
    life.rehearsed = lives.times(output)

    async def untouched() -> str | None:
        if await life.eyes.commit("refs/heads/main") != head or await life.eyes.commit(f"v{ALPHA.version}"):
            raise Broken("the forge was touched")
        return f"main is still at {head[:10]}, no tag"

    await life.ledger.promise("the forge was not touched", untouched)
    life.story.marks["alpha"] = head


async def alpha(life: Life) -> None:
    await released(life, ALPHA, life.story.marks["alpha"])
    await followed(life, ALPHA.day, {**confirmed(ALPHA), "rabbit-1.3.0b1": (BETA.day, "TENTATIVE")})


async def beta(life: Life) -> None:
    """The branch is born; label, protection, builders and calendar follow; main is the next version."""
    ledger, eyes = life.ledger, life.eyes
    await life.moves_to(BETA.eve)
    await ledger.promise("its builders build main", eyes.builders({BRANCH: "main"}, life.kinds))
    await ledger.promise("there is no label for backports to it", eyes.label(""))
    head, chart = await pushed(life, BETA, life.story.core_dev), await eyes.chart()
    await released(life, BETA, head)
    await ledger.promise("the branch is born after the release, main goes on", eyes.born(Version.parse(BETA.version)))
    await life.moves_to(BETA.day)
    await ledger.promise("it is in its prerelease phase", eyes.status(BETA.day, Status.PRERELEASE))
    await turned(life, BETA.day, "new-branch")
    await ledger.promise(
        "its label is made", eyes.label("takes bug fixes and security fixes; the first release is near")
    )
    await ledger.promise("its branch is protected", eyes.protected(BRANCH))
    await ledger.promise("everybody is told, once", eyes.announced_once(f"{BRANCH} has a branch of its own"))
    async with ledger.step(f"the release manager plans {NEXT} anew, for {lives.LATER}"):
        before = life.story.settings.load_registry().find(NEXT)
        path = life.story.settings.registry
        assert path is not None  # noqa: S101  # the house was given one
        branches_edit.edit(path, lives.postponed)
    after = life.story.settings.load_registry().find(NEXT)
    assert before and after  # noqa: S101  # `turned` has promised it
    moved = f"rabbit-{NEXT}.0b1"
    await followed(life, BETA.day, {**confirmed(BETA), moved: (after.releases[7].date, "TENTATIVE")}, moved)
    wanted = {BRANCH: BRANCH, NEXT: "main"}
    await ledger.promise("builders and schedulers are there for both", eyes.builders(wanted, life.kinds), FOLLOW_S)
    await ledger.promise("the chart has moved", eyes.chart_moved(chart))


async def candidate(life: Life) -> None:
    await life.moves_to(CANDIDATE.eve)
    await released(life, CANDIDATE, await pushed(life, CANDIDATE, life.story.core_dev))
    await followed(life, CANDIDATE.day, confirmed(BETA, CANDIDATE))


async def final(life: Life) -> None:
    await life.moves_to(FINAL.eve)
    await released(life, FINAL, await pushed(life, FINAL, life.manager))
    await life.moves_to(FINAL.day)
    await life.ledger.promise("it is in its bug-fix phase", life.eyes.status(FINAL.day, Status.BUGFIX))
    await life.ledger.promise("its label says so", life.eyes.label("takes bug fixes and security fixes"))
    await followed(life, FINAL.day, confirmed(CANDIDATE, FINAL))


async def bugfix(life: Life) -> None:
    """What it releases is a backport that the bots made."""
    story, core = life.story, life.story.core_dev
    await life.moves_to(BUGFIX.eve)
    await merged(life, BUGFIX, story.settings.labels.backport_prefix + BRANCH)
    await life.ledger.promise("the bots make the backport", life.eyes.backport_of(story.fix), FOLLOW_S)
    await life.ledger.promise("nothing holds its merge back", life.eyes.may_be_merged(story.backport), FOLLOW_S)
    async with life.ledger.step("a core developer merges the backport"):
        head = await core.merge(story.backport)
    await released(life, BUGFIX, head)
    await followed(life, BUGFIX.day, confirmed(FINAL, BUGFIX))


async def merged(life: Life, cut: Cut, *labels: str) -> None:
    """A core developer's own pull request to main, signed for, labelled and merged; the story's fix from now on."""
    story, core, number = life.story, life.story.core_dev, len(life.done)
    async with life.ledger.step(f"a core developer opens a pull request{''.join(f', {label}' for label in labels)}"):
        issue = await core.open_issue("Something could be better", "It could.")
        path, text = lives.entry(cut, issue, number)
        files = {path: text, f"Lib/test/test_mended{number}.py": INNOCENT.format(number)}
        await core.push(f"mend-{number}", f"gh-{issue}: Mend number {number}", files)
        title = f"gh-{issue}: Mend number {number}"
        story.fix = await core.open_pull(f"mend-{number}", title, "With a test and news.")
        await sign(story, core)
        for label in labels:
            await core.label(story.fix, label)
    await life.ledger.promise("nothing holds its merge back", life.eyes.may_be_merged(story.fix), FOLLOW_S)
    async with life.ledger.step("it is merged into main"):
        await core.merge(story.fix)


async def security(life: Life) -> None:
    ledger, eyes, label = life.ledger, life.eyes, life.story.settings.labels.backport_prefix + BRANCH
    chart = await eyes.chart()
    await life.moves_to(SECURITY)
    await ledger.promise("it is in its security phase", eyes.status(SECURITY, Status.SECURITY))
    await turned(life, SECURITY, "security")
    await ledger.promise("its label says so", eyes.label("takes security fixes only"))
    await ledger.promise("everybody is told, once", eyes.announced_once(f"{BRANCH} takes security fixes only"))
    await permitted(life, SECURITY, "core", "bugfix", False)
    await permitted(life, SECURITY, "core", "security", False)
    await permitted(life, SECURITY, "release-manager", "security", True)
    await merged(life, LAST)
    async with ledger.step("somebody asks for its backport all the same"):
        await life.story.core_dev.label(life.story.fix, label)
    await ledger.promise("it is refused with the reason", refused(life.story, BRANCH, "only security fixes"))
    await followed(life, SECURITY, {"rabbit-1.3-security": (SECURITY, "CONFIRMED")})
    await ledger.promise("the chart has moved", eyes.chart_moved(chart))
    await life.moves_to(LAST.eve)
    await released(life, LAST, await pushed(life, LAST, life.manager))
    await followed(life, LAST.day, confirmed(BUGFIX, LAST))


async def end(life: Life) -> None:
    ledger, eyes, story = life.ledger, life.eyes, life.story
    chart, head = await eyes.chart(), await eyes.commit(f"refs/heads/{BRANCH}")
    async with ledger.step(f"somebody still has an issue with {BRANCH}"):
        issue = await story.core_dev.open_issue(f"{BRANCH} is slow on Tuesdays", "Really.")
        await story.core_dev.label(issue, BRANCH)
    await life.moves_to(END)
    await ledger.promise("it has reached its end of life", eyes.status(END, Status.END_OF_LIFE))
    await ledger.promise(
        f"only {NEXT} has builders and schedulers", eyes.builders({NEXT: "main"}, life.kinds), FOLLOW_S
    )
    await turned(life, END, "end-of-life", "--for-good")
    await ledger.promise("its tag replaces the branch", eyes.replaced_by_its_tag(head))
    await ledger.promise("its label is retired", eyes.label(""))
    await ledger.promise("everybody is told, once", eyes.announced_once(f"{BRANCH} has reached its end of life"))
    await ledger.promise("the open issue is told, once", eyes.told_once(issue, f"{BRANCH} has reached its end of life"))
    await permitted(life, END, "release-manager", "security", False)
    async with ledger.step("somebody asks for a backport to it all the same"):
        await story.core_dev.label(story.fix, f"{story.settings.labels.backport_prefix}{BRANCH}")
    await ledger.promise("it is refused with the reason", refused(story, BRANCH, "end of life"))
    await followed(life, END, {"rabbit-1.3-end-of-life": (END, "CONFIRMED")})
    await ledger.promise("the label that they made by asking is retired again", eyes.label(""))
    await ledger.promise("the chart has moved", eyes.chart_moved(chart))
    await life.ends_well("the registry's dates hold", END, "branches", "lint", "--clone", str(await eyes.renewed()))
    await life.ends_well("nothing drifts", END, "branches", "drift", "--clone", str(await eyes.renewed()))
    await all_verify(life)


async def permitted(life: Life, day: date, role: str, change: str, allowed: bool) -> None:
    words = ("branches", "permission", BRANCH, "--role", role, "--change", change)
    code, output = await life.camelot(day, *words)
    claim = f"a {role} {'may' if allowed else 'may not'} merge {change} fixes"
    await life.ledger.promise(claim, _ended(code, 0 if allowed else 1, output))


CHAPTERS: tuple[tuple[str, Callable[[Life], Awaitable[None]]], ...] = (
    (f"{ALPHA.version} in rehearsal", rehearsal),
    (f"{ALPHA.version}, on {ALPHA.day}", alpha),
    (f"{BETA.version}, on {BETA.day}: a branch is born", beta),
    (f"{CANDIDATE.version}, on {CANDIDATE.day}", candidate),
    (f"{FINAL.version}, on {FINAL.day}", final),
    (f"{BUGFIX.version}, on {BUGFIX.day}, with a backport", bugfix),
    (f"Security fixes only from {SECURITY}, and {LAST.version} on {LAST.day}", security),
    (f"End of life, on {END}", end),
)


# --- the telling ---


async def play(folder: Path, console: Console, seed: int, kinds: tuple[str, ...]) -> bool:
    """True when every promise was kept."""
    ledger = Ledger(console)
    console.print(
        f"The steps that are killed are chosen with SEED={seed}; each release is built as {', '.join(kinds)}."
    )
    ledger.open("Everything starts, as processes of their own on loopback")
    async with House(folder, told(folder, kinds), ALPHA.eve, "rabbit", before_the_first_alpha) as house:
        keep_credentials(house)
        async with demo.tell(house, ledger) as story:
            manager = _manager(house)
            life = Life(story, house, Eyes(story, folder / "seen.git"), manager, random.Random(seed), kinds)  # noqa: S311
            for title, chapter in CHAPTERS:
                ledger.open(title)
                if not await ends(life, title, chapter):
                    break
            story.world.engine.dispose()
    show(console, life)
    return ledger.whole


async def ends(life: Life, title: str, chapter: Callable[[Life], Awaitable[None]]) -> bool:
    """Tell a chapter; False where it could not be told to its end."""
    began, why = time.monotonic(), ""
    try:
        await chapter(life)
    except (Stuck, Refusal, OSError, RuntimeError) as error:
        why = f"{type(error).__name__}: {error}"

    async def look() -> str | None:
        if why:
            raise Broken(why)
        return title

    life.minutes[title] = (time.monotonic() - began) / 60
    return await life.ledger.promise("the chapter comes to its end", look)


def told(folder: Path, kinds: tuple[str, ...]) -> dict[str, str]:
    """The environment of this house: its own registry, and a farm of few kinds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "registry.toml").write_text(lives.registry(), encoding="utf-8")
    (folder / "own.toml").write_text(to_toml({"farm": {"kinds": list(kinds)}}), encoding="utf-8")
    names = {"CAMELOT_REGISTRY": str(folder / "registry.toml"), "CAMELOT_CONFIG": str(folder / "own.toml")}
    return {**os.environ, **names}


def before_the_first_alpha(tree: Path) -> None:
    """Rabbit is developed further than this story begins: what its first alpha told is not told yet."""
    (tree / f"Misc/NEWS.d/{ALPHA.version}.rst").unlink(missing_ok=True)


def keep_credentials(house: House) -> None:
    """The release manager's token, where git looks for it."""
    at, token = urlsplit(house.addresses.forge), house.secrets["release-manager"]
    folder = house.data / "release-manager" / "git"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "config").write_text("[credential]\n\thelper = store\n", encoding="utf-8")
    (folder / "credentials").touch(mode=0o600)
    (folder / "credentials").write_text(f"{at.scheme}://release-manager:{token}@{at.netloc}\n", encoding="utf-8")


def _manager(house: House) -> Player:
    login = "release-manager"
    person = Person(house.addresses.forge, login, house.secrets[login], email=seeds.email_of(login))
    return Player(person, house.settings.github.repository)


def show(console: Console, life: Life) -> None:
    """The promises; how long a release takes, step by step; how long the story took."""
    console.print(life.ledger.table())
    total = sum(life.rehearsed.values())
    table = Table(title=f"A rehearsed release: {total:.1f} s (target {TARGET_S:.0f} s)", title_justify="left")
    table.add_column("step")
    table.add_column("s", justify="right")
    for step, seconds in life.rehearsed.items():
        table.add_row(step, f"{seconds:.1f}")
    console.print(table)
    for title, minutes in life.minutes.items():
        console.print(f"{minutes:5.1f} min  {title}")
    kept = sum(promise.kept for promise in life.ledger.promises)
    took = (time.monotonic() - life.ledger.started) / 60
    console.print(
        f"Promises kept: {kept}, broken: {len(life.ledger.promises) - kept}. The story took {took:.1f} minutes."
    )


def main() -> int:
    seed = int(os.environ.get("SEED") or 1)
    kinds = tuple(os.environ.get("KINDS", "").split()) or KINDS
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(scratch)
        return 0 if asyncio.run(play(folder, Console(highlight=False, width=160), seed, kinds)) else 1


if __name__ == "__main__":
    sys.exit(main())
