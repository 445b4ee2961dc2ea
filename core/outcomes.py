"""The history of tests: what became of each test file, and of each case that went wrong, in every build.

Rows are written together with their build (`results.record`). An unfinished log is no evidence against anybody: of it
only what passed is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Engine, select

from core.models import builds, outcomes

if TYPE_CHECKING:
    from core.results import Build

GOOD = frozenset({"passed"})
SILENT = frozenset({"skipped", "resource_denied", "did_not_run", "interrupted", "running"})  # these say nothing
MOST = 500  # rows of a history that are looked at
TIMED = 20  # builds whose times are looked at
LONGEST_TEST, LONGEST_CASE = 200, 300


@dataclass(frozen=True)
class Outcome:
    """One row. `case` is empty for the whole file; `at` is when the build ended, ISO text in UTC."""

    builder: str
    branch: str
    commit: str
    test: str
    case: str
    state: str
    rerun: str
    duration_s: float | None
    at: str

    @property
    def good(self) -> bool:
        """It worked at once."""
        return self.state in GOOD

    @property
    def wavered(self) -> bool:
        """It failed, and passed when it was run again in the same build."""
        return not self.good and self.rerun == "passed"

    @property
    def bad(self) -> bool:
        return not self.good and not self.wavered


COLUMNS = [outcomes.c[each.name] for each in fields(Outcome)]


def rows_of(build: Build) -> Iterator[dict[str, Any]]:
    """The rows of a build, its own number left out."""
    verdict = build.verdict
    place = {"builder": build.builder, "branch": build.branch, "commit": build.commit, "at": build.finished}
    for file in verdict.get("files") or ():
        state, test = str(file.get("state") or ""), str(file.get("name") or "")[:LONGEST_TEST]
        if state in SILENT or not (verdict.get("complete") or state in GOOD):
            continue
        shared = {**place, "test": test, "rerun": file.get("rerun") or ""}
        yield {**shared, "case": "", "state": state, "duration_s": file.get("duration_s")}
        for case in file.get("cases") or ():
            yield {
                **shared,
                "case": str(case["id"])[:LONGEST_CASE],
                "state": str(case["outcome"])[:20],
                "duration_s": None,
            }


def of_test(engine: Engine, branch: str, test: str, builder: str = "", limit: int = MOST) -> list[Outcome]:
    """The results of a test file on a branch, on one builder or on all, newest first."""
    query = select(*COLUMNS).where(outcomes.c.branch == branch, outcomes.c.test == test, outcomes.c.case == "")
    if builder:
        query = query.where(outcomes.c.builder == builder)
    with engine.begin() as connection:
        return [Outcome(*row) for row in connection.execute(query.order_by(outcomes.c.id.desc()).limit(limit))]


def of_cases(engine: Engine, branch: str, test: str, limit: int = MOST) -> list[Outcome]:
    """The cases of a test file that went wrong on a branch, newest first."""
    query = select(*COLUMNS).where(outcomes.c.branch == branch, outcomes.c.test == test, outcomes.c.case != "")
    with engine.begin() as connection:
        return [Outcome(*row) for row in connection.execute(query.order_by(outcomes.c.id.desc()).limit(limit))]


def of_build(engine: Engine, key: str) -> list[Outcome]:
    """Every row of the build stored under `key`, in the order of its log."""
    query = select(*COLUMNS).join(builds, builds.c.id == outcomes.c.build).where(builds.c.key == key)
    with engine.begin() as connection:
        return [Outcome(*row) for row in connection.execute(query.order_by(outcomes.c.id))]


def durations(engine: Engine, branch: str, builder: str, kind: str) -> list[dict[str, float]]:
    """Seconds of each test file as timed last: by this builder, by its kind on any branch, by all others of the branch.

    What says most is first. Only the newest builds are looked at, so that this takes no longer as history grows.
    """
    sources = (
        (builds.c.builder == builder) & (builds.c.branch == branch),
        builds.c.kind == kind,
        builds.c.branch == branch,
    )
    with engine.begin() as connection:
        return [_timed(connection, source) for source in sources]


def _timed(connection: Connection, source: ColumnElement[bool]) -> dict[str, float]:
    newest = select(builds.c.id).where(source, builds.c.tests == "").order_by(builds.c.id.desc()).limit(TIMED)
    query = select(outcomes.c.test, outcomes.c.duration_s).where(
        outcomes.c.build.in_(newest), outcomes.c.case == "", outcomes.c.duration_s.is_not(None)
    )
    return {row.test: row.duration_s for row in connection.execute(query.order_by(outcomes.c.id))}


def failing_since(history: Sequence[Outcome]) -> Outcome | None:
    """The first of the failures that go on now, None where it works. `history` is of one builder, newest first."""
    since = None
    for row in history:
        if not row.bad:
            break
        since = row
    return since


def last_pass(history: Sequence[Outcome]) -> Outcome | None:
    """The newest row in which it worked, at once or when run again."""
    return next((row for row in history if not row.bad), None)


def outcome_of(row: Mapping[str, Any]) -> Outcome:
    """One row of the database, or one that `rows_of` made for it."""
    return Outcome(**{name: value for name, value in row.items() if name not in ("id", "build")})
