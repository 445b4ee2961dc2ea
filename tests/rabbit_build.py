"""Builds of Rabbit for tests: made once a session, whoever asks first, under a file lock."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "interpreter"


def without_outer_make(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` as if no `make test` had started us: below one, make speaks of folders and shares its jobs.

    meson and ninja are found where this Python's packages are.
    """
    kept = {name: value for name, value in environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)])}


def shared_folder(base: Path, worker: str | None) -> Path:
    """The folder that all processes of one pytest session see; `worker` is pytest-xdist's name of this one, if any."""
    return base.parent if worker else base


def build(folder: Path, options: Sequence[str], source: Path = SOURCE, jobs: int = 2) -> Path:
    """Configure and make in `folder` unless that was done; returns the path of the program.

    Raises RuntimeError with the end of the output if a step fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / ".built"
    with lock(folder):
        if not done.exists():
            _step([str(source / "configure"), *options], folder)
            _step(["make", f"-j{jobs}"], folder)
            done.touch()
    return folder / "rabbit"


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Alone in a folder where several tests would run make at the same moment."""
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _step(command: list[str], folder: Path) -> None:
    env = without_outer_make(os.environ)
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=env)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{(process.stdout + process.stderr)[-3000:]}")
