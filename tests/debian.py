"""Debian's packages that a test needs beside the four tools: installed where we may, or said what is missing."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

INSTALL_S = 900
APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600")
LOCK = Path(__file__).parents[1] / "build" / "apt.lock"


class Missing(RuntimeError):
    """It is not here and cannot be installed; the text says why, and what to do."""


def ensure(what: str, packages: Sequence[str], works: Callable[[], object]) -> None:
    """Install the packages unless `works` says that what they bring is here; one process at a time. Raises Missing."""
    if works():
        return
    wanted = f"apt-get install {' '.join(packages)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"no {what} here, and we may not install it: {wanted}")
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if works():  # another process has installed it meanwhile
            return
        for command in ((*APT, "update"), (*APT, "install", "-y", "--no-install-recommends", *packages)):
            _apt(command)
    if not works():
        raise Missing(f"{what} was installed and does not work: try {wanted}")


def _apt(command: Sequence[str]) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"{' '.join(command)} took more than {INSTALL_S} s") from None
    if done.returncode:
        raise Missing(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")
