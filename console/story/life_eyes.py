"""What must be true of a version that lives: asked of forge, farm, pages, downloads and registry."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from console.story import life_plan as lives
from console.story.chapters import Story
from console.story.ledger import Broken, Probe
from console.story.life_plan import BRANCH, NEXT, Cut
from core import results
from core.branches import Status
from core.versions import Version
from release import index, journal, patchlevel, repo
from release.derive import CALENDAR


@dataclass(frozen=True)
class Eyes:
    """`mirror` is a copy of the forge's repository that is renewed at each look."""

    story: Story
    mirror: Path

    # --- the repository ---

    async def renewed(self) -> Path:
        await asyncio.to_thread(repo.mirror, self.mirror, self.story.settings.github.remote)
        return self.mirror

    async def commit(self, ref: str) -> str:
        return repo.answer(await self.renewed(), "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")

    def says(self, ref: str) -> str:
        """The version that the tree calls itself."""
        return str(patchlevel.read(repo.read(self.mirror, ref, self.story.settings.release.patchlevel)))

    def tag_follows(self, cut: Cut, head: str) -> Probe:
        """The tag is on the one release commit, which follows the commit that the farm was green on."""

        async def look() -> str | None:
            tagged, parent = await self.commit(f"v{cut.version}"), await self.commit(f"v{cut.version}^")
            if not tagged or parent != head:
                raise Broken(f"v{cut.version} is {tagged[:10] or 'nowhere'}, upon {parent[:10]} instead of {head[:10]}")
            changed = repo.git(self.mirror, "diff", "--name-only", parent, tagged).splitlines()
            stray = [path for path in changed if not path.startswith(lives.NOTHING_ELSE)]
            if stray:
                raise Broken(f"the release commit changes {', '.join(stray)} too")
            return f"{tagged[:10]} upon {head[:10]}, {len(changed)} files of version and news"

        return look

    def versions(self, wanted: Mapping[str, str]) -> Probe:
        """`wanted`: git ref -> what its patchlevel.h says."""

        async def look() -> str | None:
            await self.renewed()
            found = {ref: self.says(ref) for ref in wanted}
            if found != wanted:
                raise Broken(str(found))
            return ", ".join(f"{ref}: {version}" for ref, version in found.items())

        return look

    def news(self, cut: Cut, words: str) -> Probe:
        async def look() -> str | None:
            where, rules = await self.renewed(), self.story.settings.news
            text = repo.read(where, f"v{cut.version}", f"{rules.directory}/{cut.version}.rst")
            left = [path for path in repo.names(where, f"v{cut.version}", f"{rules.directory}/next")]
            waiting = [path for path in left if path.endswith(".rst") and not path.endswith("README.rst")]
            if words not in text or waiting:
                raise Broken(f"{len(waiting)} entries wait still; {cut.version}.rst has {len(text)} letters")
            return f"{text.count('.. section:')} entries in {cut.version}.rst, none waits"

        return look

    def nothing_twice(self, cuts: Sequence[Cut], kill: str) -> Probe:
        """One tag, one release commit, one after it, one run, each step done; none tried twice but the killed."""

        async def look() -> str | None:
            where, last = await self.renewed(), cuts[-1]
            tags = set(repo.git(where, "tag", "--list", "v*").splitlines())
            if tags != {f"v{cut.version}" for cut in cuts}:
                raise Broken(f"tags {', '.join(sorted(tags))}")
            subjects = repo.git(where, "log", "--format=%s", "--all").splitlines()
            product = self.story.settings.release.product
            counts = [subjects.count(f"{product} {last.version}"), subjects.count(f"Post {last.version}")]
            runs = [run for run in journal.runs(self.story.world.engine) if run.version == last.version]
            real = [run for run in runs if run.mode == "real"]
            if counts != [1, 1] or len(real) != 1 or real[0].state != "done":
                raise Broken(f"{counts} commits, runs {[run.state for run in real]}")
            again = [row.step for row in real[0].steps if row.attempts > 1]
            undone = [row.step for row in real[0].steps if row.state != "done"]
            killed, people = kill.partition(":")[0], lives.people_do(last.version)
            if undone or killed not in again or set(again) - {killed, *people}:
                raise Broken(f"not done: {undone}; tried again: {again}")
            return f"{len(tags)} tags, 1 release commit, 1 run of {len(real[0].steps)} steps, {killed} tried twice"

        return look

    def whole_or_nothing(self, cut: Cut, verify: Callable[[Path], Any]) -> Probe:
        """After a kill: a published folder holds, and tag and branch came together."""

        async def look() -> str | None:
            tagged = await self.commit(f"v{cut.version}")
            folder = self.story.settings.downloads / cut.version
            public = index.entries(self.story.settings.downloads).get(cut.version, {}).get("mode")
            moved = bool(tagged) and self.says(cut.ref if cut is not lives.BETA else BRANCH) == f"{cut.version}+"
            if bool(tagged) != moved:
                raise Broken(f"v{cut.version} is {tagged[:10] or 'nowhere'}, {cut.ref} says {self.says(cut.ref)}")
            if folder.is_dir() and (await verify(folder))[0]:
                raise Broken(f"{folder.name} is published, and does not verify")
            return f"tag {'and branch there' if tagged else 'not there'}, in the index: {public or 'nothing'}"

        return look

    # --- what is published ---

    def listed(self, cut: Cut) -> Probe:
        async def look() -> str | None:
            downloads = self.story.settings.downloads
            found, folder = index.entries(downloads).get(cut.version, {}), downloads / cut.version
            names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
            page = (downloads / "index.html").read_text(encoding="utf-8")
            if (found.get("mode"), found.get("date")) != ("real", cut.day.isoformat()) or sorted(
                found["files"]
            ) != names:
                raise Broken(f"the index says {found or 'nothing'}")
            left = list(downloads.glob(".staging-*"))
            if left or any(name not in page for name in names):
                raise Broken(f"left behind: {[path.name for path in left]}; or the page lacks a file")
            return f"{len(names)} files, in index.json and index.html"

        return look

    def sources_only(self, cut: Cut) -> Probe:
        async def look() -> str | None:
            folder = self.story.settings.downloads / cut.version
            names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
            if not names or lives.built_things(names):
                raise Broken(f"{lives.built_things(names) or 'nothing at all'}")
            return ", ".join(names)

        return look

    # --- what follows from the registry ---

    def status(self, day: date, status: Status) -> Probe:
        """On the page's table too."""

        async def look() -> str | None:
            rows = json.loads(await self.story.world.page(f"{self.story.settings.console.address}/branches.json"))
            shown = next((row["status"] for row in rows if row["version"] == BRANCH), "absent")
            found = self.story.settings.load_registry().find(BRANCH)
            if found is None or found.status(day) is not status or shown != status:
                return None
            return f"{shown} on {day}, in the registry and on the page"

        return look

    def calendar(self, wanted: Mapping[str, tuple[date, str]], moved: str = "") -> Probe:
        """Day and status of events in the calendar that was written; the event `moved` has been moved."""

        async def look() -> str | None:
            settings = self.story.settings
            path = settings.data / "branches" / settings.profile / CALENDAR
            found = lives.events(path.read_bytes().decode())
            shown = {name: found[name][:2] for name in wanted if name in found}
            if shown != dict(wanted):
                raise Broken(
                    str({name: shown.get(name, "no event") for name in wanted if shown.get(name) != wanted[name]})
                )
            if moved and found[moved][2] < 1:
                raise Broken(f"{moved} has sequence {found[moved][2]}")
            return ", ".join(f"{name} {status.lower()} on {day}" for name, (day, status) in wanted.items())

        return look

    def chart_moved(self, before: str) -> Probe:
        async def look() -> str | None:
            now = await self.chart()
            return f"{len(now)} bytes of SVG, others than before" if now != before and BRANCH in now else None

        return look

    async def chart(self) -> str:
        return await self.story.world.page(f"{self.story.settings.console.address}/chart.svg")

    # --- the farm ---

    def built(self, sha: str, kinds: Sequence[str]) -> Probe:
        async def look() -> str | None:
            found = {build.kind: build for build in self.story.world.builds(sha).values()}
            red = [build for build in found.values() if not build.green]
            if red:
                raise Broken(
                    f"{red[0].builder} {red[0].result} at {red[0].failed_step}: {red[0].verdict.get('failed')}"
                )
            if not set(kinds) <= set(found):
                return None
            return f"{sha[:10]}: " + ", ".join(f"{build.builder} #{build.number}" for build in found.values())

        return look

    def builders(self, wanted: Mapping[str, str], kinds: Sequence[str]) -> Probe:
        """`wanted`: version -> the git branch that its builders build. Builders and their schedulers, and no others."""
        names = {f"{kind} {version}": ref for version, ref in wanted.items() for kind in kinds}

        async def look() -> str | None:
            there = {row.name: row.branch for row in results.all_builders(self.story.world.engine)}
            if there != names:
                return None
            page = await self.story.world.page(f"{self.story.settings.farm.web_url}api/v2/forceschedulers")
            buttons = {row["name"]: row["builder_names"] for row in json.loads(page)["forceschedulers"]}
            if sorted(name for each in buttons.values() for name in each) != sorted(names):
                return None
            return f"{', '.join(f'{name} ({ref})' for name, ref in there.items())}; {len(buttons)} schedulers"

        return look

    # --- the forge ---

    def label(self, words: str) -> Probe:
        """The backport label has a description that ends so; no words: there is no such label."""
        name = f"{self.story.settings.labels.backport_prefix}{BRANCH}"

        async def look() -> str | None:
            rows = await self.story.world.get("/labels", per_page="100")
            found = next((str(row["description"]) for row in rows if row["name"] == name), None)
            if not words:
                return None if found is not None else f"no {name!r}"
            return f"{name!r}: {found}" if found and found.endswith(words) else None

        return look

    def protected(self, ref: str) -> Probe:
        async def look() -> str | None:
            found = await self.story.world.get(f"/branches/{ref}")
            return f"{ref} is protected" if found and found["protected"] else None

        return look

    def announced_once(self, words: str) -> Probe:
        async def look() -> str | None:
            rows = await self.story.world.get("/issues", state="all", per_page="100")
            found = [row["number"] for row in rows if words in (row["body"] or "") and "pull_request" not in row]
            if len(found) > 1:
                raise Broken(f"issues {found}")
            return f"issue #{found[0]}" if found else None

        return look

    def told_once(self, number: int, words: str) -> Probe:
        async def look() -> str | None:
            told = [body for body in await self.story.world.bot_comments(number) if words in body]
            if len(told) > 1:
                raise Broken(f"{len(told)} comments")
            return f"#{number}: {words}" if told else None

        return look

    def may_be_merged(self, number: int) -> Probe:
        """What the protected branch asks for is green."""

        async def look() -> str | None:
            contexts = self.story.settings.contexts
            found = await self.story.world.statuses((await self.story.world.pull(number)).head_sha)
            wanted = (contexts.merge_guard, contexts.cla)
            return ", ".join(wanted) if all(found.get(name, ("",))[0] == "success" for name in wanted) else None

        return look

    def backport_of(self, original: int) -> Probe:
        async def look() -> str | None:
            made = [pull for pull in await self.story.world.pulls() if pull.base == BRANCH]
            if len(made) > 1:
                raise Broken(f"{len(made)} pull requests to {BRANCH}")
            if not made or f"(GH-{original})" not in made[0].title:
                return None
            self.story.backport = made[0].number
            return f"#{made[0].number} {made[0].title}"

        return look

    def replaced_by_its_tag(self, head: str) -> Probe:
        async def look() -> str | None:
            tagged = await self.commit(f"refs/tags/{BRANCH}")
            if tagged != head or await self.commit(f"refs/heads/{BRANCH}"):
                raise Broken(f"tag {BRANCH} at {tagged[:10] or 'nothing'}, head was {head[:10]}")
            return f"tag {BRANCH} at {head[:10]}, no branch {BRANCH}"

        return look

    def born(self, version: Version) -> Probe:
        """The branch stands at the commit after the release, main one commit further."""

        async def look() -> str | None:
            branch, before = await self.commit(f"refs/heads/{BRANCH}"), await self.commit("refs/heads/main^")
            page = self.story.settings.release.whatsnew.format(version=NEXT)
            if not branch or branch != before or not repo.read(self.mirror, "refs/heads/main", page):
                raise Broken(f"{BRANCH} at {branch[:10] or 'nothing'}, main upon {before[:10]}")
            return f"{BRANCH} at {branch[:10]}, after {version}; main begins {NEXT} with {page}"

        return look
