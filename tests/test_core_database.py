"""The schema: migrations lead to exactly what the models say, and services may start at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core import database, models


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
