"""Old results go by rule; the newest of each builder, and what somebody still needs, stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from core import database, models, records, results, settings
from core.retention import NEWEST, sweep
from core.settings import Keep, SettingsError
from core.store import text
from tests.test_core_standings import made

START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = NEWEST + 10
LATER = START + timedelta(days=1000)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A build a day of two builders."""
    opened = database.connect(f"sqlite:///{tmp_path / 'camelot.db'}")
    with database.writing(opened):
        for number in range(COUNT):
            for builder in ("debug 1.3", "refleak 1.3"):
                ended = text(START + timedelta(days=number))
                build = replace(made(number, builder=builder, test_a="passed"), finished=ended)
                results.record(opened, build, "branch:refs/heads/main")
    yield opened
    opened.dispose()


def whole(engine: Engine, builder: str) -> list[int]:
    """Numbers of the builds that still have their results."""
    with engine.begin() as connection:
        query = select(models.outcomes.c.build).where(models.outcomes.c.builder == builder)
        kept = set(connection.execute(query).scalars())
        rows = connection.execute(select(models.builds).where(models.builds.c.builder == builder)).all()
    assert len(rows) == COUNT, "no build goes"
    for row in rows:
        assert bool(row.verdict) == (row.id in kept) == (not row.put_away)
    return sorted(row.number for row in rows if row.id in kept)


@pytest.mark.row("B12")
def test_each_builder_keeps_its_results_by_the_first_rule_that_fits_and_its_newest_always(engine: Engine) -> None:
    now = START + timedelta(days=COUNT)
    rules = [Keep(builders="^refleak", days=COUNT - 3), Keep(builders=".", days=1)]
    assert sweep(engine, rules, 1, now) == 10 + 3
    assert whole(engine, "debug 1.3") == list(range(10, COUNT))
    assert whole(engine, "refleak 1.3") == list(range(3, COUNT))
    assert sweep(engine, rules, 1, now) == 0


def test_what_an_open_notice_names_is_kept_until_it_is_closed(engine: Engine) -> None:
    records.open_notice(engine, "key", None, f"{2:040x}", {"good": f"{1:040x}"})
    sweep(engine, [], 1, LATER)
    assert whole(engine, "debug 1.3")[:3] == [1, 2, 10]
    records.close_notice(engine, "key")
    sweep(engine, [], 1, LATER)
    assert whole(engine, "debug 1.3")[0] == 10


def test_one_sweep_is_as_many_short_transactions_as_it_takes(engine: Engine) -> None:
    assert sweep(engine, [], 1, LATER, batch=3) == 20
    assert whole(engine, "debug 1.3") == list(range(10, COUNT))


def test_a_rule_that_cannot_be_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="not a regular expression"):
        settings.load({}, "rabbit", {"farm": {"keep": [{"builders": "(", "days": 1}]}})
    with pytest.raises(SettingsError, match=r"farm\.keep\.0\.days"):
        settings.load({}, "rabbit", {"farm": {"keep": [{"builders": "x", "days": 0}]}})
