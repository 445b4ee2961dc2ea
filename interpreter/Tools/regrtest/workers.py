"""Worker processes: start one, read what it says, kill it in time, never leave one behind.

A worker is the leader of its own process group, so that a test's children go with it, and the kernel kills it when
the driver's thread dies, however that happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, cast

import results
from interpreter import Interpreter
from results import Outcome, exit_code_text

MARK = b'{"__test_result__": "TestResult"'
PR_SET_PDEATHSIG = 1
EXIT_GRACE_S = 30.0

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass(frozen=True)
class Job:
    """What a worker is asked for: the same for every file of a run. See test/worker.py for the meaning."""

    interpreter: Interpreter
    scratch: Path
    timeout_s: float | None = None
    testdir: Path | None = None
    rules: tuple[tuple[str, bool], ...] = ()
    use: tuple[str, ...] = ()
    verbose: bool = False
    failfast: bool = False
    huntrleaks: tuple[int, int] | None = None
    xml: bool = False
    list_cases: bool = False
    threshold: int | None = None

    def arguments(self, tests: Sequence[str]) -> str:
        return json.dumps(
            {
                "tests": list(tests),
                "testdir": str(self.testdir) if self.testdir else None,
                "match": [list(rule) for rule in self.rules],
                "use": list(self.use),
                "verbose": self.verbose,
                "failfast": self.failfast,
                "huntrleaks": list(self.huntrleaks) if self.huntrleaks else None,
                "xml": self.xml,
                "list": self.list_cases,
                "threshold": self.threshold,
            }
        )


@dataclass
class Running:
    """The files that run now, by name, and their processes; shared by the worker threads."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    started: dict[str, float] = field(default_factory=dict)
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopped: bool = False

    def kill_all(self) -> None:
        """End every worker; none is started afterwards."""
        with self.lock:
            self.stopped = True
            processes = list(self.processes.values())
        for process in processes:
            kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def run_files(job: Job, tests: Sequence[str], running: Running, tell: Callable[[Outcome], None]) -> None:
    """Run files one after the other in one process and tell each outcome.

    A file that takes the process with it (crash, timeout) is told as such, and a new process takes over the rest.
    """
    rest = list(tests)
    while rest and not running.stopped:
        folder = job.scratch / f"test_rabbit_worker_{threading.get_ident()}_{time.monotonic_ns()}"
        folder.mkdir()
        try:
            done = _one_process(job, rest, folder, running, tell)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        rest = rest[done:]


def _one_process(job: Job, tests: list[str], folder: Path, running: Running, tell: Callable[[Outcome], None]) -> int:
    """Run one worker process to its end; returns for how many files an outcome was told."""
    process = _start(job, tests, folder, running)
    if process is None:
        return len(tests)
    stream = cast("IO[bytes]", process.stdout)  # it was started with a pipe
    reader = _Lines(stream)
    told = 0
    held: Outcome | None = None  # the last file's outcome waits for the exit code of the process
    try:
        for index, test in enumerate(tests):
            with running.lock:
                running.started[test] = time.monotonic()
            outcome = _read_outcome(job, process, reader, test)
            with running.lock:
                running.started.pop(test, None)
            held = _check_leftovers(outcome, folder)
            if outcome.state in (results.WORKER_FAILED, results.WORKER_BUG, results.TIMEOUT) or index == len(tests) - 1:
                break
            tell(held)
            told += 1
        held = _check_exit(held, process, reader.kept) if held else None
    finally:
        kill_group(process)
        process.wait()
        stream.close()
        with running.lock:
            running.processes.pop(process.pid, None)
    if held and not running.stopped:
        tell(held)
    return told + 1


def _start(job: Job, tests: list[str], folder: Path, running: Running) -> subprocess.Popen[bytes] | None:
    env = {**job.interpreter.environment(), "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    with running.lock:
        if running.stopped:
            return None
        process = subprocess.Popen(
            job.interpreter.command(job.arguments(tests)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        running.processes[process.pid] = process
    return process


def _read_outcome(job: Job, process: subprocess.Popen[bytes], reader: _Lines, test: str) -> Outcome:
    """Read lines up to the one that gives the outcome of `test`."""
    started = time.monotonic()
    deadline = started + job.timeout_s if job.timeout_s else None
    lines: list[bytes] = []
    while True:
        line = reader.next(deadline)
        output = b"".join(lines)
        spent = time.monotonic() - started
        if line is None:
            kill_group(process)
            pid = f"pid={process.pid} time={spent:.1f} sec"
            print(f"Kill <WorkerThread running test={test} {pid}> process group", flush=True)
            return Outcome(test, results.TIMEOUT, spent, output=_text(output))
        if line.startswith(MARK):
            return _parse(test, line, _text(output))
        if not line:
            code = process.wait()
            state = results.WORKER_FAILED if code else results.WORKER_BUG
            detail = exit_code_text(code) if code else "it ended without telling a result"
            return Outcome(test, state, spent, output=_text(output), detail=detail)
        lines.append(line)


class _Lines:
    """The lines of a worker's pipe, each to be read before a deadline."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.descriptor = stream.fileno()
        self.kept = b""  # read, but beyond the last line that was given out

    def next(self, deadline: float | None) -> bytes | None:
        """A line with its end, b"" at the end of the stream, None when the deadline has passed."""
        while b"\n" not in self.kept:
            wait = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self.descriptor], [], [], wait)[0]:
                return None
            chunk = os.read(self.descriptor, 65536)
            if not chunk:
                line, self.kept = self.kept, b""
                return line
            self.kept += chunk
        line, self.kept = self.kept.split(b"\n", 1)
        return line + b"\n"


def _parse(test: str, line: bytes, output: str) -> Outcome:
    try:
        data: Any = json.loads(line)
        return results.from_json(data, output)
    except (ValueError, KeyError, TypeError) as error:
        return Outcome(test, results.WORKER_BUG, output=output, detail=f"its result cannot be read: {error!r}")


def _check_exit(outcome: Outcome, process: subprocess.Popen[bytes], kept: bytes) -> Outcome:
    """An exit code other than 0 after the last result makes that file bad: the process broke while it ended."""
    if outcome.state in (results.WORKER_FAILED, results.WORKER_BUG, results.TIMEOUT):
        return outcome
    try:
        tail, _ = process.communicate(timeout=EXIT_GRACE_S)
    except subprocess.TimeoutExpired:
        kill_group(process)
        return replace(outcome, state=results.WORKER_BUG, detail=f"it did not end within {EXIT_GRACE_S:.0f} s")
    if process.returncode == 0:
        return outcome
    output = outcome.output + _text(kept + tail)
    return replace(outcome, state=results.WORKER_FAILED, output=output, detail=exit_code_text(process.returncode))


def _check_leftovers(outcome: Outcome, folder: Path) -> Outcome:
    """Files that a test left in its folder change the environment; they are named and removed."""
    left = sorted(path.name for path in folder.iterdir())
    if not left or outcome.bad:
        return outcome
    for name in left:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    warning = f"Warning -- {outcome.test} leaked temporary files ({len(left)}): {', '.join(left)}\n"
    state = results.ENV_CHANGED if outcome.state == results.PASSED else outcome.state
    return replace(outcome, state=state, output=outcome.output + warning)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
