"""The rows of release runs and of their steps: what was begun, what is done, and what each step left behind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from core.models import release_runs, release_steps
from core.store import Store, now, text
from release.plan import Planned


@dataclass(frozen=True)
class StepRow:
    """One step of a run: `state` is waiting, running, asked (a person), done, failed, undoing or undone."""

    step: str
    state: str
    attempts: int
    evidence: Mapping[str, Any]
    error: str
    started: str
    finished: str

    @property
    def took_s(self) -> float | None:
        """Of the last try; None while it has not ended well or badly."""
        if self.state not in ("done", "failed") or not self.finished:
            return None
        return (datetime.fromisoformat(self.finished) - datetime.fromisoformat(self.started)).total_seconds()


@dataclass(frozen=True)
class Run:
    """One cut: `state` is running (or stopped half-way, to be resumed), blocked, done, abandoned, undoing or undone."""

    id: int
    version: str
    branch: str
    mode: str
    actor: str
    state: str
    inputs: Mapping[str, Any]
    started: str
    finished: str
    steps: tuple[StepRow, ...]


def runs(engine: Engine) -> list[Run]:
    """Every run with its steps, newest first."""
    with engine.begin() as connection:
        rows = connection.execute(select(release_runs).order_by(release_runs.c.id.desc())).all()
        return [_run(connection, row) for row in rows]


def find(engine: Engine, run: int) -> Run | None:
    with engine.begin() as connection:
        row = connection.execute(select(release_runs).where(release_runs.c.id == run)).first()
        return _run(connection, row) if row else None


def begin(
    engine: Engine,
    version: str,
    branch: str,
    mode: str,
    actor: str,
    inputs: Mapping[str, Any],
    steps: Sequence[Planned],
) -> int:
    """A new run, with all its steps waiting; its id."""
    row = {"version": version, "branch": branch, "mode": mode, "actor": actor, "inputs": dict(inputs)}
    with engine.begin() as connection:
        made = insert(release_runs).values(**row, state="running", started=text(now())).returning(release_runs.c.id)
        run = int(connection.execute(made).scalar_one())
        _add(connection, run, steps)
    _tell(engine, run, "began")
    return run


def _tell(engine: Engine, run: int, state: str) -> None:
    """While a release is made for real, nothing is merged into its branch: pull requests are looked at again."""
    with engine.begin() as connection:
        row = connection.execute(select(release_runs).where(release_runs.c.id == run)).one()
    if row.mode == "real":
        payload = {"version": row.version, "branch": row.branch}
        word = state.partition("-")[0]
        Store(engine).keep(f"release:{run}:{state}", "release", f"camelot-release.{word}", "repository", payload)


def adopt(engine: Engine, run: int, steps: Sequence[Planned]) -> None:
    """Give a run that began under another plan this one: the steps that it lacks, and all in this order."""
    with engine.begin() as connection:
        mine = release_runs.c.id == run
        inputs = dict(connection.execute(select(release_runs.c.inputs).where(mine)).scalar_one())
        inputs["plan"] = [[step.id, step.title, step.what] for step in steps]
        connection.execute(update(release_runs).where(mine).values(inputs=inputs))
        known = set(connection.execute(select(release_steps.c.step).where(release_steps.c.run == run)).scalars())
        _add(connection, run, steps, known)
        for position, step in enumerate(steps):
            row = (release_steps.c.run == run) & (release_steps.c.step == step.id)
            connection.execute(update(release_steps).where(row).values(position=position))


def _add(connection: Connection, run: int, steps: Sequence[Planned], known: Collection[str] = ()) -> None:
    for position, step in enumerate(steps):
        if step.id not in known:
            row = {"run": run, "step": step.id, "position": position, "state": "waiting"}
            connection.execute(insert(release_steps).values(row))


def started(engine: Engine, run: int, step: str) -> None:
    """A step is being tried (again)."""
    values = {"state": "running", "attempts": release_steps.c.attempts + 1, "error": "", "started": text(now())}
    _update(engine, run, step, values)


def done(engine: Engine, run: int, step: str, evidence: Mapping[str, Any]) -> None:
    _update(engine, run, step, {"state": "done", "evidence": dict(evidence), "finished": text(now())})


def failed(engine: Engine, run: int, step: str, error: str, evidence: Mapping[str, Any] | None = None) -> None:
    values = {"state": "failed", "error": error, "evidence": evidence, "finished": text(now())}
    _update(engine, run, step, values)


def asked(engine: Engine, run: int, step: str, error: str) -> None:
    """A person has to answer before the step can be done."""
    _update(engine, run, step, {"state": "asked", "error": error})


def undoing(engine: Engine, run: int, step: str = "") -> None:
    """The run is being taken back; at the moment, this step of it."""
    with engine.begin() as connection:
        connection.execute(update(release_runs).where(release_runs.c.id == run).values(state="undoing"))
    if step:
        _update(engine, run, step, {"state": "undoing"})


def undone(engine: Engine, run: int, step: str, actor: str) -> None:
    """A step's effect is gone; its evidence tells what it was."""
    _update(engine, run, step, {"state": "undone", "error": f"undone by {actor}", "finished": text(now())})


def reopen(engine: Engine, run: int) -> None:
    """What could be undone is; the rest stands, and the cut can be resumed from there."""
    with engine.begin() as connection:
        connection.execute(update(release_runs).where(release_runs.c.id == run).values(state="running", finished=""))
    _tell(engine, run, f"resumed-{text(now())}")


def finish(engine: Engine, run: int, state: str) -> None:
    """The run is over."""
    with engine.begin() as connection:
        connection.execute(
            update(release_runs).where(release_runs.c.id == run).values(state=state, finished=text(now()))
        )
    _tell(engine, run, state)


def _update(engine: Engine, run: int, step: str, values: Mapping[str, Any]) -> None:
    mine = (release_steps.c.run == run) & (release_steps.c.step == step)
    with engine.begin() as connection:
        connection.execute(update(release_steps).where(mine).values(**values))


def _run(connection: Connection, row: Row[Any]) -> Run:
    query = select(release_steps).where(release_steps.c.run == row.id).order_by(release_steps.c.position)
    steps = tuple(
        StepRow(
            found.step,
            found.state,
            found.attempts,
            found.evidence or {},
            found.error,
            found.started,
            found.finished,
        )
        for found in connection.execute(query)
    )
    return Run(
        row.id,
        row.version,
        row.branch,
        row.mode,
        row.actor,
        row.state,
        row.inputs,
        row.started,
        row.finished,
        steps,
    )
