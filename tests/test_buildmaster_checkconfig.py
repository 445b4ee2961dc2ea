"""The farm's tables are checked before anything starts, and everything starts once: mistakes have their row's place."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from buildmaster.checkconfig import of_kinds, of_workers, problems
from buildmaster.inventory import INVENTORY, TAGS, Worker, lacking, load
from buildmaster.kinds import TABLES, Kind
from core import branches
from workers import probe

pytestmark = pytest.mark.row("B14")

DAY = date(2026, 11, 20)
REGISTRIES = {name: branches.load(branches.registry_path(name)) for name in TABLES}
WORKERS = load()
GOOD = Kind("debug", "debug", 1, True, ("x86-64", "linux"))


@pytest.mark.parametrize("table", TABLES)
def test_our_own_tables_have_no_mistake(table: str) -> None:
    assert problems(table, REGISTRIES[table], DAY) == []


MISTAKES = {
    "a tag": (
        replace(GOOD, needs=("x86-64", "lniux")),
        "tag 'lniux' is unknown: write one of aarch64, aarch64-cross, android-sdk",
    ),
    "a first branch": (replace(GOOD, since="9.9"), "since is '9.9', which is no branch of the registry: write one of "),
    "a last branch": (replace(GOOD, until="1.x"), "until is '1.x', which is no branch of the registry"),
    "a worker": (replace(GOOD, only=("locale",)), "worker 'locale' has no row in the inventory: write one of local"),
    "steps": (replace(GOOD, steps="vms"), "steps is 'vms': write one of unix, installed, windows, wasi"),
    "a time": (replace(GOOD, timeout_s=0), "timeout_s is 0: write the seconds"),
    "a tier": (replace(GOOD, tier=4), "tier is 4: write 1, 2 or 3, or 0 for none"),
}


@pytest.mark.parametrize(("row", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_row_of_kinds_is_one_sentence_with_its_place(row: Kind, words: str) -> None:
    first = replace(GOOD, name="first")
    (found,) = of_kinds("RABBIT", [first, replace(row, name="second")], WORKERS, REGISTRIES["rabbit"])
    assert found.startswith("buildmaster/kinds.py: RABBIT row 2 (second): ")
    assert words in found


def test_main_alone_is_no_mistake() -> None:
    assert of_kinds("RABBIT", [replace(GOOD, since="main")], WORKERS, REGISTRIES["rabbit"]) == []


def test_two_rows_of_one_name_are_both_named() -> None:
    found = of_kinds("RABBIT", [GOOD, GOOD], WORKERS, REGISTRIES["rabbit"])
    assert [sentence.partition(": another")[0] for sentence in found] == [
        f"buildmaster/kinds.py: RABBIT row {number} (debug)" for number in (1, 2)
    ]


def test_a_worker_with_an_unknown_tag_is_named_with_its_row() -> None:
    workers = [Worker("one", "ada", frozenset({"linux"})), Worker("two", "bob", frozenset({"linux", "solarium"}))]
    (found,) = of_workers(workers, INVENTORY)
    assert found.startswith(f"{INVENTORY}: row 2 (two): tag 'solarium' is unknown: write one of ")


def test_the_command_ends_with_1_and_the_place_and_has_started_nothing(tmp_path: Path) -> None:
    file = tmp_path / "workers.toml"
    file.write_text('[[worker]]\nname = "far"\nowner = "ada"\ntags = ["linux", "solarium"]\n', encoding="utf-8")
    done = checkconfig("--inventory", str(file))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{file}: row 1 (far): tag 'solarium' is unknown") and done.stderr.count("\n") == 1
    assert "starts" not in done.stdout
    file.write_text('[[worker]]\nname = "far"\nowner = "ada"\ntags = "linux"\n', encoding="utf-8")
    assert f"{file}: worker far: tags is 'linux'" in checkconfig("--inventory", str(file)).stderr


def test_everything_of_a_profile_starts_and_is_told_of() -> None:
    done = checkconfig()
    assert (done.returncode, done.stderr) == (0, "")
    for service in ("forge", "bots", "buildmaster", "worker", "web"):
        assert f"{service} starts\n" in done.stdout
    assert "workers that joined: local" in done.stdout


def checkconfig(*words: str) -> subprocess.CompletedProcess[str]:
    """For CPython's profile, with none of the settings of whoever runs the tests."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CAMELOT_", "GITHUB_"))}
    said = ("--profile", "cpython", "--today", DAY.isoformat(), "checkconfig", *words)
    command = [sys.executable, "-m", "console", *said]
    return subprocess.run(command, env=inherited, capture_output=True, text=True, check=False, timeout=300)


# what a builder needs, what the worker's own probe found -> what it lacks
LIES = [
    (("x86-64", "linux", "asan"), "x86-64 linux gcc asan ubsan", []),
    (("x86-64", "linux", "asan"), "x86-64 linux gcc", ["asan"]),
    (("aarch64", "linux"), "x86-64 linux gcc", ["aarch64"]),
    (("wasi-sdk",), "x86-64 linux", []),  # no probe looks for that
    (("x86-64", "linux", "asan"), "", []),  # an old worker says nothing of itself
]


@pytest.mark.parametrize(("needs", "said", "missing"), LIES)
def test_a_worker_is_not_given_what_its_own_probe_says_it_cannot_do(
    needs: tuple[str, ...], said: str, missing: list[str]
) -> None:
    assert lacking(needs, said) == missing


def test_every_tag_that_a_probe_here_finds_is_known() -> None:
    assert set(probe.probe()["tags"]) <= TAGS
