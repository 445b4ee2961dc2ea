"""What pages and commands show, read from the database in a handful of short queries; plain dicts and lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Engine, Select, Table, desc, func, select

from core import models, panels, results, standings
from core.branches import Registry, Status
from core.results import Build, Builder
from core.standings import Standing
from core.store import Store
from release import table

Row: TypeAlias = "dict[str, Any]"


def branches(registry: Registry, today: date) -> list[Row]:
    """Every branch, newest first, with its status that day."""
    return [
        {
            "name": row.ref,
            "version": row.version,
            "status": row.status,
            "first_release": row.first_release.isoformat(),
            "end_of_bugfix": row.end_of_bugfix.isoformat(),
            "end_of_life": row.end_of_life.isoformat(),
            "days_left": max(0, (row.end_of_life - today).days),
            "release_manager": row.release_manager,
            "next_release": row.next_release,
            "next_date": row.next_date.isoformat() if row.next_date else "",
            "latest": row.latest,
            "latest_date": row.latest_date.isoformat() if row.latest_date else "",
        }
        for row in table.rows(registry, today)
    ]


def live_refs(registry: Registry, today: date) -> list[tuple[str, str, Status]]:
    """(git branch, version, status) of every branch that lives that day, newest first."""
    return [(branch.ref(today), branch.version, branch.status(today)) for branch in reversed(registry.live(today))]


def pulls(engine: Engine, limit: int = 100) -> list[Row]:
    """Open pull requests first, then those closed lately; each with its backports."""
    known = models.pull_requests
    newest = select(known).order_by(known.c.state != "open", desc(known.c.seen), desc(known.c.number)).limit(limit)
    ported: dict[int, list[Row]] = {}
    for row in backports(engine):
        ported.setdefault(row["number"], []).append(row)
    return [{**row, "backports": ported.get(row["number"], [])} for row in _all(engine, newest)]


def backports(engine: Engine) -> list[Row]:
    """Every backport asked for, newest first."""
    return _newest(engine, models.backports)


def notices(engine: Engine) -> list[Row]:
    """Open breakages first, newest first."""
    known = models.notices
    return _all(engine, select(known).order_by(known.c.state != "open", desc(known.c.id)).limit(200))


def builders(engine: Engine, blocking: Collection[int] = ()) -> list[Row]:
    """What the farm has, each with its newest build that says something and the last results, oldest first."""
    stood = standings.all_standings(engine)
    return [_builder(each, stood.get((each.name, each.branch)), blocking) for each in results.all_builders(engine)]


def _builder(builder: Builder, stands: Standing | None, blocking: Collection[int]) -> Row:
    return {
        "severity": str(panels.severity(builder, stands, blocking)),
        "name": builder.name,
        "kind": builder.kind,
        "tier": builder.tier,
        "stable": builder.stable,
        "branch": builder.branch,
        "version": builder.version,
        "url": builder.url,
        "latest": dict(stands.latest) if stands else None,
        "history": [list(dot) for dot in stands.history] if stands else [],
        "red_since": dict(stands.breaking) if stands and stands.breaking else None,
    }


def build_row(build: Build) -> Row:
    verdict = build.verdict
    return {
        "key": build.key,
        "builder": build.builder,
        "kind": build.kind,
        "tier": build.tier,
        "branch": build.branch,
        "commit": build.commit,
        "number": build.number,
        "result": build.result,
        "failed_step": build.failed_step,
        "failed": list(verdict.get("failed") or ()),
        "leaked": list(verdict.get("leaked") or ()),
        "flaky": list(verdict.get("flaky") or ()),
        "files": [_file(file) for file in verdict.get("files") or () if _is_noteworthy(file)],
        "worker": build.worker,
        "url": build.url,
        "started": build.started,
        "finished": build.finished,
    }


def _is_noteworthy(file: Mapping[str, Any]) -> bool:
    return bool(file.get("leaks") or file.get("rerun") or str(file.get("state")).upper() not in ("PASSED", "SKIPPED"))


def _file(file: Mapping[str, Any]) -> Row:
    """What one test file of a build did wrong: its state, the cases that failed, what it leaked."""
    return {
        "name": file.get("name", ""),
        "state": file.get("state", ""),
        "reason": file.get("reason") or "",
        "cases": [dict(case) for case in file.get("cases") or ()],
        "leaks": [dict(leak) for leak in file.get("leaks") or ()],
    }


def builds_of(engine: Engine, commit: str) -> list[Row]:
    """Every build of the commit, oldest first."""
    return [build_row(build) for build in results.of_commit(engine, commit)]


def release_runs(engine: Engine) -> list[Row]:
    """Runs of releases with their steps, newest first."""
    steps: dict[int, list[Row]] = {}
    known = models.release_steps
    for step in _all(engine, select(known).order_by(known.c.run, known.c.position)):
        steps.setdefault(step["run"], []).append(step)
    return [{**run, "steps": steps.get(run["id"], [])} for run in _newest(engine, models.release_runs, 20)]


def released(engine: Engine) -> list[Row]:
    """What was published, newest first."""
    return _all(engine, select(models.released).order_by(desc(models.released.c.at)))


def parked(engine: Engine) -> dict[str, list[Row]]:
    """Work that was tried too often and waits for a person, and decisions that fail at the moment."""
    deliveries, decisions, effects = models.deliveries, models.decisions, models.effects
    told = (deliveries.c.guid, deliveries.c.event, deliveries.c.subject)
    waiting = select(deliveries).where(deliveries.c.state == "parked").order_by(desc(deliveries.c.id))
    undone = select(effects, *told).join(deliveries).where(effects.c.state == "parked").order_by(desc(effects.c.id))
    failed = select(decisions, *told).join(deliveries).where(decisions.c.state == "failed")
    return {
        "deliveries": [_without_payload(row) for row in _all(engine, waiting)],
        "effects": _all(engine, undone),
        "decisions": _all(engine, failed.order_by(desc(decisions.c.id))),
    }


def deliveries(engine: Engine, limit: int = 200) -> list[Row]:
    """The newest deliveries with their states, newest first; each with how many calls to GitHub it took."""
    known = models.deliveries.c
    shown = (known.id, known.guid, known.source, known.event, known.subject, known.state, known.attempts, known.error)
    calls = select(func.count()).where(models.api_calls.c.delivery == known.id).scalar_subquery().label("calls")
    newest = select(*shown, known.received, known.finished, calls).order_by(desc(known.id)).limit(limit)
    return _all(engine, newest)


def delivery(engine: Engine, guid: str) -> Row | None:
    """One delivery with its decisions, effects and calls."""
    subject = select(models.deliveries.c.subject).where(models.deliveries.c.guid == guid)
    with engine.begin() as connection:
        about = connection.execute(subject).scalar()
    history = Store(engine).history(about) if about is not None else []
    return next((row for row in history if row["guid"] == guid), None)


def counts(engine: Engine) -> dict[str, int]:
    """Deliveries by state."""
    state_of = models.deliveries.c.state
    with engine.begin() as connection:
        rows = connection.execute(select(state_of, func.count()).group_by(state_of)).all()
    return {str(state): int(number) for state, number in rows}


def _without_payload(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "payload"}


def _newest(engine: Engine, known: Table, limit: int = 200) -> list[Row]:
    return _all(engine, select(known).order_by(desc(known.c.id)).limit(limit))


def _all(engine: Engine, query: Select[Any]) -> list[Row]:
    with engine.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(query)]


def requests_of(engine: Engine, commit: str) -> list[Row]:
    """Builds of the commit that were asked for, oldest first."""
    known = models.build_requests
    return _all(engine, select(known).where(known.c.commit == commit).order_by(known.c.id))
