"""A CPython that counts references, so that `-R` means what it says: Debian's python3.11-dbg with its test suite."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

PROGRAM, PACKAGES = "python3.11-dbg", ("python3.11-dbg", "libpython3.11-testsuite")
ASKED = "import sys, test.test_int; sys.gettotalrefcount()"
INSTALL_S = 600


class Missing(RuntimeError):
    """There is none and none can be installed; the text says why, and what to do."""


@cache
def path() -> str:
    """The program; installed when that is possible. Raises Missing."""
    if _works():
        return str(shutil.which(PROGRAM))
    wanted = f"apt-get install {' '.join(PACKAGES)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"no {PROGRAM} with CPython's tests here, and we may not install it: {wanted}")
    for command in (("apt-get", "update", "-qq"), ("apt-get", "install", "-y", "-qq", *PACKAGES)):
        _apt(command)
    if not _works():
        raise Missing(f"{PROGRAM} was installed and cannot run CPython's tests: try {wanted}")
    return str(shutil.which(PROGRAM))


def _apt(command: tuple[str, ...]) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"{' '.join(command)} took more than {INSTALL_S} s") from None
    if done.returncode:
        raise Missing(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")


def _works() -> bool:
    if not (program := shutil.which(PROGRAM)):
        return False
    return subprocess.run([program, "-c", ASKED], capture_output=True, check=False).returncode == 0
