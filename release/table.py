"""The branches as rows, for pages and JSON: status, days, who, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.branches import Registry, Status


@dataclass(frozen=True)
class Row:
    """One branch on one day. `next_release` is empty where none is planned, `latest` where none is out."""

    version: str
    status: str
    first_release: date
    end_of_bugfix: date
    end_of_life: date
    release_manager: str
    ref: str
    next_release: str
    next_date: date | None
    latest: str = ""
    latest_date: date | None = None


def rows(registry: Registry, today: date) -> list[Row]:
    """Every branch, newest first."""
    found = []
    for branch in reversed(registry.branches):
        coming, latest = branch.next_release(today), branch.latest(today)
        found.append(
            Row(
                version=branch.version,
                status=branch.status(today).value,
                first_release=branch.begins(Status.BUGFIX),
                end_of_bugfix=branch.begins(Status.SECURITY),
                end_of_life=branch.begins(Status.END_OF_LIFE),
                release_manager=branch.release_manager,
                ref=branch.ref(today),
                next_release=str(coming.version) if coming else "",
                next_date=coming.date if coming else None,
                latest=str(latest.version) if latest else "",
                latest_date=latest.date if latest else None,
            )
        )
    return found
