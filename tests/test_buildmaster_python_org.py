"""python.org's own workers and kinds, given to our tables, make as many builders on each branch as they make there.

The expected numbers are those of their own configuration, loaded under Buildbot 4.3.0 in August 2026: 1,036 builders.
141 of them are of a branch called PR, which our farm has no need of: the builders of its base branch build a pull
request.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from buildmaster.builders import cross
from buildmaster.buildrequests import Choice, chosen
from buildmaster.inventory import Worker
from buildmaster.kinds import Kind
from core import branches
from core.results import BuildRequest

pytestmark = pytest.mark.row("A1")

DAY = date(2026, 8, 22)  # 3.16 is main, 3.10 still lives
CPYTHON = branches.load(branches.registry_path("cpython"))
FACTS: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "facts" / "python_org.toml").read_text(encoding="utf-8")
)
WORKERS = [Worker(owner=row["name"].partition("-")[0], tags=frozenset(), **row) for row in FACTS["worker"]]
NOGIL = {row["name"] for row in FACTS["definition"] if row.get("nogil")}

BUILDERS = {"main": 141, "3.15": 134, "3.14": 134, "3.13": 123, "3.12": 126, "3.11": 120, "3.10": 117}
PR = 141  # those of the branch PR, 83 of them stable and 23 refleak: as many as main's
STABLE, UNSTABLE = {1: 26, 2: 38, 3: 25, 0: 13}, {1: 10, 2: 19, 3: 16, 0: 15}  # definitions of each tier


def kind(row: dict[str, Any]) -> Kind:
    limits = {name: row.get(name, "") for name in ("since", "until")}
    return Kind(row["name"], row["kind"], row["tier"], row["stable"], (), only=(row["worker"],), **limits)


# What the master makes of a table and an inventory.
ROWS = [row for row in cross([kind(row) for row in FACTS["definition"]], CPYTHON, DAY) if row.workers(WORKERS)]


def test_their_tables_are_whole() -> None:
    for stable, tiers in ((True, STABLE), (False, UNSTABLE)):
        assert Counter(row["tier"] for row in FACTS["definition"] if row["stable"] is stable) == tiers
    assert len({row["name"] for row in FACTS["definition"]}) == len(FACTS["definition"]) == 162
    assert len({worker.name for worker in WORKERS}) == 57
    assert {worker.name for worker in WORKERS} - {row["worker"] for row in FACTS["definition"]} == {"pablogsal-rasp"}


def test_each_branch_has_as_many_builders_as_theirs() -> None:
    assert Counter(row.branch for row in ROWS) == BUILDERS
    assert len({row.name for row in ROWS}) == len(ROWS) == 1036 - PR


@pytest.mark.parametrize("base", BUILDERS)
def test_a_pull_request_has_the_builders_of_its_base_branch(base: str) -> None:
    """Theirs has main's whatever its base: one for 3.12 is never built on a worker that keeps to 3.12."""
    found = chosen(BuildRequest(1, "k", base, "c" * 40, ".*", ""), Choice({row.name: row.branch for row in ROWS}))
    assert len(found) == BUILDERS[base]
    assert base != "main" or len(found) == PR


def test_main_has_as_many_stable_and_refleak_builders_as_theirs_and_all_branches_too() -> None:
    """Over all branches, with PR, theirs are 616 stable, 176 refleak and 81 free-threaded ones."""
    stable = Counter(row.branch for row in ROWS if row.kind.stable)
    leaks = Counter(row.branch for row in ROWS if row.kind.kind == "refleak")
    nogil = Counter(row.branch for row in ROWS if row.kind.name in NOGIL)
    assert (stable["main"], leaks["main"]) == (83, 23)
    assert [found.total() + found["main"] for found in (stable, leaks, nogil)] == [616, 176, 81]
    assert set(nogil) == {"main", "3.15", "3.14", "3.13"}


def test_their_builders_sit_on_as_many_workers() -> None:
    load = Counter(row.workers(WORKERS)[0].name for row in ROWS if row.branch == "main")
    assert (len(load), max(load.values())) == (50, 8)
    assert len({row.kind.only for row in ROWS if row.kind.kind == "refleak"}) == 24
