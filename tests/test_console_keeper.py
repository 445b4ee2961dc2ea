"""A service ends with whoever asked for it, and takes everything with it that it ever started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console import keeper

WITHIN_S = 20.0

# A service as bad as they come: its child leaves the session and starts a grandchild, and both ignore SIGTERM.
STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder, depth = pathlib.Path(sys.argv[1]), int(sys.argv[2])
if depth:
    subprocess.Popen([sys.executable, __file__, sys.argv[1], str(depth - 1)], start_new_session=True)
(folder / f"{depth}.pid.new").write_text(str(os.getpid()))
(folder / f"{depth}.pid.new").rename(folder / f"{depth}.pid")
if depth == 1:
    sys.exit()  # an orphan is left behind, as a daemon leaves one
time.sleep(600)
"""


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline, f"not {what} within {WITHIN_S:.0f} s"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A keeper over a stubborn service, and the pids of the service and of the orphan that it made."""
    script = tmp_path / "stubborn.py"
    script.write_text(STUBBORN, encoding="utf-8")
    command = [sys.executable, keeper.__file__, sys.executable, str(script), str(tmp_path), "2"]
    held = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    files = [tmp_path / "2.pid", tmp_path / "0.pid"]
    until(lambda: all(file.exists() for file in files), "started")
    pids = [int(file.read_text()) for file in files]
    yield held, pids
    held.kill()
    held.wait()
    for pipe in (held.stdin, held.stdout):
        if pipe and not pipe.closed:
            pipe.close()


def test_a_service_tells_its_own_pid(stubborn: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    held, (service, _) = stubborn
    assert held.stdout is not None
    assert int(held.stdout.readline()) == service


def test_an_orphan_in_a_session_of_its_own_ends_with_the_service(
    stubborn: tuple[subprocess.Popen[bytes], list[int]],
) -> None:
    held, (service, orphan) = stubborn
    os.kill(service, signal.SIGKILL)
    assert held.wait(WITHIN_S) == 128 + signal.SIGKILL
    assert not runs(orphan)


def test_whoever_refuses_to_end_is_ended(stubborn: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    held, pids = stubborn
    held.send_signal(signal.SIGTERM)
    held.wait(keeper.GRACE_S + WITHIN_S)
    assert [pid for pid in pids if runs(pid)] == []


def test_when_the_supervisor_is_gone_everything_is(stubborn: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    held, pids = stubborn
    assert held.stdin is not None
    held.stdin.close()  # what the kernel does for a supervisor that was killed
    held.wait(keeper.GRACE_S + WITHIN_S)
    assert [pid for pid in pids if runs(pid)] == []


def test_a_keeper_that_is_killed_takes_its_service_along(stubborn: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    held, (service, orphan) = stubborn
    held.kill()
    held.wait()
    until(lambda: not runs(service), "ended")
    if runs(orphan):  # nobody is left who could know of it: that takes killing supervisor and keeper both
        os.kill(orphan, signal.SIGKILL)


def test_what_a_service_prints_goes_to_the_log_and_never_fills_a_pipe(tmp_path: Path) -> None:
    program = "import sys; print('x' * 1_000_000); print('said', file=sys.stderr)"
    command = [sys.executable, keeper.__file__, sys.executable, "-c", program]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as held,
    ):
        assert held.wait(WITHIN_S) == 0
        assert held.stdout is not None
        assert held.stdout.read().strip().isdigit()  # the pid alone
    written = (tmp_path / "log").read_text()
    assert written.count("x") == 1_000_000
    assert "said" in written


def test_the_exit_code_of_a_service_is_passed_on() -> None:
    command = [sys.executable, keeper.__file__, sys.executable, "-c", "raise SystemExit(7)"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as held:
        assert held.wait(WITHIN_S) == 7
