"""How long CPython's test files took on one machine, for the first hunt of a farm that has timed nothing yet.

Recorded by us; each file in `durations/` says of what and how. Another machine and another way to test take longer, but
by about the same factor for all: that is what planning needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "durations"
NEWEST = {"cpython": "3.13"}  # by the table of builders


@cache
def seconds(table: str) -> Mapping[str, float]:
    """Of each test file, for the builders of `table`; nothing where nothing was recorded.

    A folder of test files that a later version runs apart counts as one file too, as earlier versions run it.
    """
    return with_folders(record(table, NEWEST[table])["seconds"]) if table in NEWEST else {}


def record(table: str, version: str) -> dict[str, Any]:
    """`seconds` of each test file; of the longest and the largest files `classes`, seconds of each of their classes.

    `cases` has how many of them each class of the largest files has, and of the other files how many in all, for "".
    """
    found: dict[str, Any] = json.loads((FOLDER / f"{table}-{version}.json").read_text(encoding="utf-8"))
    return found


def with_folders(known: Mapping[str, float]) -> dict[str, float]:
    """`test.test_io.test_raw` counts for `test_io` as well."""
    whole: dict[str, float] = {}
    for name, took_s in known.items():
        if name.startswith("test.") and name.count(".") == 2:
            folder = name.split(".")[1]
            whole[folder] = whole.get(folder, 0.0) + took_s
    return {**whole, **known}
