"""Other machines that this one can build for and be: Debian's cross compilers, and qemu-user."""

from __future__ import annotations

import shutil

from tests import debian

COMPILERS = {"s390x": "s390x-linux-gnu-gcc", "aarch64": "aarch64-linux-gnu-gcc"}
PACKAGES = {
    "s390x": ("qemu-user", "gcc-s390x-linux-gnu", "libc6-dev-s390x-cross"),
    "aarch64": ("qemu-user", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"),
}


def ensure(machine: str) -> None:
    """Be able to build for `machine` and to run that. Raises debian.Missing."""
    programs = COMPILERS[machine], f"qemu-{machine}"
    debian.ensure(
        f"cross compiler and emulator of {machine}", PACKAGES[machine], lambda: all(map(shutil.which, programs))
    )
