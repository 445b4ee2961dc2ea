"""Changes to a registry's file that keep everything else in it, comments and order included.

Each is written beside the file and renamed over it: a crash leaves the old file or the new one. Each may be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from core import files
from core.branches import Override, parse
from core.versions import Version

Edit = Callable[[tomlkit.TOMLDocument], bool]


def edit(path: Path, change: Edit) -> bool:
    """Make a change and write it; False where there is none. Raises ValueError when the result is no registry."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    if not change(document):
        return False
    text = tomlkit.dumps(document)
    parse(text)
    files.replace(path, text)
    return True


def decided(branch: str, row: Override) -> Edit:
    """Add a dated override; one that is there already is no change."""

    def change(document: tomlkit.TOMLDocument) -> bool:
        wanted = {"date": row.date, "status": row.status.value, "reason": row.reason}
        if any(_plain(there) == wanted for there in _rows(document, "override", branch)):
            return False
        _append(document, "override", branch, wanted)
        return True

    return change


def undecided(branch: str, row: Override) -> Edit:
    """Take an override out again."""

    def change(document: tomlkit.TOMLDocument) -> bool:
        wanted = {"date": row.date, "status": row.status.value, "reason": row.reason}
        rows = _rows(document, "override", branch)
        places = [place for place, there in enumerate(rows) if _plain(there) == wanted]
        for place in reversed(places):
            del rows[place]
        if places and not rows:
            _drop(document, "override", branch)
        return bool(places)

    return change


def released(version: Version, day: date) -> Edit:
    """The row of a release says that it is out since `day`; a new row where there was none."""

    def change(document: tomlkit.TOMLDocument) -> bool:
        row = _row(document, version)
        if row is None:
            wanted = {"stage": version.stage(), "state": "actual", "date": day}
            _append(document, "release", version.branch, wanted)
            return True
        if (row["state"], row["date"]) == ("actual", day):
            return False
        row["state"], row["date"] = "actual", day
        return True

    return change


def unreleased(version: Version, day: date | None) -> Edit:
    """The row of a release is expected on `day` again; without a day there was none, and there is none again."""

    def change(document: tomlkit.TOMLDocument) -> bool:
        row = _row(document, version)
        if row is None or row["state"] != "actual":
            return False
        if day is not None:
            row["state"], row["date"] = "expected", day
            return True
        rows = _rows(document, "release", version.branch)
        del rows[next(place for place, there in enumerate(rows) if there is row)]
        if not rows:
            _drop(document, "release", version.branch)
        return True

    return change


def planned(version: Version, day: date) -> Edit:
    """The row of a release that is still to come has this day."""

    def change(document: tomlkit.TOMLDocument) -> bool:
        row = _row(document, version)
        if row is None:
            _append(document, "release", version.branch, {"stage": version.stage(), "state": "expected", "date": day})
            return True
        if row["state"] == "actual":
            raise ValueError(f"{version} is out since {row['date']}: a release that is out has no other day")
        if row["date"] == day:
            return False
        row["date"] = day
        return True

    return change


def born(version: str, fields: dict[str, Any], releases: list[dict[str, Any]], cycle: dict[str, Any]) -> Edit:
    """Add a branch with its schedule; one that is there already is no change."""

    def change(document: tomlkit.TOMLDocument) -> bool:
        if version in document["metadata"]:
            return False
        _table(document, "metadata")[version] = _made(fields)
        _table(document, "cycle")[version] = _made(cycle)
        for row in releases:
            _append(document, "release", version, row)
        return True

    return change


def unborn(version: str) -> Edit:
    """Take a branch out with everything about it."""

    def change(document: tomlkit.TOMLDocument) -> bool:
        if version not in document["metadata"]:
            return False
        for name in ("metadata", "cycle", "release", "override"):
            if version in document.get(name, {}):
                _drop(document, name, version)
        return True

    return change


def _row(document: tomlkit.TOMLDocument, version: Version) -> Any:
    for row in _rows(document, "release", version.branch):
        named = Version.of_stage(row["stage"]) if "stage" in row else Version.parse(row["version"])
        if named == version:
            return row
    return None


def _rows(document: tomlkit.TOMLDocument, table: str, branch: str) -> Any:
    return document.get(table, {}).get(branch, [])


def _plain(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = row.unwrap()
    return found


def _table(document: tomlkit.TOMLDocument, name: str) -> Any:
    if name not in document:
        document[name] = tomlkit.table(is_super_table=True)
    return document[name]


def _made(fields: dict[str, Any]) -> Table:
    table = tomlkit.table()
    table.update(fields)
    table.add(tomlkit.nl())
    return table


def _append(document: tomlkit.TOMLDocument, name: str, branch: str, row: dict[str, Any]) -> None:
    tables = _table(document, name)
    if branch not in tables:
        tables[branch] = tomlkit.aot()
    rows = tables[branch]
    assert isinstance(rows, AoT)  # noqa: S101  # parse() has read the same text
    rows.append(_made(row))


def _drop(document: tomlkit.TOMLDocument, name: str, branch: str) -> None:
    tables = document[name]
    assert isinstance(tables, dict)  # noqa: S101
    del tables[branch]
    if not tables:
        del document[name]
