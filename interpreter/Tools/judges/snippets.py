"""Snippets: small programs in Lib/test/snippets, each with what CPython 3.12 prints for it recorded beside it.

A record is what the program wrote to standard output, then what it wrote to standard error and its exit code, each below
a line that says so. Folders do not appear in it: a traceback names files as they lie beside the snippet.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "Lib" / "test" / "snippets"
HELPER = "snippet_"  # what begins so is imported by snippets, and is none
LONGEST_S = 60
TOO_LONG = "took more than 60 s\n"


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.name.startswith(HELPER))


def recorded(name: str) -> str | None:
    """What is on record for a snippet, or None."""
    path = FOLDER / f"{name}.out"
    return path.read_text(encoding="utf-8") if path.exists() else None


def run(program: Path, name: str, environ: Mapping[str, str] | None = None) -> str:
    """What an interpreter does with a snippet, in the form of a record."""
    command = [program, FOLDER / f"{name}.py"]
    env = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8", **(environ or {})}
    try:
        done = subprocess.run(command, capture_output=True, check=False, cwd=FOLDER, env=env, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return TOO_LONG
    return record(_text(done.stdout), _text(done.stderr), done.returncode)


def record(stdout: str, stderr: str, code: int) -> str:
    return f"{stdout}---- stderr\n{stderr}---- exit code\n{code}\n"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace").replace(f"{FOLDER}{os.sep}", "")
