"""Results of builds: written by the farm, read by bots, releases and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, insert, select, update

from core import standings
from core.database import writing
from core.models import build_requests, builders, builds, deliveries, outcomes
from core.outcomes import rows_of
from core.store import DeliveryState, now, text

GREEN = ("success", "warnings")
WHOLE = builds.c.tests == ""  # builds of a few tests answer one question only


@dataclass(frozen=True)
class Build:
    """A finished build. `result`: success, warnings, failure, exception, retry, cancelled, skipped.

    `verdict` is what the test log said: {"result", "complete", "files": [{"name", "state", "reason", "duration_s",
    "rerun", "cases": [{"id", "outcome", "traceback"}], "leaks": [{"resource", "deltas"}]}], "failed", "flaky",
    "env_changed", "leaked", "totals"}; empty where no test ran.
    """

    key: str
    builder: str
    kind: str
    tier: int
    stable: bool
    branch: str
    commit: str
    number: int
    result: str
    url: str
    started: str
    finished: str
    worker: str = ""
    failed_step: str = ""
    verdict: Mapping[str, Any] = field(default_factory=dict)
    tests: str = ""  # the only tests that it was asked to run, apart by blanks; empty: all

    @property
    def green(self) -> bool:
        return self.result in GREEN


@dataclass(frozen=True)
class Builder:
    """A builder that the farm has now. `branch` is the git branch it builds, `version` the branch's number."""

    name: str
    kind: str
    tier: int
    stable: bool
    branch: str
    version: str
    url: str


def record(engine: Engine, build: Build, subject: str) -> bool:
    """Store a finished build and the delivery that tells of it, in one transaction; False: it was stored before."""
    delivery = {
        "guid": f"build:{build.key}",
        "source": "farm",
        "event": "build.finished",
        "subject": subject,
        "payload": {"key": build.key},
        "state": DeliveryState.NEW,
        "received": text(now()),
    }
    with writing(engine) as connection:
        if connection.execute(select(builds.c.id).where(builds.c.key == build.key)).first():
            return False
        made = connection.execute(insert(builds).values(**_values(build)).returning(builds.c.id)).scalar_one()
        if rows := list(rows_of(build)):
            connection.execute(insert(outcomes), [{**row, "build": made} for row in rows])
        standings.added(connection, made, build)
        connection.execute(insert(deliveries).values(delivery))
        return True


def find(engine: Engine, key: str) -> Build | None:
    """The build stored under `key`."""
    with engine.begin() as connection:
        row = connection.execute(select(builds).where(builds.c.key == key)).first()
    return _build(row) if row else None


def of_commit(engine: Engine, commit: str) -> list[Build]:
    """Every whole build of a commit, oldest first."""
    with engine.begin() as connection:
        return [_build(row) for row in _rows(connection, and_(builds.c.commit == commit, WHOLE))]


def searched(engine: Engine, builder: str, commits: Sequence[str]) -> list[Build]:
    """The builds of these commits on a builder, of some tests or of all, oldest first."""
    with engine.begin() as connection:
        return [
            _build(row) for row in _rows(connection, and_(builds.c.builder == builder, builds.c.commit.in_(commits)))
        ]


def history(engine: Engine, builder: str, branch: str, limit: int = 100) -> list[Build]:
    """The whole builds of a builder on a branch, newest first."""
    query = (
        select(builds)
        .where(builds.c.builder == builder, builds.c.branch == branch, WHOLE)
        .order_by(builds.c.id.desc())
        .limit(limit)
    )
    with engine.begin() as connection:
        return [_build(row) for row in connection.execute(query)]


def latest(engine: Engine, branch: str) -> dict[str, Build]:
    """The newest whole build of each builder on a branch."""
    with engine.begin() as connection:
        return {row.builder: _build(row) for row in _rows(connection, and_(builds.c.branch == branch, WHOLE))}


def set_builders(engine: Engine, rows: Sequence[Builder]) -> None:
    """The farm has exactly these builders now."""
    with writing(engine) as connection:
        connection.execute(delete(builders))
        if rows:
            connection.execute(insert(builders), [asdict(row) for row in rows])
        standings.catch_up(connection)
        standings.touch(connection)


def all_builders(engine: Engine) -> list[Builder]:
    """What the farm has now, by name."""
    with engine.begin() as connection:
        rows = connection.execute(select(builders).order_by(builders.c.name)).all()
    return [Builder(**row._mapping) for row in rows]


@dataclass(frozen=True)
class BuildRequest:
    """Somebody asked for builds of a commit. `builders` is a regular expression on builder names; empty means all.

    `tests` are names of test files apart by blanks, and `-m CASE` for single cases; empty means all.
    """

    id: int
    key: str
    branch: str
    commit: str
    builders: str
    reason: str
    tests: str = ""


def new_requests(engine: Engine, limit: int = 20) -> list[BuildRequest]:
    """Requests that the farm has not taken yet, oldest first."""
    query = select(build_requests).where(build_requests.c.state == "new").order_by(build_requests.c.id).limit(limit)
    with engine.begin() as connection:
        rows = connection.execute(query).all()
    return [BuildRequest(row.id, row.key, row.branch, row.commit, row.builders, row.reason, row.tests) for row in rows]


def taken(engine: Engine, request: int) -> None:
    """The farm has taken a request into its own queue."""
    with engine.begin() as connection:
        connection.execute(update(build_requests).where(build_requests.c.id == request).values(state="submitted"))


def refuse(engine: Engine, request: int, error: str) -> None:
    """The farm cannot build what was asked for; `error` says why, and the request is not tried again."""
    with engine.begin() as connection:
        values = {"state": "refused", "error": error}
        connection.execute(update(build_requests).where(build_requests.c.id == request).values(**values))


def _rows(connection: Connection, where: Any) -> Sequence[Row[Any]]:
    return connection.execute(select(builds).where(where).order_by(builds.c.id)).all()


def _values(build: Build) -> dict[str, Any]:
    return {**asdict(build), "verdict": dict(build.verdict)}


def _build(row: Row[Any]) -> Build:
    return Build(**{name: value for name, value in row._mapping.items() if name not in ("id", "put_away")})
