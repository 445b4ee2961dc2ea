"""Keep every process of a build within its share of memory: one that grows past it is ended, and the worker lives.

A limit on addresses (RLIMIT_AS) cannot do this: AddressSanitizer alone reserves 16 TiB of them. What counts is what a
process has in memory, and only Linux lets everybody see that; elsewhere nothing is watched.
"""

# mypy: disable-error-code="misc,no-untyped-call"
# Twisted is taken without types.

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from twisted.application.internet import TimerService
from twisted.python import log

from workers import probe

PROC = Path("/proc")
LOOK_S = 0.5  # a process fills about one GiB in this time
SHARE = 0.75  # of the machine's memory, for one process, where nobody says otherwise


def default_mib() -> int:
    """What one process may use when nothing was set: three quarters of what the machine, or the container, has."""
    return int(probe.memory_bytes() * SHARE) // 2**20


def watch(limit_mib: int) -> TimerService:
    """A service that ends each process below this one that has more than `limit_mib` in memory; 0: the default."""
    limit = limit_mib or default_mib()

    def look() -> None:
        for pid, size in ended(os.getpid(), limit * 2**20):
            log.msg(f"process ended pid={pid} memory_mib={size // 2**20} limit_mib={limit}")

    return TimerService(LOOK_S, look)


def ended(parent: int, limit: int) -> list[tuple[int, int]]:
    """Kill the processes below `parent` with more than `limit` bytes in memory; their ids and sizes."""
    found = [(pid, size) for pid in below(parent, _parents()) if (size := resident(pid)) > limit]
    for pid, _ in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return found


def below(parent: int, parents: dict[int, int]) -> list[int]:
    """Children of `parent`, their children and so on, by a table of everybody's parent."""
    children: dict[int, list[int]] = {}
    for pid, above in parents.items():
        children.setdefault(above, []).append(pid)
    found, waiting = list[int](), [parent]
    while waiting:
        more = children.get(waiting.pop(), [])
        found += more
        waiting += more
    return found


def resident(pid: int) -> int:
    """Bytes that a process has in memory; 0 when it is gone."""
    try:
        return int((PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _parents() -> dict[int, int]:
    return {int(entry.name): _parent(entry) for entry in PROC.glob("[0-9]*")}


def _parent(entry: Path) -> int:
    """The fourth word of `stat`; the second is a name that may hold blanks and brackets."""
    try:
        return int((entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0
