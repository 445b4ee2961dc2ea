"""Who works on a subject: one process at a time, for as long as it lives.

A lock goes with its process, however that ends: on SQLite it is a lock on one byte of a file beside the database, on
PostgreSQL an advisory lock of a connection that does nothing else. So there is no lease to renew and none to wait for.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

BYTES = 2**62  # where the locks of a file lie: anywhere below


class Locks(Protocol):
    def take(self, name: str) -> bool:
        """Have the lock from now on; False when another process has it."""

    def release(self, name: str) -> None:
        """Give back what was taken."""

    def close(self) -> None:
        """Give back everything."""


def of(engine: Engine) -> Locks:
    """The locks of everybody who shares this database."""
    if engine.dialect.name == "postgresql":
        return AdvisoryLocks(engine)
    if engine.url.database and engine.url.database != ":memory:":
        return FileLocks(Path(f"{engine.url.database}.locks"))
    return NoLocks()


class NoLocks:
    """A database in memory is nobody else's."""

    def take(self, name: str) -> bool:
        return True

    def release(self, name: str) -> None:
        pass

    def close(self) -> None:
        pass


class FileLocks:
    """Two names may fall on one byte; then the second waits, which harms nobody."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, name: str) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _number(name))
        except OSError:
            return False
        return True

    def release(self, name: str) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _number(name))

    def close(self) -> None:
        os.close(self._file)


class AdvisoryLocks:
    """When the server went away it forgot our locks: what we did not hold any more cannot be given back."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._guard = engine, threading.Lock()
        self._connection: Connection | None = None

    def take(self, name: str) -> bool:
        return self._ask("SELECT pg_try_advisory_lock(:number)", name)

    def release(self, name: str) -> None:
        self._ask("SELECT pg_advisory_unlock(:number)", name)

    def close(self) -> None:
        with self._guard:
            self._drop()

    def _ask(self, question: str, name: str) -> bool:
        with self._guard:
            try:
                if self._connection is None:
                    self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                return bool(self._connection.execute(text(question), {"number": _number(name)}).scalar())
            except DBAPIError:
                self._drop()
                return False

    def _drop(self) -> None:
        """The connection is not given back to the pool: whoever had it next would hold our locks."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") % BYTES
