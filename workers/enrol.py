"""Join the farm: write the folder in which a Buildbot worker lives. Written twice, it is the same."""

from __future__ import annotations

import platform
from pathlib import Path

from workers import place, probe
from workers.place import Joined, Master, put

# Read by twistd. The password stays in a file of its own that only its owner can read.
TAC = """import sys
from pathlib import Path

sys.path.insert(0, {ours!r})
from workers import bot

folder = Path(__file__).resolve().parent
application = bot.application(folder, {name!r}, {endpoint!r}, memory_mib={memory_mib!r}, disk_mib={disk_mib!r})
"""


def create(basedir: Path, master: Master, name: str, password: str, memory_mib: int = 0, disk_mib: int = 0) -> None:
    """Write the worker's folder, or bring it up to date; what it has built stays.

    `memory_mib`: what one process of a build may have in memory; `disk_mib`: what the folder may take of the disk;
    0: a share of the machine's, see workers/memory.py and workers/bot.py.
    Raises ValueError where name or password cannot be used, OSError where the folder cannot be written.
    """
    check_name(name)
    if not password:
        raise ValueError("the worker's password is empty: set CAMELOT_WORKER_PASSWORD")
    if memory_mib < 0 or disk_mib < 0:
        raise ValueError(f"{min(memory_mib, disk_mib)} MiB cannot be kept: give a number above 0")
    (basedir / "info").mkdir(parents=True, exist_ok=True)
    put(basedir / "password", f"{password}\n".encode(), 0o600)
    ours = str(Path(__file__).resolve().parents[1])
    tac = TAC.format(ours=ours, endpoint=master.endpoint, name=name, memory_mib=memory_mib, disk_mib=disk_mib)
    put(basedir / "buildbot.tac", tac.encode())
    put(basedir / "info" / "admin", b"see workers/inventory.toml\n")
    put(basedir / "info" / "tags", f"{' '.join(probe.probe()['tags'])}\n".encode())
    put(basedir / "info" / "host", f"{platform.platform()} {platform.machine()}\n".encode())


def join(basedir: Path, joined: Joined, password: str, certificate: bytes | None) -> None:
    """Write the folder and keep with it whose it is, so that a later start needs no more than the folder."""
    before = place.read(basedir)
    if before and before.name != joined.name:
        raise ValueError(f"{basedir} is the folder of the worker {before.name!r}: choose another one with --dir")
    basedir.mkdir(parents=True, exist_ok=True)
    place.write(basedir, joined, certificate)
    kept = place.read(basedir)
    assert kept is not None  # noqa: S101  # written just now
    create(basedir, kept.master, kept.name, password)


def check_name(name: str) -> None:
    """Raises ValueError where no worker could be called so."""
    if not name or not name.isprintable() or "/" in name:
        raise ValueError(f"{name!r} is not a worker's name: use the one of its row in workers/inventory.toml")
