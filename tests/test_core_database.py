"""The schema: migrations lead to exactly what the models say, and services may start at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event

from core import database, models
from core.labels import own_labels


def test_the_migrations_lead_to_exactly_the_models(database_url: str) -> None:
    engine = database.connect(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models.metadata) == []
    engine.dispose()


def test_several_services_may_open_a_new_database_at_the_same_moment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sub folder' / 'camelot.db'}"
    code = f"from core import database; database.connect({url!r})"
    services = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    assert [service.communicate()[1].decode() for service in services] == [""] * 4
    assert [service.returncode for service in services] == [0] * 4


def test_the_labels_of_a_pull_request_are_found_by_its_own_deliveries(tmp_path: Path) -> None:
    """However many effects there were of others: SQLite's plan names the index that it goes by."""
    engine = database.connect(f"sqlite:///{tmp_path / 'camelot.db'}")
    plans: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "effects" in statement:
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())

    own_labels(engine, 1, "camelot[bot]")
    assert [plan for plan in plans if "effects" in plan and "(delivery=? AND reaction=?)" in plan]
    assert not [plan for plan in plans if "state=?" in plan or plan.startswith("SCAN")]
    engine.dispose()
