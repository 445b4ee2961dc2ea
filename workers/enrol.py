"""Join the farm: write the folder in which a Buildbot worker lives."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from workers import probe

# Read by twistd. The password stays in a file of its own that only its owner can read.
TAC = """from pathlib import Path
from buildbot_worker.bot import Worker
from twisted.application import service

folder = Path(__file__).resolve().parent
application = service.Application("worker")
Worker(
    {host!r}, {port!r}, {name!r}, (folder / "password").read_text().strip(), str(folder),
    keepalive=60, umask=0o022, maxdelay=10, allow_shutdown=None,
).setServiceParent(application)
"""


def create(basedir: Path, host: str, port: int, name: str, password: str) -> None:
    """Write the worker's folder, or bring it up to date; what it has built stays.

    Raises ValueError where name or password cannot be used, OSError where the folder cannot be written.
    """
    if not name or not name.isprintable() or "/" in name:
        raise ValueError(f"{name!r} is not a worker's name: use the one of its row in workers/inventory.toml")
    if not password:
        raise ValueError("the worker's password is empty: set CAMELOT_WORKER_PASSWORD")
    (basedir / "info").mkdir(parents=True, exist_ok=True)
    _write_secret(basedir / "password", password)
    (basedir / "buildbot.tac").write_text(TAC.format(host=host, port=port, name=name), encoding="utf-8")
    (basedir / "info" / "admin").write_text("see workers/inventory.toml\n", encoding="utf-8")
    (basedir / "info" / "tags").write_text(f"{' '.join(probe.probe()['tags'])}\n", encoding="utf-8")
    (basedir / "info" / "host").write_text(f"{platform.platform()} {platform.machine()}\n", encoding="utf-8")


def _write_secret(path: Path, secret: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret + "\n")
    path.chmod(0o600)
