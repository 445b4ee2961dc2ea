"""`camelot checkconfig`: the farm's tables are read, and every service is started once, in a folder that goes again."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import click

from buildmaster import builders, inventory
from buildmaster.checkconfig import problems
from console.errors import Refusal
from console.request import Request
from console.service import ServiceError
from console.up import House
from core import settings as core_settings

WRONG = 1  # the exit code


class Trial(House):
    """A house whose forge has people and an App, and a repository without a commit: nothing is built in it."""

    def _push_first(self, spare: Path) -> None:
        spare.mkdir(parents=True)


@click.command(epilog="Example: camelot --profile cpython checkconfig")
@click.option("--inventory", "file", type=click.Path(path_type=Path), help="The workers.  [default: our own]")
@click.pass_obj
def checkconfig(request: Request, file: Path | None) -> None:
    """Check the farm's tables and start every service against a local forge, without any network.

    Each profile, or the one that --profile names. Exit code 1 after a mistake: its row's place is printed.
    """
    profiles = [request.profile] if request.profile else list(core_settings.PROFILE_NAMES)
    wrong = [sentence for profile in profiles for sentence in _tables(request, profile, file or inventory.INVENTORY)]
    for profile in [] if wrong else profiles:
        wrong += asyncio.run(_start(request, profile))
    for sentence in dict.fromkeys(wrong):
        click.echo(sentence, err=True)
    sys.exit(WRONG if wrong else 0)


def _tables(request: Request, profile: str, file: Path) -> Iterator[str]:
    try:
        chosen = core_settings.load(request.environ(), profile)
        found = problems(chosen.farm.builders, chosen.load_registry(), chosen.day(), file)
    except (ValueError, OSError) as error:
        yield f"{profile}: {error}"
        return
    yield from found
    if not found:
        rows = builders.cross(builders.table(chosen.farm.builders), chosen.load_registry(), chosen.day())
        click.echo(f"{profile}: {len(rows)} builders in {file.name}, kinds and registry: no mistake")


async def _start(request: Request, profile: str) -> list[str]:
    """Start all of it and ask the farm what it has; what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            async with Trial(Path(folder), request.environ(), request.today, profile, tell=click.echo) as house:
                return await _look(house, profile)
        except (Refusal, ServiceError, ValueError) as error:
            return [f"{profile}: {error}"]


async def _look(house: House, profile: str) -> list[str]:
    chosen = house.settings
    workers = inventory.load(chosen.farm.inventory)
    kinds = builders.table(chosen.farm.builders)
    rows = builders.cross(kinds, chosen.load_registry(), chosen.day())
    wanted = {row.name for row in rows if row.workers(workers)}
    made = {str(each["name"]) for each in await _ask(house, "builders") if each["masterids"]}
    schedulers = [str(each["name"]) for each in await _ask(house, "schedulers")]
    joined = [str(each["name"]) for each in await _ask(house, "workers") if each["connected_to"]]
    click.echo(
        f"{profile}: forge, bots, buildmaster, worker and web started: {len(made)} builders of {len(rows)} have a "
        f"worker, {len(schedulers)} schedulers, workers that joined: {', '.join(joined)}"
    )
    return [] if made == wanted else [f"{profile}: the master made {sorted(made)} in place of {sorted(wanted)}"]


async def _ask(house: House, what: str) -> list[dict[str, object]]:
    url = f"{house.addresses.farm}/api/v2/{what}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        answer.raise_for_status()
        found: list[dict[str, object]] = (await answer.json(content_type=None))[what]
        return found
