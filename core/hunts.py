"""What is done of a hunt for leaks that workers share, kept so that a killed master goes on with it when it is back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from core.database import reading, writing
from core.models import hunt_parts
from core.store import now, text


@dataclass(frozen=True)
class Part:
    """`pieces`: a test file each, with the classes of it that were run (none: all). `result` is Buildbot's."""

    pieces: tuple[tuple[str, ...], ...]
    verdict: Mapping[str, Any]
    result: int


def keep(engine: Engine, hunt: str, commit: str, part: Part) -> None:
    """A part of `hunt` is done."""
    pieces = [list(piece) for piece in part.pieces]
    row = {"hunt": hunt, "commit": commit, "pieces": pieces, "verdict": dict(part.verdict), "result": part.result}
    with writing(engine) as connection:
        connection.execute(insert(hunt_parts).values(**row, at=text(now())))


def done(engine: Engine, hunt: str, commit: str) -> list[Part]:
    """What is done of `hunt` at `commit`, in the order in which it was."""
    mine = select(hunt_parts).where(hunt_parts.c.hunt == hunt, hunt_parts.c.commit == commit)
    with reading(engine) as connection:
        rows = connection.execute(mine.order_by(hunt_parts.c.id)).all()
    return [Part(tuple(map(tuple, row.pieces)), row.verdict, row.result) for row in rows]


def forget(engine: Engine, hunt: str) -> None:
    """It has ended."""
    with writing(engine) as connection:
        connection.execute(delete(hunt_parts).where(hunt_parts.c.hunt == hunt))


def sweep(engine: Engine, before: datetime) -> int:
    """Forget what was done so long ago that nobody goes on with it; how many parts that were."""
    with writing(engine) as connection:
        return connection.execute(delete(hunt_parts).where(hunt_parts.c.at < text(before))).rowcount
