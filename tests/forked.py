"""The local forge and the bots as real processes that start at once: forked from a server that has imported them.

They end with that server, which ends with us; a test that dies leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from bots import app
from core import settings
from forge.local import __main__ as forge_main
from forge.local.process import Running
from tests.bots_world import Bots

START_S = 60.0
STOP_S = 20.0
_CONTEXT: ForkServerContext = get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


class Process:
    """A forked process as `subprocess.Popen` would have it, as far as `Running` asks; its first line is `said`."""

    stdin = stdout = None

    def __init__(self, target: Callable[..., None], log: Path, *arguments: Any) -> None:
        ours, theirs = _CONTEXT.Pipe()
        log.parent.mkdir(parents=True, exist_ok=True)
        self._process: ForkServerProcess = _CONTEXT.Process(target=_run, args=(target, theirs, str(log), *arguments))
        self._process.start()
        theirs.close()
        try:
            self.said = str(ours.recv()) if ours.poll(START_S) else ""
        except EOFError:
            self.said = ""
        finally:
            ours.close()
        if not self.said:
            self.kill()
            self.wait(STOP_S)
            raise AssertionError(f"it did not start: {log.read_text(encoding='utf-8')[-3000:]}")

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        return -1 if self._process.exitcode is None else self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _run(target: Callable[..., None], ready: Connection, log: str, *arguments: Any) -> None:
    """In the new process: die with the fork server, print to the log, say the first line of standard output."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    with Path(log).open("a", encoding="utf-8", buffering=1) as output:
        os.dup2(output.fileno(), sys.stderr.fileno())
        sys.stdout = _FirstLine(ready)
        target(*arguments)


class _FirstLine:
    """Stands for standard output, of which one line matters: that it is ready."""

    def __init__(self, ready: Connection) -> None:
        self._ready: Connection | None = ready

    def write(self, text: str) -> int:
        if self._ready and text.strip():
            self._ready.send(text.strip())
            self._ready.close()
            self._ready = None
        return len(text)

    def flush(self) -> None:
        """There is nothing that waits."""


def _forge(data: Path, token: str) -> None:
    sys.argv = ["forge", "--data", str(data)]
    os.environ["FORGE_ADMIN_TOKEN"] = token
    forge_main.main()


@contextmanager
def forked_forge(data: Path) -> Iterator[Running]:
    token = secrets.token_urlsafe(24)
    process: Any = Process(_forge, data / "forge.log", data, token)
    with Running(process.said.split()[2], token, process) as forge:
        yield forge


def _bots(env: dict[str, str], port: int) -> None:
    os.environ.update(env)
    logging.getLogger().handlers.clear()

    async def serve() -> None:
        task = asyncio.ensure_future(app.serve(settings.load(os.environ), "127.0.0.1", port))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(serve())


class ForkedBots(Bots):
    """The bots, on the same port again after each end."""

    def __init__(self, env: dict[str, str], port: int) -> None:
        super().__init__(env, port)
        self._forked: Process | None = None

    def start(self, **more: str) -> None:
        env = {**self.env, **more, "CAMELOT_BOTS_URL": self.url}
        self._forked = Process(_bots, self.log, env, self.port)
        self.port = int(self._forked.said.rpartition(":")[2])

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self._forked is None:
            return 0
        if how == signal.SIGKILL:
            self._forked.kill()
        else:
            self._forked.terminate()
        status = self._forked.wait(STOP_S)
        self._forked = None
        return status
