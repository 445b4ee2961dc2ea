"""Pages about branches and releases: the chart, the table, the gates of the next releases, the runs and their steps."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

from console import rows
from console.pages.asked import Asked
from release import chart as drawing

Found: TypeAlias = "dict[str, Any]"


def branches(asked: Asked) -> Found:
    return {"branches": rows.branches(asked.registry, asked.today)}


def chart(asked: Asked) -> str:
    """The branches over the years, as SVG."""
    return drawing.svg(asked.registry, asked.today)


def releases(asked: Asked) -> Found:
    """What comes next on each branch and what holds it back; the runs so far; what was published."""
    return {
        "next": _next(asked),
        "runs": rows.release_runs(asked.engine),
        "released": rows.released(asked.engine),
        "downloads": str(asked.settings.downloads),
    }


def _next(asked: Asked) -> list[Found]:
    from release import gates

    upcoming = []
    for branch in reversed(asked.registry.live(asked.today)):
        release = branch.next_release(asked.today)
        if release is None:
            continue
        found = gates.excuses(asked.settings, asked.engine, str(release.version), asked.today)
        excuses = [dataclasses.asdict(excuse) for excuse in found]
        upcoming.append(
            {
                "version": str(release.version),
                "branch": branch.ref(asked.today),
                "date": release.date.isoformat(),
                "blocked": any(excuse["state"] == "block" for excuse in excuses),
                "gates": excuses,
            }
        )
    return upcoming
