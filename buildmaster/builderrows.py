"""Buildbot's rows of builders, one of them read without all the others' tags.

Buildbot tells of each builder as it starts, and for each reads the tags of every one: with a thousand builders three
million rows, which is a third of the start.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from buildbot.db.builders import BuilderModel, BuildersConnectorComponent


class BuilderRows(BuildersConnectorComponent):  # type: ignore[misc]  # Buildbot has no types
    """Answers as Buildbot's own does."""

    def getBuilders(  # noqa: N802 (Buildbot's name)
        self, masterid: Any = None, projectid: Any = None, workerid: Any = None, _builderid: Any = None
    ) -> Any:
        if _builderid is None or (masterid, projectid, workerid) != (None, None, None):
            return super().getBuilders(masterid, projectid, workerid, _builderid)
        return self.db.pool.do(self._one, _builderid)

    def _one(self, connection: Any, number: int) -> list[BuilderModel]:
        """The builder, with its tags and the masters that have it; none when there is none."""
        model = self.db.model
        rows, tags = model.builders, model.tags
        found = connection.execute(sa.select(rows).where(rows.c.id == number)).first()
        if found is None:
            return []
        named = sa.select(tags.c.name).select_from(tags.join(model.builders_tags))
        mine = connection.execute(
            named.where(model.builders_tags.c.builderid == number).order_by(model.builders_tags.c.id)
        ).scalars()
        holders = model.builder_masters
        masters = sa.select(holders.c.masterid).where(holders.c.builderid == number).order_by(holders.c.masterid)
        names = ("id", "name", "description", "description_format", "description_html", "projectid")
        fields = {name: getattr(found, name) for name in names}
        return [BuilderModel(**fields, tags=[*mine], masterids=[*connection.execute(masters).scalars()])]
