"""Buildbot's worker with what ours does besides: it readies a tree before each build, and watches memory."""

# mypy: disable-error-code="misc,no-untyped-call"
# Buildbot and Twisted are taken without types.

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from buildbot_worker.bot import Worker
from buildbot_worker.pb import BotPb, WorkerForBuilderPb
from twisted.application import service
from twisted.internet import threads
from twisted.python import log

from workers import memory, trees

# A master does not tell when a build has ended. A builder whose last command began so long ago, and that runs none
# now, has none; a hunt for leaks is the longest that a build only waits.
IDLE_S = 3600.0
DISK_SHARE = 0.75  # of the whole disk, where nobody set a budget


class _Builder(WorkerForBuilderPb):
    """One builder's folder here."""

    last = float("-inf")  # when a build or a command last began, in seconds of `time.monotonic`
    prepare: Callable[[str], list[str]]

    @property
    def busy(self) -> bool:
        return self.protocol_command is not None or time.monotonic() - self.last < IDLE_S

    def remote_startBuild(self) -> Any:  # noqa: N802 (Buildbot's name)
        """The master waits for the answer before the first step."""
        self.last = time.monotonic()
        ready = threads.deferToThread(self.prepare, self.builddir)
        ready.addCallbacks(self._tell, log.err)
        return ready.addCallback(lambda _: None)

    def remote_startCommand(self, *arguments: Any) -> Any:  # noqa: N802 (Buildbot's name)
        self.last = time.monotonic()
        return super().remote_startCommand(*arguments)

    def _tell(self, done: list[str]) -> None:
        for line in done:
            log.msg(f"trees: {line}")


def application(folder: Path, name: str, endpoint: str, memory_mib: int, disk_mib: int) -> service.Application:
    """What twistd runs; the password is read from the folder. 0 MiB: a share of what the machine has."""
    made = service.Application("worker")
    password = (folder / "password").read_text(encoding="utf-8").strip()
    limits = {"keepalive": 60, "umask": 0o022, "maxdelay": 10, "allow_shutdown": None}
    worker = Worker(None, None, name, password, str(folder), connection_string=endpoint, **limits)
    worker.bot.WorkerForBuilder = _builders(worker.bot, folder, disk_mib)
    worker.setServiceParent(made)
    memory.watch(memory_mib).setServiceParent(made)
    return made


def _builders(bot: BotPb, folder: Path, disk_mib: int) -> type[_Builder]:
    budget = disk_mib * 2**20 or int(shutil.disk_usage(folder).total * DISK_SHARE)

    def prepare(_: _Builder, builddir: str) -> list[str]:
        in_use = [each.builddir for each in list(bot.builders.values()) if each.busy]
        return trees.prepare(folder, builddir, budget, in_use)

    return type("Builder", (_Builder,), {"prepare": prepare})
