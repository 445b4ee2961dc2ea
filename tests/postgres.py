"""A PostgreSQL server for tests: Debian's package, as a user without rights, on a free port of loopback.

TEST_POSTGRES_URL names a server to use instead. Where there is none and none can be installed, the tests that want one
are skipped, and say so.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests import debian

PATIENCE_S = 60.0
_numbers = count(1)


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server's own database, `postgresql://...`; the server ends with us, however we end."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield given
        return
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="camelot-postgres-"))
    user = _user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        with _running(programs, folder, user) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh(url: str) -> Iterator[str]:
    """The URL of a new, empty database on that server."""
    name = f"camelot_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    yield url.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _programs() -> Path:
    """Where initdb and postgres are; installed when that is possible."""
    try:
        debian.ensure("PostgreSQL", ("postgresql",), _find)
    except debian.Missing as why:
        pytest.skip(f"{why}; or set TEST_POSTGRES_URL")
    found = _find()
    assert found, "debian.ensure has seen it"
    return found


def _find() -> Path | None:
    """Debian keeps the server's programs out of PATH, one folder a version."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return newest[-1].parent if newest else Path(on_path).resolve().parent if on_path else None


def _user() -> pwd.struct_passwd | None:
    """PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


@contextmanager
def _running(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> Iterator[str]:
    data, log = folder / "data", folder / "log"
    become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    flags = ["-D", str(data), "-U", "camelot", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run([programs / "initdb", *flags], check=True, capture_output=True, cwd=folder, **become)  # type: ignore[call-overload]
    port = _free_port()
    command = [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
    command += ["-c", "unix_socket_directories=", "-c", "shared_buffers=16MB", "-c", "max_connections=100"]
    with log.open("w") as words:
        process = subprocess.Popen(
            command,
            stdout=words,
            stderr=words,
            cwd=folder,
            preexec_fn=_die_with_parent,
            **become,  # type: ignore[call-overload]  # noqa: PLW1509
        )
    try:
        url = f"postgresql://camelot@127.0.0.1:{port}/postgres"
        _wait(url, process, log)
        yield url
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nobody needs this database again
        process.wait(PATIENCE_S)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            alive = process.poll() is None and time.monotonic() < deadline
            assert alive, f"PostgreSQL did not start: {log.read_text()}"
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
