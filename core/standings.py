"""Where each builder stands, which tests go wrong where, and what leaks: kept beside the builds, for pages.

`added` is called in the transaction that stores a build, so that these rows never tell another story than the builds.
`fold` is the whole rule, and pure; `rebuilt` makes the same rows from all builds that there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import Connection, Engine, and_, bindparam, delete, insert, select, tuple_, update

from core import models
from core.database import reading, writing
from core.flakes import WINDOW, judge
from core.models import farm_queue, farm_workers, leak_counts, outcomes, revisions, standings, troubles
from core.outcomes import Outcome, outcome_of, rows_of

if TYPE_CHECKING:
    from core.results import Build

Brief: TypeAlias = "dict[str, Any]"
FARM = "farm"  # the revision of all that is shown of the farm
GREEN = ("success", "warnings")
SILENT = ("cancelled", "skipped")  # these are dots and say nothing else
LETTERS = {
    "success": "s",
    "warnings": "w",
    "failure": "f",
    "exception": "e",
    "cancelled": "c",
    "skipped": "-",
    "retry": "r",
}
RESULTS = {letter: result for result, letter in LETTERS.items()}
MOST_DOTS = 50
MOST_NAMES = 20  # tests that are named of one build
MASS = 50  # a build with more failing tests than this says nothing about any one of them
LEAK_KIND = "refleak"


@dataclass(frozen=True)
class Standing:
    """One builder on one branch. `latest`, `breaking` and `good` are builds in short; see `brief`."""

    builder: str
    branch: str
    kind: str
    tier: int
    stable: bool
    latest: Mapping[str, Any]
    breaking: Mapping[str, Any] | None
    good: Mapping[str, Any] | None
    streak: int
    dots: str

    @property
    def red(self) -> bool:
        return self.streak > 0

    @property
    def history(self) -> list[tuple[int, str]]:
        """(number, result) of the last builds, oldest first."""
        pairs = (dot.partition(":") for dot in self.dots.split())
        return [(int(number), RESULTS.get(letter, letter)) for number, _, letter in pairs]


def brief(build: Build) -> Brief:
    """What a page says of a build."""
    failed, leaked = list(build.verdict.get("failed") or ()), list(build.verdict.get("leaked") or ())
    changed = [name for name in build.verdict.get("env_changed") or () if name not in failed]
    wrong = list(dict.fromkeys([*failed, *leaked, *changed]))
    return {
        "key": build.key,
        "number": build.number,
        "result": build.result,
        "commit": build.commit,
        "url": build.url,
        "worker": build.worker,
        "finished": build.finished,
        "failed_step": build.failed_step,
        "failed": wrong[:MOST_NAMES] if build.result == "failure" else [],
        "leaked": leaked[:MOST_NAMES],
        "more": max(0, len(wrong) - MOST_NAMES) if build.result == "failure" else 0,
    }


def fold(before: Standing | None, build: Build) -> Standing:
    """Where its builder stands after `build`, the newest."""
    said = brief(build)
    dots = " ".join(
        [*(before.dots.split() if before else ()), f"{build.number}:{LETTERS.get(build.result, 'e')}"][-MOST_DOTS:]
    )
    place = (build.builder, build.branch, build.kind, build.tier, build.stable)
    latest, breaking, good, streak = (
        (before.latest, before.breaking, before.good, before.streak) if before else (said, None, None, 0)
    )
    if build.result in SILENT:
        return Standing(*place, latest, breaking, good, streak, dots)
    if build.result in GREEN:
        return Standing(*place, said, None, said, 0, dots)
    return Standing(*place, said, breaking if streak else said, good, streak + 1, dots)


# --- writing, in the transaction of the build ---


def added(connection: Connection, number: int, build: Build) -> None:
    """The rows follow a build that was stored just now under `number`, its outcomes included."""
    touch(connection)
    if build.tests:  # a build of a few tests says nothing of its builder
        return
    _stand(connection, fold(_standing(connection, build.builder, build.branch), build))
    if row := _leaks(number, build):
        connection.execute(insert(leak_counts), [row])
    _trouble(connection, build)


def touch(connection: Connection, name: str = FARM) -> None:
    """Something changed that pages show."""
    connection.execute(_TOUCH, {"its": name})


_TOUCH = update(revisions).where(revisions.c.name == bindparam("its")).values(number=revisions.c.number + 1)
_STANDING = select(standings).where(
    standings.c.builder == bindparam("its_builder"), standings.c.branch == bindparam("its_branch")
)


def _standing(connection: Connection, builder: str, branch: str) -> Standing | None:
    row = connection.execute(_STANDING, {"its_builder": builder, "its_branch": branch}).first()
    return Standing(**row._mapping) if row else None


def _stand(connection: Connection, new: Standing) -> None:
    mine = and_(standings.c.builder == new.builder, standings.c.branch == new.branch)
    if connection.execute(update(standings).where(mine).values(**asdict(new))).rowcount == 0:
        connection.execute(insert(standings).values(**asdict(new)))


def _leaks(number: int, build: Build) -> Brief | None:
    """The row of a hunt for leaks that came to its end; None for every other build."""
    if LEAK_KIND not in build.kind or build.tests or not build.verdict.get("complete"):
        return None
    leaked = list(build.verdict.get("leaked") or ())
    place = {"builder": build.builder, "branch": build.branch, "commit": build.commit, "at": build.finished}
    return {"build": number, **place, "tests": len(leaked), "names": leaked[:MOST_NAMES]}


def _trouble(connection: Connection, build: Build) -> None:
    """The tests that go wrong, or well again, in this build; and what that makes of their verdicts."""
    place = and_(troubles.c.branch == build.branch, troubles.c.builder == build.builder)
    before = {row.test: dict(row._mapping) for row in connection.execute(select(troubles).where(place))}
    changed = dict(troubled(before, map(outcome_of, rows_of(build))))
    new = [row for test, row in changed.items() if test not in before]
    if new:
        connection.execute(insert(troubles), new)
    for test, row in changed.items():
        if test in before:
            connection.execute(update(troubles).where(place, troubles.c.test == test).values(**row))
    turned = [test for test, row in changed.items() if test not in before or _tells(before[test], row)]
    if len(turned) <= MASS:
        for test in turned:
            _judged(connection, build.branch, test, build.finished)


def _tells(before: Brief, after: Brief) -> bool:
    """It went wrong, or it went wrong before and does no longer; that it works on is no news."""
    return bool(after["at"] != before["at"] or after["red"] != before["red"])


def troubled(before: Mapping[str, Brief], found: Iterable[Outcome]) -> Iterator[tuple[str, Brief]]:
    """The rows that outcomes of one build change, by test; a test that always worked has none."""
    for each in found:
        earlier = before.get(each.test)
        if each.case or (each.good and earlier is None):
            continue
        now = {"commit": each.commit, "at": each.at}
        row = earlier or {
            "branch": each.branch,
            "test": each.test,
            "builder": each.builder,
            "good": None,
            "since": None,
            "red": False,
            "failures": 0,
            "wavers": 0,
        }
        if each.good:
            yield each.test, {**row, "red": False, "since": None, "good": now}
        elif each.wavered:
            same = {"red": False, "since": None, "good": now, "state": each.state, "wavers": row["wavers"] + 1}
            yield each.test, {**row, **now, **same}
        else:
            since = row["since"] if row["red"] else now
            worse = {"red": True, "since": since, "state": each.state, "failures": row["failures"] + 1}
            yield each.test, {**row, **now, **worse}


_NEWEST = (
    select(outcomes)
    .where(
        outcomes.c.branch == bindparam("its_branch"), outcomes.c.test == bindparam("its_test"), outcomes.c.case == ""
    )
    .order_by(outcomes.c.id.desc())
    .limit(WINDOW)
)


def _judged(connection: Connection, branch: str, test: str, at: str) -> None:
    rows = connection.execute(_NEWEST, {"its_branch": branch, "its_test": test})
    flake = judge([outcome_of(dict(row._mapping)) for row in rows])
    mine = and_(models.flakes.c.branch == branch, models.flakes.c.test == test)
    values = {**asdict(flake), "at": at}
    if connection.execute(update(models.flakes).where(mine).values(**values)).rowcount == 0:
        connection.execute(insert(models.flakes).values(branch=branch, test=test, **values))


# --- all anew ---


def catch_up(connection: Connection) -> None:
    """Make the rows where builds are older than they: after an upgrade."""
    has_rows = connection.execute(select(standings.c.builder).limit(1)).first()
    if not has_rows and connection.execute(select(models.builds.c.id).limit(1)).first():
        rebuilt(connection)


def rebuilt(connection: Connection) -> None:
    """Every row made anew, from all builds and outcomes."""
    for table in (standings, troubles, models.flakes, leak_counts):
        connection.execute(delete(table))
    stood: dict[tuple[str, str], Standing] = {}
    trouble: dict[tuple[str, str], dict[str, Brief]] = {}
    judged: dict[tuple[str, str], str] = {}
    leaks: list[Brief] = []
    for number, build in _all_builds(connection):
        place = (build.builder, build.branch)
        stood[place] = fold(stood.get(place), build)
        leaks += [row] if (row := _leaks(number, build)) else []
        mine = trouble.setdefault(place, {})
        changed = dict(troubled(mine, map(outcome_of, rows_of(build))))
        turned = [test for test, row in changed.items() if test not in mine or _tells(mine[test], row)]
        judged |= {(build.branch, test): build.finished for test in turned if len(turned) <= MASS}
        mine |= changed
    for table, rows in (
        (standings, [asdict(each) for each in stood.values()]),
        (troubles, [row for mine in trouble.values() for row in mine.values()]),
        (leak_counts, leaks),
    ):
        if rows:
            connection.execute(insert(table), rows)
    for (branch, test), at in judged.items():
        _judged(connection, branch, test, at)
    touch(connection)


def _all_builds(connection: Connection) -> Iterator[tuple[int, Build]]:
    """Every whole build with its number, oldest first."""
    from core.results import Build

    query = select(models.builds).where(models.builds.c.tests == "").order_by(models.builds.c.id)
    for row in connection.execution_options(yield_per=1000).execute(query):
        fields = {name: value for name, value in row._mapping.items() if name not in ("id", "put_away")}
        yield row.id, Build(**fields)


# --- reading ---


def revision(engine: Engine, name: str = FARM) -> int:
    """A number that grows with every change of what is shown."""
    with reading(engine) as connection:
        return connection.execute(select(revisions.c.number).where(revisions.c.name == name)).scalar() or 0


def all_standings(engine: Engine, branch: str = "") -> dict[tuple[str, str], Standing]:
    """(builder, branch) -> where it stands, on one branch or on all; of builders that are gone too."""
    query = select(standings).where(standings.c.branch == branch) if branch else select(standings)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return {(row.builder, row.branch): Standing(**row._mapping) for row in rows}


def standing(engine: Engine, builder: str, branch: str) -> Standing | None:
    with reading(engine) as connection:
        return _standing(connection, builder, branch)


def troubles_of(engine: Engine, branch: str = "", test: str = "", red: bool = False, limit: int = 500) -> list[Brief]:
    """Tests that go wrong (`red`: now), newest trouble first."""
    query = select(troubles)
    for column, value in ((troubles.c.branch, branch), (troubles.c.test, test)):
        query = query.where(column == value) if value else query
    query = query.where(troubles.c.red) if red else query
    return _rows(engine, query.order_by(troubles.c.at.desc(), troubles.c.test, troubles.c.builder).limit(limit))


def flakes_of(engine: Engine, limit: int = 300) -> list[Brief]:
    """Tests that waver, the newest trouble first, each with how often and on how many builders."""
    known = models.flakes
    found = _rows(engine, select(known).where(known.c.wavers).order_by(known.c.at.desc(), known.c.test).limit(limit))
    places = [(row["branch"], row["test"]) for row in found]
    mine = tuple_(troubles.c.branch, troubles.c.test).in_(places)
    seen: dict[tuple[str, str], list[Brief]] = {}
    for row in _rows(engine, select(troubles).where(mine)) if places else []:
        seen.setdefault((row["branch"], row["test"]), []).append(row)
    return [{**row, "builders": seen.get((row["branch"], row["test"]), [])} for row in found]


def leaks_of(engine: Engine, branch: str, limit: int = 400) -> list[Brief]:
    """The newest hunts for leaks on a branch, oldest first."""
    query = select(leak_counts).where(leak_counts.c.branch == branch).order_by(leak_counts.c.build.desc()).limit(limit)
    return _rows(engine, query)[::-1]


def workers(engine: Engine) -> list[Brief]:
    """Every worker as the master saw it last, by name."""
    return _rows(engine, select(farm_workers).order_by(farm_workers.c.name))


def queue(engine: Engine) -> list[Brief]:
    """Builders that builds wait for, the longest wait first."""
    return _rows(engine, select(farm_queue).order_by(farm_queue.c.oldest, farm_queue.c.builder))


def _rows(engine: Engine, query: Any) -> list[Brief]:
    with reading(engine) as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


# --- what the master sees now ---


def set_queue(engine: Engine, rows: Sequence[Brief]) -> bool:
    """Exactly this waits now; False when nothing changed."""
    with writing(engine) as connection:
        before = [dict(row._mapping) for row in connection.execute(select(farm_queue).order_by(farm_queue.c.builder))]
        if before == sorted(rows, key=lambda row: str(row["builder"])):
            return False
        connection.execute(delete(farm_queue))
        if rows:
            connection.execute(insert(farm_queue), list(rows))
        touch(connection)
        return True
