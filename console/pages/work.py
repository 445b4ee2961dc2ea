"""Pages about work under way: pull requests, backports, builders, notices, and what needs a person."""

from __future__ import annotations

from typing import Any, TypeAlias

from console import rows
from console.explain import brief, explain
from console.pages.asked import Asked
from console.pages.releases import branches

Found: TypeAlias = "dict[str, Any]"
SHOWN_RED = 30  # red builders and open notices on the first page; the farm's page has them by branch
MANY = 200  # builders; with more, the page of builders names the red ones only


def overview(asked: Asked) -> Found:
    """The branches, and whatever waits for somebody: red builders, open notices, conflicts, parked work."""
    panels = _panels(asked)
    parked = rows.parked(asked.engine)
    pulls = rows.pulls(asked.engine)
    return {
        **branches(asked),
        "red": [builder for panel in panels for builder in panel["builders"] if builder["red_since"]][:SHOWN_RED],
        "green": sum(1 for panel in panels for builder in panel["builders"] if _is_green(builder)),
        "notices": [notice for notice in rows.notices(asked.engine) if notice["state"] == "open"][:SHOWN_RED],
        "conflicts": [row for row in rows.backports(asked.engine) if row["state"] in ("conflict", "failed")],
        "parked": len(parked["deliveries"]) + len(parked["effects"]) + len(parked["decisions"]),
        "stages": _stages(pulls),
        "counts": rows.counts(asked.engine),
    }


def _stages(pulls: list[Found]) -> dict[str, int]:
    """How many open pull requests are in each stage."""
    stages: dict[str, int] = {}
    for pull in pulls:
        if pull["state"] == "open":
            stages[pull["stage"] or "no stage"] = stages.get(pull["stage"] or "no stage", 0) + 1
    return stages


def _is_green(builder: Found) -> bool:
    return builder["latest"] is not None and builder["red_since"] is None


def pulls(asked: Asked) -> Found:
    return {"pulls": rows.pulls(asked.engine)}


def pull(asked: Asked) -> Found | None:
    """Everything that happened to one pull request, as `camelot explain` tells it."""
    story = explain(asked.engine, int(asked.match["number"]))
    if story is None:
        return None
    calls = sum(len(delivery["calls"]) for delivery in story["deliveries"])
    for delivery in story["deliveries"]:
        for effect in delivery["effects"]:
            effect["brief"] = brief(effect)
        delivery["payload"] = None  # GitHub's whole JSON helps nobody here; the forge keeps it
    merged = (story["pull"] or {}).get("merge_sha", "")
    return {**story, "calls": calls, "builds": rows.builds_of(asked.engine, merged) if merged else []}


def backports(asked: Asked) -> Found:
    return {"backports": rows.backports(asked.engine)}


def builders(asked: Asked) -> Found:
    found = _panels(asked)
    return {"branches": found, "all": sum(len(panel["builders"]) for panel in found) <= MANY}


def _panels(asked: Asked) -> list[Found]:
    """A panel a branch that lives today, newest first; then builders of branches that nobody knows."""
    found = rows.builders(asked.engine, asked.settings.release.tiers_that_block)
    panels = [
        {
            "ref": ref,
            "version": version,
            "status": str(status),
            "builders": [row for row in found if row["branch"] == ref],
            "release_manager": branch.release_manager if (branch := asked.registry.find(version)) else "",
            "end_of_life": branch.end_of_life.isoformat() if branch else "",
        }
        for ref, version, status in rows.live_refs(asked.registry, asked.today)
    ]
    known = {panel["ref"] for panel in panels}
    others = [row for row in found if row["branch"] not in known]
    empty = {"version": "", "status": "", "release_manager": "", "end_of_life": ""}
    return [*panels, {**empty, "ref": "other", "builders": others}] if others else panels


def commit(asked: Asked) -> Found:
    sha = asked.match["sha"]
    return {"sha": sha, "builds": rows.builds_of(asked.engine, sha), "asked": rows.requests_of(asked.engine, sha)}


def notices(asked: Asked) -> Found:
    return {"notices": rows.notices(asked.engine)}


def deliveries(asked: Asked) -> Found:
    return {"deliveries": rows.deliveries(asked.engine), "counts": rows.counts(asked.engine)}


def delivery(asked: Asked) -> Found | None:
    """Where one delivery stands, and what it led to."""
    found = rows.delivery(asked.engine, asked.match["guid"])
    if found is None:
        return None
    for effect in found["effects"]:
        effect["brief"] = brief(effect)
    return {"delivery": {**found, "payload": None}}


def failures(asked: Asked) -> Found:
    return {**rows.parked(asked.engine), "counts": rows.counts(asked.engine)}
