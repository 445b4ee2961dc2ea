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

_COMMENT = select(deliveries.c.id).where(
    deliveries.c.subject == bindparam("about"),
    deliveries.c.event == "issue_comment.created",
    deliveries.c.payload[("comment", "id")].as_integer() == bindparam("comment"),
)
_HEAD = deliveries.c.payload[("pull_request", "head", "sha")].as_string()
_PULLS = deliveries.c.subject == bindparam("about"), deliveries.c.event.startswith("pull_request.", autoescape=True)
_HEAD_BEFORE = (
    select(_HEAD)
    .where(*_PULLS, deliveries.c.id < bindparam("at"), _HEAD.is_not(None))
    .order_by(deliveries.c.id.desc())
    .limit(1)
)
_MOVED_AFTER = (
    select(deliveries.c.payload["before"].as_string())
    .where(*_PULLS, deliveries.c.id > bindparam("at"), deliveries.c.event == "pull_request.synchronize")
    .order_by(deliveries.c.id)
    .limit(1)
)


def head_at(engine: Engine, subject: str, comment: int) -> str:
    """The newest commit of a pull request when somebody commented, as far as we had heard then; empty: unknown."""
    with reading(engine) as connection:
        at = connection.execute(_COMMENT, {"about": subject, "comment": comment}).scalar()
        if at is None:
            return ""
        place = {"about": subject, "at": at}
        found = connection.execute(_HEAD_BEFORE, place).scalar() or connection.execute(_MOVED_AFTER, place).scalar()
    return found or ""


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
