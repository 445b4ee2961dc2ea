"""A rehearsal takes the repository from the forge over HTTP and leaves it as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

from forge.local.person import Person
from forge.local.process import start
from release import cut, gates, repo
from tests import release_house as house_of
from tests.forge_world import REPOSITORY, config
from tests.release_house import TODAY, VERSION


async def test_a_release_is_rehearsed_from_the_forge_and_the_forge_is_not_touched(tmp_path: Path) -> None:
    with start(tmp_path / "forge", config("")) as forge:
        core = Person(forge.url, "core-dev", "token-core-dev", "core-dev@example.org")
        built_here = house_of.build(tmp_path, green=False)  # git by hand: `configure` must stay executable
        address = forge.url.replace("://", "://core-dev:token-core-dev@")
        repo.git(built_here.origin, "push", "--quiet", f"{address}/{REPOSITORY}.git", "main:main")
        head, house = built_here.head, house_of.at(tmp_path, forge.url)
        before = await asyncio.to_thread(gates.excuses, house.settings, house.engine, VERSION, TODAY)
        assert [excuse.gate for excuse in before if excuse.state == "block"] == ["builders"]
        for builder in ("debug", "refleak"):
            house_of.built(house, builder, "success", head)
        result = await asyncio.to_thread(cut_it, house)
        assert (result.state, result.error) == ("done", "")
        branch = await core.get(f"/repos/{REPOSITORY}/branches/main")
        assert branch["commit"]["sha"] == head


def cut_it(house: house_of.House) -> cut.RunResult:
    return cut.cut(house.settings, house.engine, VERSION, "release-manager", today=TODAY)
