"""Chapters five and six: the release manager cuts a release in rehearsal; then time moves past an end of life."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from console.story.chapters import Story, refused
from console.story.gate import blocking, next_version
from console.story.ledger import Broken, Probe
from core import results
from core.versions import Version
from release import journal, verify

CUT_WITHIN_S = 480.0


class Housekeeper(Protocol):
    """What the last chapter needs of the house: services that start again on another day."""

    def environ(self) -> Mapping[str, str]: ...

    async def restart(self, *names: str, today: date | None = None) -> None: ...


async def the_release(story: Story, house: Housekeeper) -> None:
    """A release in rehearsal: everything real, but published into a folder of ours."""
    ledger, version = story.ledger, next_version(story.settings)
    ledger.open(f"5. The release manager cuts {version} in rehearsal")
    await ledger.promise("nothing holds the release back any more", _free(story), 30)
    async with ledger.step(f"camelot release cut {version} --rehearse"):
        code, output = await camelot(house.environ(), "release", "cut", version, "--rehearse")
    story.marks["cut"] = output
    published = story.settings.downloads / version

    async def cut() -> str | None:
        if code != 0:
            raise Broken(output.strip().splitlines()[-1] if output.strip() else f"exit {code}")
        return f"{len(list(published.iterdir()))} files in {published.name}"

    await ledger.promise("every step of it ended well", cut)
    await ledger.promise("the tag holds the new version and its merged news", _tagged(story, version))
    await ledger.promise("tarball, SBOM, checksums and signature are published", _published(published))
    await ledger.promise("they verify, offline", _verifies(published))
    await ledger.promise("one changed byte would be found, and its file named", _notices_a_byte(published))
    await ledger.promise("the tarball was built again, and came out the same", _evidence(story, version, "reproduce"))
    await ledger.promise("it was downloaded, built and run from there", _evidence(story, version, "smoke"))


async def time_moves(story: Story, house: Housekeeper) -> None:
    """The day after a branch's end of life, everything that depends on it has followed."""
    ledger = story.ledger
    registry = story.settings.load_registry()
    branch = next(b for b in registry if b.status(story.settings.day()) == "security")
    day = branch.end_of_life + timedelta(days=1)
    ledger.open(f"6. Time moves to {day}, the day after {branch.version}'s end of life")
    label = f"{story.settings.labels.backport_prefix}{branch.version}"
    before = await _pages(story)
    await ledger.promise(f"until now there is a label {label!r}", _label(story, label, exists=True))
    await ledger.promise(
        f"until now there are builders for {branch.version}", _builders(story, branch.version, some=True)
    )
    async with ledger.step(f"the services start again on {day}"):
        await house.restart("bots", "buildmaster", "web", today=day)
    await ledger.promise("its label is retired", _label(story, label, exists=False))
    await ledger.promise("its builders are gone", _builders(story, branch.version, some=False), 60)
    async with ledger.step("somebody asks for a backport to it all the same"):
        await story.core_dev.label(story.fix, label)
    await ledger.promise(
        "the backport is refused with the reason", refused(story, branch.version, str(branch.end_of_life))
    )
    await ledger.promise("the chart and the table of branches have changed", _changed(story, before, branch.version))


async def camelot(environ: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run the command line as a person would: its exit code and everything it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "console", *words,
        env={**os.environ, **environ}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), CUT_WITHIN_S)
    return process.returncode or 0, output.decode(errors="replace")


def _free(story: Story) -> Probe:
    async def look() -> str | None:
        return None if blocking(story.settings, story.world.engine) else "no gate blocks"

    return look


def _tagged(story: Story, version: str) -> Probe:
    """In the repository that a rehearsal pushes to, instead of the forge's."""
    settings = story.settings
    upstream = settings.data / "rehearsal" / Version.parse(version).branch / "upstream.git"

    async def show(path: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "git", "--git-dir", str(upstream), "show", f"v{version}:{path}", stdout=asyncio.subprocess.PIPE
        )
        return (await process.communicate())[0].decode()

    async def look() -> str | None:
        news = await show(f"{settings.news.directory}/{version}.rst")
        bumped = f'"{version}"' in await show(settings.release.patchlevel)
        if not bumped or "math.isqrt" not in news or "math.sumprod" in news:
            raise Broken(f"v{version} lacks the version or the news of what is in it")
        return f"v{version} with {news.count('.. section:')} news entries, the reverted one not among them"

    return look


def _published(folder: Path) -> Probe:
    async def look() -> str | None:
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        wanted = (".tgz", ".tar.xz", ".spdx.json", "SHA256SUMS", ".dsse.json")
        missing = [end for end in wanted if not any(name.endswith(end) for name in names)]
        if missing:
            raise Broken(f"no {', '.join(missing)} among {', '.join(names) or 'nothing'}")
        return ", ".join(names)

    return look


def _verifies(folder: Path) -> Probe:
    async def look() -> str | None:
        problems = verify.verify(folder)
        if problems:
            raise Broken("; ".join(str(problem) for problem in problems))
        return "signature and checksums hold"

    return look


def _notices_a_byte(folder: Path) -> Probe:
    """On a copy: flip one byte of the tarball and look whether its name comes back."""

    async def look() -> str | None:
        if not folder.is_dir():
            raise Broken("nothing is published")
        with tempfile.TemporaryDirectory() as spare:
            copy = Path(shutil.copytree(folder, Path(spare) / folder.name))
            victim = next(path for path in copy.iterdir() if path.suffix == ".tgz")
            data = bytearray(victim.read_bytes())
            data[len(data) // 2] ^= 1
            victim.write_bytes(bytes(data))
            named = [str(problem) for problem in verify.verify(copy) if victim.name in str(problem)]
        if not named:
            raise Broken("the change was not found")
        return named[0]

    return look


def _evidence(story: Story, version: str, step: str) -> Probe:
    async def look() -> str | None:
        run = next((run for run in journal.runs(story.world.engine) if run.version == version), None)
        done = [row for row in run.steps if step in row.step and row.state == "done"] if run else []
        return json.dumps(done[0].evidence)[:160] if done else None

    return look


async def _pages(story: Story) -> tuple[str, str]:
    base = story.settings.console.address
    return await story.world.page(f"{base}/branches.json"), await story.world.page(f"{base}/chart.svg")


def _changed(story: Story, before: tuple[str, str], version: str) -> Probe:
    async def look() -> str | None:
        table, chart = await _pages(story)
        rows = {row.get("version", row["name"]): row["status"] for row in json.loads(table)}
        if table == before[0] or chart == before[1] or rows.get(version) != "end-of-life":
            return None
        return f"{version} is {rows[version]}"

    return look


def _label(story: Story, label: str, exists: bool) -> Probe:
    async def look() -> str | None:
        found = await story.world.label_exists(label)
        return ("there" if found else "gone") if found is exists else None

    return look


def _builders(story: Story, version: str, some: bool) -> Probe:
    async def look() -> str | None:
        names = [builder.name for builder in results.all_builders(story.world.engine) if builder.version == version]
        return (", ".join(names) or "none") if bool(names) is some else None

    return look
