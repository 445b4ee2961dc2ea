"""What is kept of old builds: by rule, builder by builder, in short transactions. The first rule that fits is the one.

After its days a build loses its log's verdict and its rows of test results; that it was, and how it ended, stays. The
newest builds of each builder and branch are left whole however old they are, and so is whatever an open notice names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, select, update

from core import models
from core.database import writing
from core.models import builds, notices, outcomes
from core.settings import Keep
from core.store import text

NEWEST = 50  # of each builder and branch
BATCH = 200  # builds of one transaction, so that nobody waits long


def days(rules: Sequence[Keep], builder: str, otherwise: int) -> int:
    """For how many days the results of a builder are kept."""
    return next((rule.days for rule in rules if re.search(rule.builders, builder)), otherwise)


def sweep(engine: Engine, rules: Sequence[Keep], otherwise: int, now: datetime, batch: int = BATCH) -> int:
    """Put away what is due; how many builds that were. Whatever is killed in between goes on at the next sweep."""
    total = 0
    for builder, branch in _places(engine):
        before = text(now - timedelta(days=days(rules, builder, otherwise)))
        while count := _batch(engine, builder, branch, before, batch):
            total += count
    return total


def _places(engine: Engine) -> list[tuple[str, str]]:
    query = select(models.standings.c.builder, models.standings.c.branch)
    with writing(engine) as connection:
        return [(row.builder, row.branch) for row in connection.execute(query)]


def _batch(engine: Engine, builder: str, branch: str, before: str, most: int) -> int:
    with writing(engine) as connection:
        place = (builds.c.builder == builder, builds.c.branch == branch)
        newest = select(builds.c.id).where(*place).order_by(builds.c.id.desc()).limit(NEWEST).subquery()
        first = connection.execute(select(func.min(newest.c.id))).scalar()
        if first is None:
            return 0
        due = select(builds.c.id).where(*place, builds.c.id < first, builds.c.finished < before)
        due = due.where(builds.c.put_away.is_(False), builds.c.commit.not_in(_named(connection)))
        mine = list(connection.execute(due.order_by(builds.c.id).limit(most)).scalars())
        connection.execute(delete(outcomes).where(outcomes.c.build.in_(mine)))
        connection.execute(update(builds).where(builds.c.id.in_(mine)).values(verdict={}, put_away=True))
        return len(mine)


def _named(connection: Connection) -> set[str]:
    """Commits that open notices name: the guilty one, and the last that was good."""
    open_now = connection.execute(select(notices.c.commit, notices.c.body).where(notices.c.state == "open")).all()
    return {str(commit) for row in open_now for commit in (row.commit, row.body.get("good")) if commit}
