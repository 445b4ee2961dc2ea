"""One service as a process of its own: started through its keeper, looked at until it answers, stopped for sure."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from console import keeper

LOOK_S = 0.1
STOP_S = keeper.GRACE_S + 5.0
LAST_LINES = 12  # of the log, shown when a service did not come up

Ready = Callable[[], Awaitable[bool]]


class ServiceError(RuntimeError):
    """A service did not start; the text names it, says what its log ended with and where the log lies."""


@dataclass(frozen=True)
class Service:
    """What to run. `ready` says whether it does its work by now; `deadline_s` is how long that may take."""

    name: str
    command: tuple[str, ...]
    ready: Ready
    deadline_s: float = 60.0


class Process(Protocol):
    """What is asked of a service's process, or of its keeper: as of `subprocess.Popen`."""

    stdin: IO[str] | None
    stdout: IO[str] | None

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def kill(self) -> None: ...


class Running:
    """A started service. `pid` is the service's own, not its keeper's."""

    def __init__(self, service: Service, process: Process, pid: int, log: Path) -> None:
        self.service, self.pid, self.log = service, pid, log
        self._process = process

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def wait_ready(self) -> None:
        """Until it answers. Raises ServiceError when it ends first or the deadline passes."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.service.deadline_s
        while not await self.service.ready():
            if not self.alive:
                raise ServiceError(f"{self.service.name} ended before it was ready{_tail(self.log)}")
            if loop.time() > deadline:
                waited = f"{self.service.deadline_s:.0f} seconds"
                raise ServiceError(f"{self.service.name} was not ready after {waited}{_tail(self.log)}")
            await asyncio.sleep(LOOK_S)

    async def stop(self) -> None:
        """Ask it to end and wait until it and all below it have ended."""
        if self.alive:
            self._process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._wait)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _wait(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
            return
        self._process.kill()
        self._process.wait()


Starter = Callable[[Service, Mapping[str, str], Path, Path], Running]


def start(service: Service, environ: Mapping[str, str], log: Path, folder: Path) -> Running:
    """Start `service` under a keeper, in `folder`; what it prints goes to the end of `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, str(Path(keeper.__file__)), *service.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            env=dict(environ),
            cwd=folder,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which then stops them in order
        )
    assert process.stdout is not None  # noqa: S101  # by the arguments above
    pid = process.stdout.readline().strip()
    if not pid:
        process.wait()
        raise ServiceError(f"{service.name} could not be started{_tail(log)}")
    return Running(service, process, int(pid), log)


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
    ends = "".join(f"\n    {line}" for line in lines)
    return f"; its log {log} ends with:{ends}" if lines else f"; its log {log} is empty"
