"""Hold one service and everything that it starts, and let nothing of it live longer than whoever asked for it.

A small process between the supervisor and a service: `python keeper.py COMMAND ...`. Its standard input is a pipe that
the supervisor holds open; when the supervisor goes, in whatever way, the pipe ends and so does the service. Orphans of
the service become the keeper's children (Linux' "child subreaper"), so that a daemon's grandchildren are found too.
The standard library alone, and run by its path: it starts in a few milliseconds.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
GRACE_S = 8.0  # from the polite signal to the one that nobody can refuse
LOOK_S = 0.2  # how often the service's state is looked at, besides being woken by signals


def main(command: list[str]) -> int:
    """Run `command` until it ends, or until we are told to end or the pipe on standard input does; its exit code."""
    stop_asked, wake = _on_stop()
    adopt_orphans()
    service = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,  # the log; our own standard output is a pipe that is read once
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )
    print(service.pid, flush=True)
    _silence_stdout()
    while service.poll() is None and not stop_asked:
        ready, _, _ = select.select([0, wake], [], [], LOOK_S)
        if 0 in ready and not os.read(0, 1024):
            break
    return _end(service)


def _on_stop() -> tuple[list[int], int]:
    """A list that a signal to stop fills, and a file descriptor that wakes `select` when it comes."""
    asked: list[int] = []
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, note)
    return asked, readable


def _silence_stdout() -> None:
    """The supervisor reads one line from us; a pipe that it no longer reads must not stop anybody."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _end(service: "subprocess.Popen[bytes]") -> int:
    """Ask the service to end, wait, and then end whatever of it is left."""
    if service.poll() is None:
        service.terminate()
        try:
            service.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(service.pid, signal.SIGKILL)
    kill_descendants()
    code = service.wait()
    return code if code >= 0 else 128 - code


def adopt_orphans() -> None:
    """Orphaned descendants become our children instead of init's; elsewhere than on Linux nothing happens."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def _die_with_parent() -> None:
    """In the child, before it becomes the service: should the keeper itself be killed, the service goes with it."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def kill_descendants() -> None:
    """Kill every process below us until none is left; one that is born meanwhile is found in the next round."""
    while below := descendants(os.getpid()):
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _reap()
        time.sleep(0.01)  # the kernel ends them in its own time


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    except ChildProcessError:
        return


def descendants(root: int) -> list[int]:
    """The processes below `root` that still run, by /proc; none where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        if state != "Z":
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, waiting = [], [root]
    while waiting:
        for pid in children.get(waiting.pop(), []):
            found.append(pid)
            waiting.append(pid)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
