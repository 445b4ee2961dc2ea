"""Find the CPython that judges: on PATH, or in pyenv. Nothing here runs unless a judge asks."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path


@cache
def cpython(version: str) -> Path | None:
    """The interpreter of CPython `version` ("3.12") on this machine, or None.

    CAMELOT_PYTHON312 (the version without its dot) names one by hand.
    """
    for candidate in _candidates(version):
        if _is(candidate, version):
            return candidate
    return None


def _candidates(version: str) -> list[Path]:
    given = os.environ.get(f"CAMELOT_PYTHON{version.replace('.', '')}")
    found = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(pyenv.glob(f"{version}.*/bin/python{version}"), reverse=True)
    return [Path(given)] if given else [*installed, *([Path(found)] if found else [])]


def _is(program: Path, version: str) -> bool:
    """Does it run, and is it that CPython? A shim of pyenv may be found and refuse."""
    asked = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([program, "-I", "-c", asked], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.split() == ["cpython", version]
