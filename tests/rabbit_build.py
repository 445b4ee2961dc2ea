"""Builds of Rabbit for tests: made once a session, whoever asks first, under a file lock."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "interpreter"


def shared_folder(base: Path, worker: str | None) -> Path:
    """The folder that all processes of one pytest session see; `worker` is pytest-xdist's name of this one, if any."""
    return base.parent if worker else base


def build(folder: Path, options: Sequence[str], source: Path = SOURCE, jobs: int = 2) -> Path:
    """Configure and make in `folder` unless that was done; returns the path of the program.

    Raises RuntimeError with the end of the output if a step fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / ".built"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _step([str(source / "configure"), *options], folder)
            _step(["make", f"-j{jobs}"], folder)
            done.touch()
    return folder / "rabbit"


def _step(command: list[str], folder: Path) -> None:
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{(process.stdout + process.stderr)[-3000:]}")
