"""The master tells the database which worker is here, what it does and what waits; and of one that went away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import models, standings
from tests.farm_world import Farm, until


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[Farm]:
    made = Farm(tmp_path)
    config = tmp_path / "camelot.toml"
    config.write_text(config.read_text() + "worker_missing_s = 0.5\n")
    made.gate.touch()  # tests wait until it is gone
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
        made.engine.dispose()


def worker(farm: Farm) -> dict[str, Any]:
    return next((row for row in standings.workers(farm.engine) if row["name"] == "local"), {})


def events(farm: Farm) -> list[str]:
    with farm.engine.begin() as connection:
        return list(connection.execute(select(models.deliveries.c.event).order_by(models.deliveries.c.id)).scalars())


@pytest.mark.row("A7")
async def test_what_a_worker_does_and_what_waits_is_written_down_and_its_absence_told(farm: Farm) -> None:
    await until(lambda: worker(farm).get("connected"))
    assert "debug 1.3" in worker(farm)["builders"]
    farm.store.ask_build("push:1", "main", farm.commit, reason="a push")
    await until(lambda: any(row["started"] for row in worker(farm)["doing"]) and standings.queue(farm.engine))
    (build,) = worker(farm)["doing"]
    assert build["builder"].endswith(" 1.3")
    assert build["url"].endswith(f"/builds/{build['number']}")
    waiting = {row["builder"]: row for row in standings.queue(farm.engine)}
    assert build["builder"] not in waiting
    assert {(row["waiting"], row["reason"]) for row in waiting.values()} == {(1, "a push")}

    farm.gate.unlink()
    await farm.built(4)
    await until(lambda: not worker(farm)["doing"] and not standings.queue(farm.engine))
    await farm.running.pop("local").stop()
    await until(lambda: "worker.missing" in events(farm))
    assert not worker(farm)["connected"]
    await farm.start()
    await until(lambda: "worker.back" in events(farm))
    assert events(farm).count("worker.missing") == 1
