"""The farm's first page, a branch's and a builder's: may it be released, what broke it, which changes came in then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from console import rows
from console.pages.asked import Asked
from core import panels, pushes, results, standings
from core.panels import Panel, Row, Severity
from core.results import Builder
from core.standings import Standing

Found: TypeAlias = "dict[str, Any]"
SHOWN = 8  # red builders of a branch on the first page; its own page has all
SHOWN_CHANGES = 5  # of a breaking build
SHOWN_NOTICES = 6


def farm(asked: Asked) -> Found:
    """A panel a living branch, newest first."""
    found = _Farm(asked)
    told, living = _open_notices(asked), rows.live_refs(asked.registry, asked.today)
    shown = [_panel(found, *ref, told.get(ref[0], [])) for ref in living]
    queue = standings.queue(asked.engine)
    workers = standings.workers(asked.engine)
    return {
        "panels": shown,
        "queue": {"builders": len(queue), "builds": sum(row["waiting"] for row in queue)},
        "workers": {"all": len(workers), "connected": sum(bool(row["connected"]) for row in workers)},
        "flakes": len(standings.flakes_of(asked.engine)),
        "leaks": sum(row["tests"] for ref, _, _ in living for row in standings.leaks_of(asked.engine, ref, 1)),
    }


def branch(asked: Asked) -> Found | None:
    """Every builder of a branch, the worst first; None for a branch that nobody builds."""
    ref = asked.match["branch"]
    found = _Farm(asked, ref)
    status = {name: (version, state) for name, version, state in rows.live_refs(asked.registry, asked.today)}
    if ref not in status and not found.of(ref):
        return None
    version, state = status.get(ref, ("", ""))
    panel = found.panel(ref)
    return {
        **_head(asked, ref, version, str(state), panel),
        "builders": [_builder(row) for row in panel.rows],
        "notices": _open_notices(asked).get(ref, []),
        "tests": _tests(standings.troubles_of(asked.engine, ref, red=True)),
    }


def builder(asked: Asked) -> Found | None:
    """One builder on its branch: its builds, and all about the one that broke it."""
    name = asked.match["builder"]
    known = results.find_builder(asked.engine, name)
    if known is None:
        return None
    found = _Farm(asked, known.branch)
    row = next(row for row in found.panel(known.branch).rows if row.builder.name == name)
    history = [rows.build_row(each) for each in results.history(asked.engine, name, known.branch, standings.MOST_DOTS)]
    return {
        "builder": {**_builder(row), "changes": found.changes(row.standing)},
        "builds": [{key: value for key, value in each.items() if key != "files"} for each in history],
        "tests": [row for row in standings.troubles_of(asked.engine, known.branch) if row["builder"] == name],
        "workers": [each for each in standings.workers(asked.engine) if name in each["builders"]],
    }


class _Farm:
    """What is the same for all panels of one page: read once. With `ref`, that of this branch only."""

    def __init__(self, asked: Asked, ref: str = "") -> None:
        self.asked = asked
        self._builders = results.all_builders(asked.engine, ref)
        self._standings = standings.all_standings(asked.engine, ref)
        self._away = away(standings.workers(asked.engine))
        self._pushes: dict[str, list[Mapping[str, Any]]] = {}

    def of(self, ref: str) -> list[Builder]:
        return [row for row in self._builders if row.branch == ref]

    def panel(self, ref: str) -> Panel:
        blocking = self.asked.settings.release.tiers_that_block
        return panels.panel(self.of(ref), self._standings, blocking, self._away)

    def changes(self, standing: Standing | None) -> Found:
        """What came in with the build that broke a builder: the first of it, and how many there are."""
        if standing is None or standing.breaking is None or standing.good is None:
            return {"known": False, "first": [], "more": 0}
        if standing.branch not in self._pushes:
            self._pushes[standing.branch] = pushes.lately(self.asked.engine, standing.branch)
        good, bad = str(standing.good["commit"]), str(standing.breaking["commit"])
        all_of_them = pushes.between(self._pushes[standing.branch], good, bad)
        first = pushes.with_numbers(self.asked.engine, all_of_them[:SHOWN_CHANGES])
        more = max(0, len(all_of_them) - SHOWN_CHANGES)
        return {"known": bool(all_of_them), "first": [asdict(each) for each in first], "more": more}


def away(workers: Iterable[Mapping[str, Any]]) -> set[str]:
    """Builders all of whose workers are away."""
    there: set[str] = set()
    gone: set[str] = set()
    for worker in workers:
        (there if worker["connected"] else gone).update(worker["builders"])
    return gone - there


def _panel(farm: _Farm, ref: str, version: str, status: str, notices: list[Found]) -> Found:
    panel = farm.panel(ref)
    bad = [row for row in panel.rows if row.severity is not Severity.NONE]
    shown = [{**_builder(row), "changes": farm.changes(row.standing)} for row in bad[:SHOWN]]
    return {
        **_head(farm.asked, ref, version, str(status), panel),
        "red": shown,
        "more": max(0, len(bad) - SHOWN),
        "notices": notices[:SHOWN_NOTICES],
        "more_notices": max(0, len(notices) - SHOWN_NOTICES),
    }


def _head(asked: Asked, ref: str, version: str, status: str, panel: Panel) -> Found:
    known = asked.registry.find(version) if version else None
    return {
        "ref": ref,
        "version": version,
        "status": status,
        "state": str(panel.state),
        "why": panel.why,
        "release_manager": known.release_manager if known else "",
        "end_of_life": known.end_of_life.isoformat() if known else "",
        "days_left": max(0, (known.end_of_life - asked.today).days) if known else None,
        "counts": {("green" if name is Severity.NONE else str(name)): count for name, count in panel.counts.items()},
        "tiers": _tiers(panel.rows),
    }


def _tiers(found: Iterable[Row]) -> list[Found]:
    """Of each tier (0: none) how many stable builders there are, and how many of them are red."""
    tiers: dict[int, Found] = {}
    for row in found:
        if not row.builder.stable:
            continue
        tier = tiers.setdefault(row.builder.tier, {"tier": row.builder.tier, "builders": 0, "red": 0})
        tier["builders"] += 1
        tier["red"] += bool(row.standing and row.standing.red)
    return sorted(tiers.values(), key=lambda tier: tier["tier"] or 9)


def _builder(row: Row) -> Found:
    standing = row.standing
    return {
        "name": row.builder.name,
        "branch": row.builder.branch,
        "kind": row.builder.kind,
        "tier": row.builder.tier,
        "stable": row.builder.stable,
        "url": row.builder.url,
        "severity": str(row.severity),
        "what": panels.what(standing) if standing and standing.red else "",
        "latest": dict(standing.latest) if standing else None,
        "breaking": dict(standing.breaking) if standing and standing.breaking else None,
        "good": dict(standing.good) if standing and standing.good else None,
        "streak": standing.streak if standing else 0,
        "dots": [list(dot) for dot in standing.history] if standing else [],
    }


def _open_notices(asked: Asked) -> dict[str, list[Found]]:
    """Branch -> open breakages, newest first: what, where, and who was told or why nobody."""
    found: dict[str, list[Found]] = {}
    for row in rows.notices(asked.engine):
        body = row["body"]
        if row["state"] != "open":
            continue
        builders: Mapping[str, Mapping[str, Any]] = body.get("builders") or {}
        found.setdefault(str(body.get("branch") or row["key"].partition(" ")[0]), []).append(
            {
                "key": row["key"],
                "test": body.get("test") or "",
                "sentence": body.get("sentence") or row["key"],
                "number": row["number"],
                "why": row["why"],
                "commit": row["commit"],
                "opened": row["opened"],
                "builders": [name for name, seen in builders.items() if seen.get("red")],
            }
        )
    return found


def _tests(found: Iterable[Mapping[str, Any]]) -> list[Found]:
    """Tests that go wrong now on a branch, each with its builders; most builders first."""
    tests: dict[str, Found] = {}
    for row in found:
        mine = tests.setdefault(
            row["test"], {"test": row["test"], "state": row["state"], "builders": [], "since": None}
        )
        mine["builders"].append(row["builder"])
        since = row["since"]
        if since and (mine["since"] is None or since["at"] < mine["since"]["at"]):
            mine["since"] = since
    return sorted(tests.values(), key=lambda row: (-len(row["builders"]), row["test"]))
