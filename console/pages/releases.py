"""Pages about branches and releases: the chart, the next dates, what holds each back, whom it waits for, the runs."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from markupsafe import Markup

from console import rows
from console.pages.asked import Asked
from console.pages.published import log_head, published
from console.recent import Recent
from core.branches import Branch, Release, Status
from release import chart as drawing
from release import gates, tasks, waivers
from release.repo import GitError

Found: TypeAlias = "dict[str, Any]"
GATES_KEPT_S = 10.0  # looking at the gates reads the repository
AHEAD = timedelta(days=400)  # how far the dates reach
OVER = ("done", "abandoned", "blocked", "undone")  # the states of a run that nobody goes on with

_gates: Recent[list[Found]] = Recent(GATES_KEPT_S)


def branches(asked: Asked) -> Found:
    return {"branches": rows.branches(asked.registry, asked.today), "chart": _within(asked)}


def chart(asked: Asked) -> str:
    """The branches over the years, as a document of its own (SVG)."""
    return drawing.svg(asked.registry, asked.today)


def _within(asked: Asked) -> Markup:
    return Markup(drawing.svg(asked.registry, asked.today, alone=False))  # noqa: S704


def releases(asked: Asked) -> Found:
    """All of it, as the page tells it from top to bottom."""
    runs = [_run(run) for run in rows.release_runs(asked.engine)]
    return {
        "chart": _within(asked),
        "tasks": [_task(task) for task in tasks.open_tasks(asked.engine)],
        "answered": _answered(asked),
        "problem": None,
        "coming": coming(asked),
        "next": _next(asked),
        "running": [run for run in runs if run["state"] not in OVER],
        "runs": [run for run in runs if run["state"] in OVER],
        "waivers": _waivers(asked),
        "released": published(asked),
        "log": log_head(asked),
        "downloads": str(asked.settings.downloads),
    }


def coming(asked: Asked) -> list[Found]:
    """The days ahead, the soonest first: releases, those that are late among them, and what becomes of each branch."""
    found = [*_expected(asked), *_turns(asked)]
    return sorted(found, key=lambda row: (row["date"], row["branch"], row["what"]))


def _expected(asked: Asked) -> list[Found]:
    live = asked.registry.live(asked.today)
    planned = [(branch, row) for branch in live for row in branch.releases if row.state == "expected"]
    return [
        _day(asked, branch, row.date, str(row.version), row.note)
        for branch, row in planned
        if row.date <= asked.today + AHEAD
    ]


TURNS = {
    Status.PRERELEASE: "feature freeze",
    Status.SECURITY: "last bug fixes: security fixes only from here on",
    Status.END_OF_LIFE: "end of life",
}


def _turns(asked: Asked) -> list[Found]:
    return [
        _day(asked, branch, turn.day, TURNS[turn.status], "")
        for branch in asked.registry.live(asked.today)
        for turn in branch.turns
        if turn.status in TURNS and asked.today < turn.day <= asked.today + AHEAD
    ]


def _day(asked: Asked, branch: Branch, day: date, what: str, note: str) -> Found:
    days = (day - asked.today).days
    return {"date": day.isoformat(), "branch": branch.version, "what": what, "days": days, "note": note}


def _next(asked: Asked) -> list[Found]:
    found = [(branch, branch.next_release(asked.today)) for branch in reversed(asked.registry.live(asked.today))]
    return [_upcoming(asked, branch, release) for branch, release in found if release]


def _upcoming(asked: Asked, branch: Branch, release: Release) -> Found:
    key = f"{asked.engine.url} {release.version} {asked.today}"
    excuses = _gates.get(key, lambda: _ask_gates(asked, str(release.version)))
    return {
        "version": str(release.version),
        "branch": branch.ref(asked.today),
        "date": release.date.isoformat(),
        "blocked": any(excuse["state"] == "block" for excuse in excuses),
        "unknown": any(excuse["state"] == "unknown" for excuse in excuses),
        "blocks": [excuse["gate"] for excuse in excuses if excuse["state"] == "block"],
        "gates": excuses,
    }


def _ask_gates(asked: Asked, version: str) -> list[Found]:
    try:
        found = gates.excuses(asked.settings, asked.engine, version, asked.today)
    except GitError as error:
        return [{"gate": "repository", "state": "unknown", "reason": f"it cannot be read now: {error}", "evidence": {}}]
    return [dataclasses.asdict(excuse) for excuse in found]


def _task(task: tasks.Task) -> Found:
    return {**dataclasses.asdict(task), "wanted": tasks.SHAPES[task.wants].words}


def _answered(asked: Asked) -> str:
    """What was just done, for the page that the form leads back to."""
    named = asked.query.get("done", "")
    task = tasks.find(asked.engine, int(named)) if named.isascii() and named.isdecimal() and len(named) < 10 else None
    if task is None or task.state != "done":
        return ""
    return f"Task {task.id} is done, by {task.actor}. Cut {task.version} again to go on."


def _waivers(asked: Asked) -> list[Found]:
    """Newest first, each with the words for why it holds no longer."""
    found = [
        {**dataclasses.asdict(row), "fault": waivers.standing(asked.settings, row, asked.today)}
        for row in waivers.waivers(asked.engine)
    ]
    return [{name: value for name, value in row.items() if name != "envelope"} for row in reversed(found)]


def _run(run: Found) -> Found:
    """A run with what its plan says of each step, and how long each took."""
    told = {row[0]: row for row in (run["inputs"] or {}).get("plan", [])}
    steps = [_step(step, told.get(step["step"], ["", step["step"], ""])) for step in run["steps"]]
    done = sum(step["state"] in ("done", "skipped") for step in steps)
    return {**run, "steps": steps, "done": done, "state": _state_of(run, steps)}


def _state_of(run: Found, steps: list[Found]) -> str:
    """A run that waits for a person, or that stopped at a failure, is running as far as its row knows."""
    if run["state"] != "running":
        return str(run["state"])
    states = {step["state"] for step in steps}
    return next((state for state in ("asked", "failed") if state in states), "running")


def _step(step: Found, plan: list[str]) -> Found:
    return {**step, "title": plan[1], "what": plan[2], "took_s": _took(step["started"], step["finished"])}


def _took(started: str, finished: str) -> float | None:
    if not started or not finished:
        return None
    return max(0.0, (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds())
