"""The floors hold, and nobody else in the environment owns our import names."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OURS = {"core", "forge", "bots", "buildmaster", "workers", "release", "console"}


def test_no_room_imports_what_its_floor_forbids() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout


def test_nobody_else_in_the_environment_owns_our_import_names() -> None:
    owners = importlib.metadata.packages_distributions()
    foreign = {name: set(owners.get(name, ())) - {"camelot"} for name in OURS}
    assert {name: who for name, who in foreign.items() if who} == {}


def test_every_room_is_imported_from_this_checkout() -> None:
    for name in OURS:
        module = importlib.import_module(name)
        assert module.__file__ is not None
        assert Path(module.__file__).is_relative_to(ROOT)
