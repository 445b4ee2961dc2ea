"""Buildbot's rows of builders, one of them read without all the others' tags; and its tags, each looked up once.

Buildbot tells of each builder as it starts, and for each reads the tags of every one: with a thousand builders three
million rows, which is a third of the start. Before that it asks for the number of each of a builder's tags, five
thousand times for thirty tags.
"""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from buildbot.db.builders import BuilderModel, BuildersConnectorComponent
from buildbot.db.tags import TagsConnectorComponent
from twisted.internet import defer


class BuilderRows(BuildersConnectorComponent):  # type: ignore[misc]  # Buildbot has no types
    """Answers as Buildbot's own does. A builder keeps its number: nothing ever deletes one."""

    def __init__(self, connector: Any) -> None:
        super().__init__(connector)
        self._numbers: dict[str, int] = {}

    @defer.inlineCallbacks
    def findBuilderId(self, name: str, autoCreate: bool = True) -> Any:  # noqa: N802, N803 (Buildbot's names)
        if name not in self._numbers:
            found = yield super().findBuilderId(name, autoCreate)
            if found is None:
                return None
            self._numbers[name] = found
        return self._numbers[name]

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


class TagRows(TagsConnectorComponent):  # type: ignore[misc]  # Buildbot has no types
    """Answers as Buildbot's own does. A tag keeps its number: nothing ever deletes one."""

    def __init__(self, connector: Any) -> None:
        super().__init__(connector)
        self._numbers: dict[str, int] = {}

    @defer.inlineCallbacks
    def findTagId(self, name: str) -> Any:  # noqa: N802 (Buildbot's name)
        if name not in self._numbers:
            self._numbers[name] = yield super().findTagId(name)
        return self._numbers[name]
