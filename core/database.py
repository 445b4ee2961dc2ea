"""Opening the one database and bringing its schema up to date. SQLite in WAL mode, or PostgreSQL."""

from __future__ import annotations

import asyncio
import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 30_000  # several processes share a SQLite file; a writer waits this long for its turn
READS_ONLY = "reads_only"  # the option of a connection that takes no lock for writing

P = ParamSpec("P")
Result = TypeVar("Result")

_readers: dict[Engine, Connection] = {}  # kept for short reads; see `looked`
_joined = threading.local()  # the transaction that this thread's writes are to be part of; see `writing`


def connect(url: str) -> Engine:
    """An engine for the database at `url`, with its schema brought up to date first."""
    engine = _engine(url)
    with _one_at_a_time(url):
        upgrade(engine)
    return engine


def upgrade(engine: Engine) -> None:
    """Run every migration that this database has not seen."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _engine(url: str) -> Engine:
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if where.database and where.database != ":memory:":
        Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    event.listen(engine, "engine_disposed", _put_away)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's BEGIN is ours below, not the driver's late one
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes later could not be retried by SQLite."""
    if not connection.get_execution_options().get(READS_ONLY):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only looks, and keeps no writer waiting."""
    shared = getattr(_joined, "connection", None)
    if shared is not None and shared.engine is engine:
        yield shared
        return
    kept: Connection | None = getattr(_joined, "reader", None)
    if kept is not None and _readers.get(engine) is kept:
        yield kept
        return
    with _reader(engine).connect() as connection:
        yield connection


async def looked(engine: Engine, job: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """What a short read gives. A SQLite file answers sooner than a thread would begin; a server is waited for in one.

    Readers of a SQLite file in WAL mode wait for no writer, so the event loop does not either.
    """
    if engine.dialect.name != "sqlite":
        return await asyncio.to_thread(job, *args, **kwargs)
    with _kept(engine):
        return job(*args, **kwargs)


@contextmanager
def _kept(engine: Engine) -> Iterator[None]:
    """A connection that stays open serves all short reads; after an error in one, the next gets a new connection."""
    connection = _readers.get(engine)
    if connection is None:
        connection = _readers[engine] = _reader(engine).connect()
    _joined.reader = connection
    try:
        yield
    except BaseException:
        _put_away(engine)
        raise
    finally:
        _joined.reader = None


def _put_away(engine: Engine) -> None:
    """Close the connection that was kept for short reads."""
    if (connection := _readers.pop(engine, None)) is not None:
        connection.detach()
        connection.close()


@cache
def _reader(engine: Engine) -> Engine:
    """The same connections, without a transaction around: each statement sees what is committed at that moment."""
    if engine.dialect.name == "sqlite":  # whose driver begins none by itself: see `_prepare_sqlite`
        return engine.execution_options(**{READS_ONLY: True})
    return engine.execution_options(isolation_level="AUTOCOMMIT")


class Changes:
    """Whether somebody else has committed since the last look. SQLite alone can say so; its answer costs no disk.

    Not for two threads at once. PostgreSQL tells by itself (`core/listen.py`); here it always answers no.
    """

    def __init__(self, engine: Engine) -> None:
        self._connection = _reader(engine).connect() if engine.dialect.name == "sqlite" else None
        self._version = self._now()

    def any(self) -> bool:
        before, self._version = self._version, self._now()
        return self._version != before

    def _now(self) -> int:
        if self._connection is None:
            return 0
        return int(self._connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.detach()
            self._connection.close()
            self._connection = None


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction for all that this thread writes inside: it is committed, or none of it is."""
    shared = getattr(_joined, "connection", None)
    if shared is not None and shared.engine is engine:
        yield shared
        return
    with engine.begin() as connection:
        _joined.connection = connection
        try:
            yield connection
        finally:
            _joined.connection = shared


@contextmanager
def _one_at_a_time(url: str) -> Iterator[None]:
    """Several services start at once; only one may migrate a SQLite file (PostgreSQL's migrations lock in `env.py`)."""
    where = make_url(url)
    if where.get_backend_name() != "sqlite" or not where.database or where.database == ":memory:":
        yield
        return
    with Path(f"{where.database}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
