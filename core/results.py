"""Results of builds: written by the farm, read by bots, releases and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, insert, select, update

from core import standings
from core.database import writing
from core.models import build_requests, builders, builds, deliveries, outcomes
from core.outcomes import rows_of
from core.store import DeliveryState, now, text

GREEN = ("success", "warnings")
NO_TESTS = "no-tests"  # in the place of tests: a build that is configured and compiled, and no more
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


def all_builders(engine: Engine, branch: str = "") -> list[Builder]:
    """What the farm has now, for one branch or for all, by name."""
    query = select(builders).where(builders.c.branch == branch) if branch else select(builders)
    with engine.begin() as connection:
        rows = connection.execute(query.order_by(builders.c.name)).all()
    return [Builder(**row._mapping) for row in rows]


def find_builder(engine: Engine, name: str) -> Builder | None:
    """The builder that the farm has now under this name."""
    with engine.begin() as connection:
        row = connection.execute(select(builders).where(builders.c.name == name)).first()
    return Builder(**row._mapping) if row else None


@dataclass(frozen=True)
class BuildRequest:
    """Somebody asked for builds of a commit. `names` are the builders; without any, `builders` is a regular expression
    on their names, and empty means all that build the branch.

    `tests` are names of test files apart by blanks, and `-m CASE` for single cases; empty means all.
    `pace` is quick or slow for a push, which waits until its branch is quiet; else empty, and it is built at once.
    `scope` names what it is about (`pull:7`): a later commit there supersedes it.

    Its states: new; then submitted, refused (`error` says why), joined (a later push is built instead) or empty (no
    builder of its pace); superseded, until the farm has called off what was not built yet; then dropped.
    """

    id: int
    key: str
    branch: str
    commit: str
    builders: str
    reason: str
    tests: str = ""
    pace: str = ""
    scope: str = ""
    names: tuple[str, ...] = ()
    asked: str = ""


def new_requests(engine: Engine, limit: int = 1000) -> list[BuildRequest]:
    """Requests that the farm has not taken yet, oldest first."""
    return _requests(engine, "new", limit)


def superseded(engine: Engine, limit: int = 100) -> list[BuildRequest]:
    """Requests whose builds are to be called off, oldest first."""
    return _requests(engine, "superseded", limit)


def taken(engine: Engine, request: int) -> None:
    """The farm has taken a request into its own queue; one that was superseded meanwhile stays so."""
    _move(engine, [request], "submitted")


def refuse(engine: Engine, request: int, error: str) -> None:
    """The farm cannot build what was asked for; `error` says why, and the request is not tried again."""
    _move(engine, [request], "refused", error=error)


def join(engine: Engine, requests: Sequence[int], key: str) -> None:
    """These are built together with the later request `key`."""
    _move(engine, requests, "joined", error=f"built together with {key}")


def pass_over(engine: Engine, request: int) -> None:
    """There is nothing to build for it."""
    _move(engine, [request], "empty")


def called_off(engine: Engine, request: int, anything: bool) -> None:
    """The farm has called off what was left of a superseded request; without anything left it had all been built."""
    _move(engine, [request], "dropped" if anything else "submitted", before="superseded")


def supersede(engine: Engine, scope: str, commit: str = "") -> int:
    """Builds of `scope` that are of any other commit than `commit` are wanted no longer; how many requests that is."""
    known = build_requests.c
    old = and_(known.scope == scope, known.commit != commit, known.state.in_(("new", "submitted")))
    with writing(engine) as connection:
        return connection.execute(update(build_requests).where(old).values(state="superseded")).rowcount


def _requests(engine: Engine, state: str, limit: int) -> list[BuildRequest]:
    columns = [build_requests.c[each.name] for each in fields(BuildRequest)]
    query = select(*columns).where(build_requests.c.state == state).order_by(build_requests.c.id).limit(limit)
    with engine.begin() as connection:
        rows = connection.execute(query).all()
    return [BuildRequest(**{**row._mapping, "names": tuple(row.names)}) for row in rows]


def _move(engine: Engine, requests: Sequence[int], state: str, before: str = "new", error: str = "") -> None:
    mine = and_(build_requests.c.id.in_(requests), build_requests.c.state == before)
    with engine.begin() as connection:
        connection.execute(update(build_requests).where(mine).values(state=state, error=error))


def _rows(connection: Connection, where: Any) -> Sequence[Row[Any]]:
    return connection.execute(select(builds).where(where).order_by(builds.c.id)).all()


def _values(build: Build) -> dict[str, Any]:
    return {**asdict(build), "verdict": dict(build.verdict)}


def _build(row: Row[Any]) -> Build:
    return Build(**{name: value for name, value in row._mapping.items() if name not in ("id", "put_away")})
