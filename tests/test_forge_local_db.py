"""The local forge's memory: a folder of an older version is taken over as it is."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from forge.local.db import open_database


def test_a_database_of_an_older_version_gets_the_columns_that_it_lacks(tmp_path: Path) -> None:
    first = open_database(tmp_path / "forge.db")
    wanted = {column["name"] for column in inspect(first).get_columns("pulls")}
    with first.begin() as connection:
        connection.execute(text("ALTER TABLE pulls DROP COLUMN behind"))
        connection.execute(text("DROP TABLE gone"))
    first.dispose()
    second = open_database(tmp_path / "forge.db")
    assert {column["name"] for column in inspect(second).get_columns("pulls")} == wanted
    assert inspect(second).has_table("gone")
    second.dispose()
