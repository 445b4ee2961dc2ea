"""Look, before anything is started, whether this machine has what it takes; each lack is a sentence and its remedy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from console.errors import Refusal

LEAST_PYTHON = (3, 11)
LEAST_GIT = (2, 38)  # the first with `git merge-tree --write-tree`, which backports are made with


def problems(data: Path, path: str | None = None) -> list[str]:
    """What is missing, a sentence each. `path` is where programs are looked for; None: PATH."""
    return [*_python(), *_git(path), *_compiler(path), *_make(path), *_folder(data)]


def check(data: Path, path: str | None = None) -> None:
    """Raises Refusal that names all that is missing."""
    if found := problems(data, path):
        raise Refusal("\n".join(found))


def _python() -> Iterator[str]:
    if sys.version_info < LEAST_PYTHON:
        here = ".".join(map(str, sys.version_info[:3]))
        yield f"Python {here} is too old: install Python 3.11 or newer"


def _git(path: str | None) -> Iterator[str]:
    git = shutil.which("git", path=path)
    if git is None:
        yield "git is not installed: install it (Debian, Ubuntu: apt-get install git)"
        return
    said = subprocess.run([git, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < LEAST_GIT:
        yield f"{said.strip() or 'this git'} is too old: install git 2.38 or newer"


def _compiler(path: str | None) -> Iterator[str]:
    if not any(shutil.which(name, path=path) for name in ("cc", "gcc", "clang")):
        yield "there is no C compiler: install one (Debian, Ubuntu: apt-get install gcc libc6-dev)"


def _make(path: str | None) -> Iterator[str]:
    if shutil.which("make", path=path) is None:
        yield "make is not installed: install it (Debian, Ubuntu: apt-get install make)"


def _folder(data: Path) -> Iterator[str]:
    """The nearest folder that exists must be ours to write into."""
    existing = next(folder for folder in (data.absolute(), *data.absolute().parents) if folder.exists())
    if not existing.is_dir():
        yield f"{existing} is not a folder: choose another one with CAMELOT_DATA"
    elif not os.access(existing, os.W_OK | os.X_OK):
        yield f"{existing} cannot be written to: choose another folder with CAMELOT_DATA, or correct its owner"
