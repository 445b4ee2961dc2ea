"""What the registry says to programs: who may merge what, and the documents made from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import select

from console.pages.asked import Asked
from core import models
from core.branches import Change
from core.permissions import Role, may
from core.versions import Version
from release import calendar
from release.derive import CALENDAR
from release.formats import FORMATS, Names

Found = dict[str, Any]
Word = TypeVar("Word", bound=StrEnum)
KINDS = {
    "json": "application/json",
    "ics": "text/calendar",
    "csv": "text/csv",
    "svg": "image/svg+xml",
    "html": "text/html",
    "rst": "text/x-rst",
    "yml": "application/yaml",
}


def permitted(asked: Asked, query: Mapping[str, str]) -> Found:
    """The answer about `branch`, `role` and `change`, or about everything where none is named.

    Raises ValueError with the words that are taken.
    """
    if not query:
        return {"day": asked.today.isoformat(), "permissions": _table(asked)}
    if not query.get("branch"):
        raise ValueError("branch is missing: write branch=3.14&role=core&change=bugfix")
    role, change = _word(Role, query, "role", Role.CORE), _word(Change, query, "change", Change.BUGFIX)
    return _answer(asked, query["branch"], role, change, _cutting(asked))


def _word(kind: type[Word], query: Mapping[str, str], name: str, default: Word) -> Word:
    said = query.get(name, default.value)
    if said not in list(kind):
        raise ValueError(f"{name} is {said!r}: write one of {', '.join(kind)}")
    return kind(said)


def _table(asked: Asked) -> list[Found]:
    cutting = _cutting(asked)
    return [
        _answer(asked, branch.version, role, change, cutting)
        for branch in reversed(asked.registry.branches)
        for role in Role
        for change in Change
    ]


def _answer(asked: Asked, branch: str, role: Role, change: Change, cutting: Version | None) -> Found:
    found = may(asked.registry, branch, role, change, asked.today, cutting)
    return {"branch": branch, "role": role.value, "change": change.value, **dataclasses.asdict(found)}


def _cutting(asked: Asked) -> Version | None:
    """The version that is being cut for real at this moment."""
    known = models.release_runs.c
    query = select(known.version).where(known.mode == "real", known.state == "running")
    with asked.engine.begin() as connection:
        found = connection.execute(query).scalars().first()
    return Version.parse(found) if found else None


def document(asked: Asked, file: str) -> tuple[str, str] | None:
    """The text and the media type of a document; None where there is no such one."""
    names = Names(asked.settings.release.product, asked.settings.release.program, asked.settings.github.repository)
    makers = dict(FORMATS.values())
    kind = KINDS.get(file.rpartition(".")[2], "text/plain")
    if file == CALENDAR:
        return calendar.ical(asked.registry, asked.today, names, _calendar_before(asked)), kind
    if file not in makers:
        return None
    return makers[file](asked.registry, asked.today, names), kind


def _calendar_before(asked: Asked) -> str:
    """The one that `camelot branches apply` wrote last: numbers of changes go on from there."""
    path = asked.settings.data / "branches" / asked.settings.profile / CALENDAR
    return path.read_bytes().decode() if path.is_file() else ""
