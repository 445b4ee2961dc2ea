"""The release manager's day at the terminal: a gate is waived, tasks are answered, the cut goes on, times, and undo."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import release_house as house_of
from tests.release_house import TODAY, VERSION, House


@dataclass(frozen=True)
class Desk:
    """The command as a person runs it."""

    house: House

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        root = self.house.root
        env = {
            "CAMELOT_DATA": str(root / "data"),
            "CAMELOT_REGISTRY": str(root / "registry.toml"),
            "CAMELOT_TODAY": str(TODAY),
            "GITHUB_GIT_URL": str(root / "forge"),
            "GITHUB_REPOSITORY": "rabbit/rabbit",
            "COLUMNS": "160",
        }
        command = [sys.executable, "-m", "console", "release", *words]
        return subprocess.run(
            command,
            env={**house_of.environment(), **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def refused(self, *words: str) -> str:
        """The one sentence with which it is refused."""
        done = self(*words)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        return done.stderr


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    house = house_of.build(tmp_path)
    yield Desk(house)
    house.engine.dispose()


@pytest.mark.row("RL-12", "RL-13", "RL-14", "RL-15")
def test_a_release_from_a_waived_gate_over_two_tasks_to_its_table_of_times(desk: Desk) -> None:
    blocked = desk("cut", VERSION, "--for-real")
    assert (
        "unknown  blockers     no pull request is labelled release-blocker; the issues were not asked" in blocked.stdout
    )
    reason = "I read all the issues by hand"
    waived = desk("waive", VERSION, "blockers", "--why", reason, "--until", "2026-11-21")
    assert waived.stdout == f"waiver 1: blockers of {VERSION}, by release-manager until 2026-11-21: {reason}\n"
    (row,) = json.loads(desk("waivers", VERSION, "--json").stdout)
    assert (row["gate"], row["actor"], row["why"], row["fault"]) == ("blockers", "release-manager", reason, "")

    waiting = desk("cut", VERSION, "--for-real")
    assert waiting.returncode == 1
    assert f"camelot: {VERSION} waits: task 1 waits for release-manager: Go or no-go for {VERSION}" in waiting.stderr
    (task,) = json.loads(desk("tasks", "--json").stdout)
    assert (task["owner"], task["wants"], task["expected"]) == ("release-manager", "commit", desk.house.head)
    assert "task 1 is done" in desk("done", "1", "--evidence", desk.house.head[:10]).stdout

    done = desk("cut", VERSION, "--for-real", "--yes-tasks", "the files were looked at in the rehearsal")
    assert done.returncode == 0, done.stderr
    table = [line.split() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert table[0][0] == "gates"
    assert table[-1][0] == "total"
    assert float(table[-1][1]) == pytest.approx(sum(float(row[1]) for row in table[:-1]), abs=0.06 * len(table))
    (run, first) = json.loads(desk("runs", "--json").stdout)
    assert (run["state"], first["state"]) == ("done", "blocked")
    assert run["took_s"] == pytest.approx(sum(step["took_s"] for step in run["steps"]))
    assert min(step["took_s"] for step in run["steps"]) >= 0

    shown = desk("undo", str(run["id"]))
    assert "to undo   registry" in shown.stdout
    assert f"for good  publish    downloads/{VERSION} is published" in shown.stdout
    assert "stays     push" in shown.stdout
