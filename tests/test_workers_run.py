"""A worker enrols without showing its password, starts tests with ordinary signals, and refuses mistakes plainly."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workers import enrol, run
from workers.place import Master

ROOT = Path(__file__).parents[1]
PASSWORD = "known-to-the-farm-alone"
NOBODY = Master("127.0.0.1", 9989)
STARTED_WITHIN_S = 60.0


def test_the_password_lies_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    enrol.create(tmp_path / "worker", NOBODY, "local", PASSWORD)
    secret = tmp_path / "worker" / "password"
    assert secret.read_text(encoding="utf-8").strip() == PASSWORD
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert PASSWORD not in (tmp_path / "worker" / "buildbot.tac").read_text(encoding="utf-8")


def test_enrolling_again_takes_the_new_password_and_keeps_what_was_built(tmp_path: Path) -> None:
    enrol.create(tmp_path, NOBODY, "local", "an-old-one")
    (tmp_path / "debug").mkdir()
    enrol.create(tmp_path, NOBODY, "local", PASSWORD)
    assert (tmp_path / "password").read_text(encoding="utf-8").strip() == PASSWORD
    assert (tmp_path / "debug").is_dir()


@pytest.mark.parametrize(
    ("arguments", "password", "why"),
    [
        (["--master", "nowhere"], PASSWORD, "--master is 'nowhere': write HOST:PORT"),
        (["--master", "127.0.0.1:99999"], PASSWORD, "write HOST:PORT"),
        (["--name", "a/b"], PASSWORD, "'a/b' is not a worker's name"),
        (["--disk-mib", "-1"], PASSWORD, "-1 MiB cannot be kept: give a number above 0"),
        ([], "", "the worker's password is empty: set CAMELOT_WORKER_PASSWORD"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, arguments: list[str], password: str, why: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.run", "--basedir", str(tmp_path / "worker"), *arguments],
        env={**os.environ, run.PASSWORD: password},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=STARTED_WITHIN_S,
    )
    assert done.returncode == 2
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_worker_started_in_the_background_gives_its_builds_ordinary_signals(tmp_path: Path) -> None:
    with socket.socket() as master:  # nobody answers there: the worker keeps trying
        master.bind(("127.0.0.1", 0))
        worker = _start_with_interrupts_ignored(tmp_path / "worker", master.getsockname()[1])
        try:
            _wait_for_log(tmp_path / "worker" / "twistd.log", worker)
            ignored = _mask(worker.pid, "SigIgn")
            environ = Path(f"/proc/{worker.pid}/environ").read_bytes()
        finally:
            worker.terminate()
            worker.wait(timeout=STARTED_WITHIN_S)
    assert signal.SIGINT not in ignored
    assert signal.SIGQUIT not in ignored
    assert PASSWORD.encode() not in environ


def test_a_probe_names_tags_for_what_it_found() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.probe", "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["cpus"] == len(os.sched_getaffinity(0))
    assert found["memory_mib"] > 0
    assert found["tools"]["git"].startswith("git version")
    assert set(found["sanitizers"]) <= set(found["tags"])


def _start_with_interrupts_ignored(basedir: Path, port: int) -> subprocess.Popen[bytes]:
    """As a shell does with `&`. The child asks the kernel to end it with us."""
    code = (
        "import ctypes, os, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGTERM);"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGQUIT, signal.SIG_IGN);"
        "os.execv(sys.executable, [sys.executable, '-m', 'workers.run', *sys.argv[1:]])"
    )
    arguments = ["--basedir", str(basedir), "--master", f"127.0.0.1:{port}"]
    environ = {**os.environ, run.PASSWORD: PASSWORD}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT, env=environ)


def _wait_for_log(log: Path, worker: subprocess.Popen[bytes]) -> None:
    """Until twistd runs: only then has the worker become what runs the builds."""
    deadline = time.monotonic() + STARTED_WITHIN_S
    while not (log.exists() and "Starting Worker" in log.read_text(encoding="utf-8")):
        assert worker.poll() is None, "the worker has ended"
        assert time.monotonic() < deadline, "the worker did not start in time"
        time.sleep(0.05)


def _mask(pid: int, name: str) -> set[int]:
    """The signals in one of the masks of /proc."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    bits = int(next(line for line in lines if line.startswith(f"{name}:")).split()[1], 16)
    return {number for number in range(1, 64) if bits >> (number - 1) & 1}
