"""What the inbox tells by itself: how often we heard of a subject, and whether the teams may have changed."""

from __future__ import annotations

from sqlalchemy import Engine, bindparam, func, or_, select

from core.database import reading
from core.models import deliveries

ABOUT_TEAMS = ("membership", "organization", "team")

_COUNT = select(func.count()).select_from(deliveries).where(deliveries.c.subject == bindparam("about"))
_SINCE = deliveries.c.subject == "repository", deliveries.c.id > bindparam("after")
_NEWEST = select(func.max(deliveries.c.id)).where(*_SINCE)
_TEAMS = (
    select(deliveries.c.id)
    .where(*_SINCE, or_(*(deliveries.c.event.startswith(f"{name}.", autoescape=True) for name in ABOUT_TEAMS)))
    .limit(1)
)


def count(engine: Engine, subject: str) -> int:
    """How many deliveries there are of a subject."""
    with reading(engine) as connection:
        return int(connection.execute(_COUNT, {"about": subject}).scalar_one())


def teams_changed(engine: Engine, after: int) -> tuple[int, bool]:
    """The newest delivery to have looked at, and whether one behind `after` told of somebody who joined or left a team.

    Whichever process kept it: each looks for itself.
    """
    with reading(engine) as connection:
        newest = connection.execute(_NEWEST, {"after": after}).scalar()
        if newest is None:
            return after, False
        return int(newest), connection.execute(_TEAMS, {"after": after}).first() is not None
