"""What a release asks of people: a row each, with an owner, the words that they need, and the evidence they give.

A cut that meets an open task stops there and is taken up again afterwards. Several people may answer at once; the first
answer holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, insert, select, update

from core.models import release_runs, release_tasks
from core.store import now, text

LONG = 400  # characters of evidence


class TaskError(ValueError):
    """It cannot be answered so; one sentence with the remedy."""


@dataclass(frozen=True)
class Question:
    """What a step asks. `wants` is a key of SHAPES, `expected` the value that must be named (empty: any)."""

    step: str
    owner: str
    title: str
    link: str
    text: str
    wants: str
    expected: str = ""


@dataclass(frozen=True)
class Task:
    """A question of a run, and its answer. `state` is open, done or withdrawn."""

    id: int
    run: int
    version: str
    mode: str
    step: str
    owner: str
    title: str
    link: str
    text: str
    wants: str
    expected: str
    state: str
    evidence: str
    actor: str
    opened: str
    finished: str


@dataclass(frozen=True)
class Shape:
    """How evidence looks; `words` name it for people. The beginning of an expected value stands for all of it."""

    words: str
    form: re.Pattern[str]


SHAPES: dict[str, Shape] = {
    "commit": Shape("the commit's SHA, 10 hexadecimal digits of it or more", re.compile("[0-9a-f]{10,64}")),
    "sha256": Shape("a SHA-256, 64 hexadecimal digits", re.compile("[0-9a-f]{64}")),
    "link": Shape("an address that begins with http:// or https://", re.compile(r"https?://[^\s/]+(/\S*)?")),
}


def open_tasks(engine: Engine) -> list[Task]:
    """What waits for somebody, the oldest first."""
    return _tasks(engine, _query().where(release_tasks.c.state == "open"))


def of_run(engine: Engine, run: int) -> list[Task]:
    """Every task of a run, answered or not."""
    return _tasks(engine, _query().where(release_tasks.c.run == run))


def find(engine: Engine, task_id: int) -> Task | None:
    return next(iter(_tasks(engine, _query().where(release_tasks.c.id == task_id))), None)


def ask(engine: Engine, run: int, question: Question) -> Task:
    """The task of this step of the run; made where there is none yet that counts."""
    asked = _query().where(
        release_tasks.c.run == run, release_tasks.c.step == question.step, release_tasks.c.state != "withdrawn"
    )
    with engine.begin() as connection:
        if connection.execute(asked).first() is None:
            row = {"run": run, **vars(question), "state": "open", "opened": text(now())}
            connection.execute(insert(release_tasks).values(row))
    return _tasks(engine, asked)[0]


def complete(engine: Engine, task_id: int, actor: str, evidence: str, also: Collection[str] = ()) -> Task:
    """Answer an open task. `also` are the names of others who may: those of the owner's team, by their logins.

    Raises TaskError for a task that is not open, for who may not answer it, for other evidence than it asks for.
    """
    task = find(engine, task_id)
    if task is None:
        raise TaskError(f"there is no task {task_id}: `camelot release tasks` lists those that are open")
    said = evidence.strip()
    _check(task, actor, said, also)
    mine = (release_tasks.c.id == task_id) & (release_tasks.c.state == "open")
    values = {"state": "done", "actor": actor, "evidence": said, "finished": text(now())}
    with engine.begin() as connection:
        won = connection.execute(update(release_tasks).where(mine).values(**values)).rowcount
    after = find(engine, task_id)
    assert after is not None  # noqa: S101  # no row is ever deleted
    if not won:
        raise _not_open(after)
    return after


def withdraw(engine: Engine, run: int, step: str = "") -> None:
    """Nobody is asked any longer: the run was given up, or the step (all steps when empty) is undone."""
    mine = (release_tasks.c.run == run) & (release_tasks.c.state != "withdrawn")
    if step:
        mine &= release_tasks.c.step == step
    with engine.begin() as connection:
        connection.execute(update(release_tasks).where(mine).values(state="withdrawn", finished=text(now())))


def _check(task: Task, actor: str, said: str, also: Collection[str]) -> None:
    shape = SHAPES[task.wants]
    if task.state != "open":
        raise _not_open(task)
    if actor.casefold() not in {name.casefold() for name in (task.owner, *also)}:
        raise TaskError(f"task {task.id} is {task.owner}'s, not {actor or 'nobody'}'s: ask {task.owner} to answer it")
    if len(said) > LONG or not shape.form.fullmatch(said):
        raise TaskError(f"{said[:60]!r} is no evidence for task {task.id}: give {shape.words}")
    if task.expected and not task.expected.startswith(said):
        raise TaskError(f"{said[:20]} is not what task {task.id} asks about, {task.expected[:20]}: look again at both")


def _not_open(task: Task) -> TaskError:
    who = f", by {task.actor}" if task.actor else ""
    return TaskError(f"task {task.id} is {task.state} already{who}: nothing is left to answer")


def _query() -> Select[Any]:
    told = (release_runs.c.version, release_runs.c.mode)
    joined = select(release_tasks, *told).join(release_runs, release_tasks.c.run == release_runs.c.id)
    return joined.order_by(release_tasks.c.id)


def _tasks(engine: Engine, query: Select[Any]) -> list[Task]:
    with engine.begin() as connection:
        rows: Sequence[Row[Any]] = connection.execute(query).all()
    return [Task(**row._mapping) for row in rows]
