"""A worker's absence is told once, whatever the master forgets in between; its return too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from core import database, models, standings
from core.presence import Seen, look

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
HERE = Seen("pi", "ada", True, builders=("debug 1.3",))
AWAY = replace(HERE, connected=False)
MISSING_S = 600.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = database.connect(f"sqlite:///{tmp_path / 'camelot.db'}")
    yield opened
    opened.dispose()


def told(engine: Engine) -> list[tuple[str, str]]:
    """Event and `since` of every delivery, oldest first."""
    with engine.begin() as connection:
        rows = connection.execute(select(models.deliveries).order_by(models.deliveries.c.id)).all()
    return [(row.event, row.payload["since"][11:16]) for row in rows]


def at(engine: Engine, minute: int, seen: Seen) -> bool:
    return look(engine, [seen], START + timedelta(minutes=minute), MISSING_S)


@pytest.mark.row("A5")
def test_an_absence_is_told_once_when_it_is_long_enough_and_so_is_the_return(engine: Engine) -> None:
    for minute, seen in ((0, HERE), (1, AWAY), (5, AWAY), (11, AWAY), (12, AWAY), (90, AWAY), (95, HERE), (96, HERE)):
        at(engine, minute, seen)
    assert told(engine) == [("worker.missing", "08:01"), ("worker.back", "08:01")]


def test_a_short_absence_is_nobodys_business(engine: Engine) -> None:
    for minute, seen in ((0, HERE), (1, AWAY), (9, AWAY), (10, HERE), (11, AWAY), (19, AWAY), (20, HERE)):
        at(engine, minute, seen)
    assert told(engine) == []


def test_each_absence_is_told_of_anew(engine: Engine) -> None:
    for minute, seen in ((0, HERE), (1, AWAY), (20, AWAY), (21, HERE), (22, AWAY), (40, AWAY)):
        at(engine, minute, seen)
    assert told(engine) == [("worker.missing", "08:01"), ("worker.back", "08:01"), ("worker.missing", "08:22")]


def test_a_worker_that_never_came_is_missing_too(engine: Engine) -> None:
    at(engine, 0, AWAY)
    at(engine, 11, AWAY)
    assert told(engine) == [("worker.missing", "08:00")]


def test_a_planned_downtime_is_no_absence_but_what_goes_on_after_it_is(engine: Engine) -> None:
    for minute, excused in ((0, True), (60, True), (61, False)):
        at(engine, minute, replace(AWAY, excused=excused))
    assert told(engine) == [("worker.missing", "08:00")]


def test_what_did_not_change_writes_nothing_and_a_worker_that_is_gone_from_the_farm_leaves(engine: Engine) -> None:
    assert at(engine, 0, HERE)
    before = standings.revision(engine)
    assert not at(engine, 1, HERE)
    assert standings.revision(engine) == before
    doing = ({"builder": "debug 1.3", "number": 1, "url": "", "started": ""},)
    assert at(engine, 2, replace(HERE, doing=doing))
    (row,) = standings.workers(engine)
    assert (row["doing"], row["since"][11:16]) == (list(doing), "08:00")
    assert look(engine, [], START, MISSING_S)
    assert standings.workers(engine) == []
