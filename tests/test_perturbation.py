"""Whatever goes wrong once on the way, the world ends as if it had not.

Every story is told undisturbed, and again with each delivery doubled, with another pull request's events between, with
deliveries in another order, with a fault at a call to the forge, with the bots' process killed at one. `make test`
takes a sample of each class, seeded by CAMELOT_CHAOS_SEED; `make chaos` takes them all and prints how many they were.
"""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests.disturbed import Beginning, Outcome, beginning, everything, sample, tell
from tests.doors import Wrong
from tests.stories import STORIES, difference

pytestmark = pytest.mark.story

SIDE_BY_SIDE = int(os.environ.get("CAMELOT_CHAOS_JOBS", "2"))


@pytest.mark.parametrize("name", STORIES)
async def test_the_world_ends_as_if_nothing_had_gone_wrong(name: str, tmp_path: Path) -> None:
    begun = await beginning(tmp_path / "beginning")
    undisturbed = await tell(begun, tmp_path / "undisturbed", STORIES[name])
    full = os.environ.get("CAMELOT_CHAOS") == "all"
    seed = os.environ.get("CAMELOT_CHAOS_SEED", "1")
    wrongs = everything(undisturbed.calls) if full else sample(undisturbed.calls, f"{seed} {name}")
    slots = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(wrong: Wrong) -> str:
        async with slots:
            try:
                wrong, outcome = await _come_to_pass(begun, tmp_path, name, wrong)
                said = _verdict(wrong, undisturbed, outcome)
            except Exception as error:  # noqa: BLE001  (told below with what was done, beside the others)
                said = f"{wrong}: {type(error).__name__}: {error}"
        if said:  # at once: a full run takes hours
            print(f"{name}: broken by {said}", file=sys.stderr)
        return said

    broken = [said for said in await asyncio.gather(*map(one, wrongs)) if said]
    print(f"{name}: {len(wrongs)} disturbed runs, {undisturbed.calls} calls, {len(broken)} broken", file=sys.stderr)
    assert not broken, "\n".join(broken)


async def _come_to_pass(begun: Beginning, folder: Path, name: str, wrong: Wrong) -> tuple[Wrong, Outcome]:
    """Tell the story with this wrong, at an earlier call where this telling needed fewer calls than the first one."""
    while True:
        outcome = await tell(begun, folder / f"{wrong}-{uuid.uuid4().hex}".replace(" ", "-"), STORIES[name], wrong)
        if outcome.happened or wrong.kind == "order" or not 0 < outcome.calls < wrong.at:
            return wrong, outcome
        wrong = replace(wrong, at=outcome.calls)


def _verdict(wrong: Wrong, undisturbed: Outcome, outcome: Outcome) -> str:
    if not outcome.happened and wrong.kind != "order":
        return f"{wrong}: it never came to pass"
    told = difference(undisturbed.world, outcome.world)
    return f"{wrong}: {told}" if told else ""
