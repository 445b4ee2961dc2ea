"""The workers of the farm, read from `workers/inventory.toml`: who they are, what they can do, whose they are."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildmaster import downtime
from buildmaster.kinds import MAIN
from core.versions import branch_key

MACHINES = frozenset({"x86-64", "x86", "aarch64", "armv7l", "ppc64le", "riscv64", "s390x"})
SYSTEMS = frozenset({"linux", "darwin", "freebsd", "windows"})
PROBED = frozenset({"gcc", "clang", "valgrind", "asan", "ubsan", "tsan"})  # what workers/probe.py looks for
CROSS = frozenset({"aarch64-cross", "riscv64-cross", "s390x-cross"})  # built here, and run by qemu-user; probed too
OTHERS = frozenset({"wasi-sdk", "android-sdk", "xcode", "pyperformance", "qemu"})  # what an owner says alone
TAGS = MACHINES | SYSTEMS | PROBED | CROSS | OTHERS

INVENTORY = Path(__file__).parent.parent / "workers" / "inventory.toml"


@dataclass(frozen=True)
class Worker:
    """One machine. `jobs` are processes a build, `max_builds` builds at a time; `owner` is a role or a person.

    `downtime` are windows in which it is given no build; see buildmaster/downtime.py.
    `since` and `until` are the first and the last branch that it builds, as in a `Kind`; empty: all.
    """

    name: str
    owner: str
    tags: frozenset[str]
    jobs: int = 2
    max_builds: int = 1
    downtime: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


def load(path: Path | None = None) -> tuple[Worker, ...]:
    """The table in a TOML file, without one our own. Raises ValueError that names the file, the worker and the key."""
    path = path or INVENTORY
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("worker", [])
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: not TOML: {error}") from error
    workers = tuple(_worker(path, row) for row in rows)
    names = [worker.name for worker in workers]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{path}: worker {doubled[0]} stands there twice: give each a name of its own")
    return workers


_KEYS: Mapping[str, type] = {
    "name": str,
    "owner": str,
    "tags": list,
    "jobs": int,
    "max_builds": int,
    "downtime": list,
    "since": str,
    "until": str,
}


def _worker(path: Path, row: Mapping[str, Any]) -> Worker:
    name = row.get("name")
    for key, value in row.items():
        if not isinstance(value, _KEYS.get(key, ())):
            known = ", ".join(_KEYS)
            raise ValueError(
                f"{path}: worker {name}: {key} is {value!r}: the keys are {known}; tags and downtime are lists"
            )
    if not name or not row.get("owner") or min(row.get("jobs", 1), row.get("max_builds", 1)) < 1:
        raise ValueError(f"{path}: worker {name}: needs a name, an owner, and numbers above 0")
    try:
        for window in row.get("downtime", ()):
            downtime.parse(str(window))
        since, until = row.get("since", ""), row.get("until", "")
        for limit in ("" if since == MAIN else since, until):
            if limit:
                branch_key(limit)
    except ValueError as error:
        raise ValueError(f"{path}: worker {name}: {error}") from error
    lists = {"tags": frozenset(row.get("tags", ())), "downtime": tuple(map(str, row.get("downtime", ())))}
    return Worker(**{**row, **lists})


def lacking(needs: Collection[str], said: str) -> list[str]:
    """The tags of `needs` that a worker has by its row in the inventory and not by its own probe.

    `said` is what the probe found, apart by blanks; a worker that says nothing of itself is believed.
    """
    found = said.split()
    return sorted(tag for tag in set(needs) - OTHERS if found and tag not in found)
