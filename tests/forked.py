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
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import IO, Any

from bots import app
from console import __main__ as console_main
from console import service
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


class Service:
    """A service's process as `console.service.Running` would have it: forked, and its command's module called."""

    stdin: IO[str] | None = None
    stdout: IO[str] | None = None

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path, folder: Path) -> None:
        self._process = _CONTEXT.Process(target=_serve, args=(tuple(command), dict(environ), str(log), str(folder)))
        self._process.start()

    @property
    def pid(self) -> int:
        return int(self._process.pid or 0)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("a forked service", timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        if self._process.exitcode is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self._process.kill()


def start_service(what: service.Service, environ: Mapping[str, str], log: Path, folder: Path) -> service.Running:
    """As `console.service.start`, for the forge and the bots."""
    log.parent.mkdir(parents=True, exist_ok=True)
    process = Service(what.command, environ, log, folder)
    return service.Running(what, process, process.pid, log)


_MAINS: dict[str, Callable[[], int | None]] = {"forge.local": forge_main.main, "console": console_main.main}


def _serve(command: tuple[str, ...], environ: dict[str, str], log: str, folder: str) -> None:
    """In the new process: what `python -m MODULE ARGUMENTS` would do in that folder and environment."""
    _alone(log)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    _, _, module, *sys.argv[1:] = command
    _MAINS[module]()


def _run(target: Callable[..., None], ready: Connection, log: str, *arguments: Any) -> None:
    """In the new process: print to the log, say the first line of standard output."""
    _alone(log)
    sys.stdout = _FirstLine(ready)
    target(*arguments)


def _alone(log: str) -> None:
    """Die with the fork server, take signals as a new process does, print to the log."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    with Path(log).open("ab") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())


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
