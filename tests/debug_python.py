"""A CPython that counts references, so that `-R` means what it says: Debian's python3.11-dbg with its test suite."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

from tests import debian

PROGRAM, PACKAGES = "python3.11-dbg", ("python3.11-dbg", "libpython3.11-testsuite")
ASKED = "import sys, test.test_int; sys.gettotalrefcount()"


@cache
def path() -> str:
    """The program; installed when that is possible. Raises debian.Missing."""
    debian.ensure(f"{PROGRAM} with CPython's tests", PACKAGES, _works)
    return str(shutil.which(PROGRAM))


def _works() -> bool:
    if not (program := shutil.which(PROGRAM)):
        return False
    return subprocess.run([program, "-c", ASKED], capture_output=True, check=False).returncode == 0
