"""The interpreter under test: what it is, and how a worker is started on it.

Given CPython instead of Rabbit, the same tests run there with Rabbit's own `test` and `unittest` and CPython's
everything else. That makes CPython the judge of what a test expects.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from findtests import LIB

PROBE = """import sys
print(sys.implementation.name)
print(" ".join(sys.version.split()))
print(hasattr(sys, "gettotalrefcount"))
print(sys.byteorder)
"""
PROBE_TIMEOUT_S = 60


@dataclass(frozen=True)
class Interpreter:
    """`version` is all of sys.version on one line; `overlay` stands before CPython's own modules, None for Rabbit."""

    path: Path
    opts: tuple[str, ...]
    name: str
    version: str
    debug: bool
    byteorder: str
    overlay: Path | None

    def command(self, arguments: str) -> list[str]:
        return [str(self.path), *self.opts, "-m", "test.worker", arguments]

    def environment(self) -> dict[str, str]:
        env = dict(os.environ)
        if self.overlay:
            env["PYTHONPATH"] = str(self.overlay)
            env["PYTHONDONTWRITEBYTECODE"] = "1"
        return env

    @property
    def title(self) -> str:
        names = {"rabbit": "Rabbit", "cpython": "CPython"}
        return f"{names.get(self.name, self.name)} {self.version}"


def probe(path: Path, opts: tuple[str, ...], scratch: Path) -> Interpreter:
    """Ask the interpreter what it is. Raises ValueError with a sentence if it does not answer."""
    try:
        done = subprocess.run(
            [str(path), *opts, "-c", PROBE], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False
        )
    except OSError as error:
        raise ValueError(f"cannot run {str(path)!r}: {error.strerror}; build it with 'make' or set --python") from None
    except subprocess.TimeoutExpired:
        raise ValueError(f"{str(path)!r} did not say its version within {PROBE_TIMEOUT_S} s") from None
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 4:
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise ValueError(f"{str(path)!r} cannot run a program of four lines (exit code {done.returncode}): {last}")
    overlay = None if lines[0] == "rabbit" else _overlay(scratch / "overlay")
    return Interpreter(path, opts, lines[0], lines[1], lines[2] == "True", lines[3], overlay)


def _overlay(folder: Path) -> Path:
    folder.mkdir()
    for name in ("test", "unittest"):
        (folder / name).symlink_to(LIB / name)
    return folder
