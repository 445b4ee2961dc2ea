"""Pages about branches and releases: the chart, the table, the gates of the next releases, the runs and their steps."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias

from markupsafe import Markup

from console import rows
from console.pages.asked import Asked
from console.recent import Recent
from core.branches import Branch, Release
from release import chart as drawing
from release import gates
from release.repo import GitError

Found: TypeAlias = "dict[str, Any]"
GATES_KEPT_S = 10.0  # looking at the gates reads the repository

_gates: Recent[list[Found]] = Recent(GATES_KEPT_S)


def branches(asked: Asked) -> Found:
    return {"branches": rows.branches(asked.registry, asked.today), "chart": Markup(_within(asked))}  # noqa: S704


def chart(asked: Asked) -> str:
    """The branches over the years, as a document of its own (SVG)."""
    return drawing.svg(asked.registry, asked.today)


def _within(asked: Asked) -> str:
    return drawing.svg(asked.registry, asked.today, alone=False)


def releases(asked: Asked) -> Found:
    """What comes next on each branch and what holds it back; the runs so far; what was published."""
    return {
        "next": _next(asked),
        "runs": rows.release_runs(asked.engine),
        "released": rows.released(asked.engine),
        "downloads": str(asked.settings.downloads),
    }


def _next(asked: Asked) -> list[Found]:
    coming = [(branch, branch.next_release(asked.today)) for branch in reversed(asked.registry.live(asked.today))]
    return [_upcoming(asked, branch, release) for branch, release in coming if release]


def _upcoming(asked: Asked, branch: Branch, release: Release) -> Found:
    key = f"{asked.engine.url} {release.version} {asked.today}"
    excuses = _gates.get(key, lambda: _ask_gates(asked, str(release.version)))
    return {
        "version": str(release.version),
        "branch": branch.ref(asked.today),
        "date": release.date.isoformat(),
        "blocked": any(excuse["state"] == "block" for excuse in excuses),
        "gates": excuses,
    }


def _ask_gates(asked: Asked, version: str) -> list[Found]:
    try:
        found = gates.excuses(asked.settings, asked.engine, version, asked.today)
    except GitError as error:
        return [{"gate": "repository", "state": "unknown", "reason": f"it cannot be read now: {error}", "evidence": {}}]
    return [dataclasses.asdict(excuse) for excuse in found]
