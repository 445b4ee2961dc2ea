"""A test's own page, and the list of tests that waver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any, TypeAlias

from console.pages.asked import Asked
from core import flakes, outcomes, standings
from core.outcomes import Outcome

Found: TypeAlias = "dict[str, Any]"
COMMITS = 20  # columns of the table
CASES = 40


def test(asked: Asked) -> Found | None:
    """One test file on one branch: what became of it on each builder at each commit, and what to think of it."""
    branch, name = asked.match["branch"], asked.match["test"]
    history = outcomes.of_test(asked.engine, branch, name)
    if not history:
        return None
    commits = list(dict.fromkeys(row.commit for row in history))[:COMMITS]
    rules = flakes.rules(asked.settings.farm.known_flakes)
    return {
        "branch": branch,
        "test": name,
        "flake": asdict(flakes.judge(history)),
        "rules": [_rule(asked, rule) for rule in rules if flakes.matches(rule, name)],
        "commits": commits,
        "builders": [_builder(mine, commits) for _, mine in sorted(_by_builder(history).items())],
        "cases": _cases(outcomes.of_cases(asked.engine, branch, name)),
        "looked_at": len(history),
    }


def _by_builder(history: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for row in history:
        found.setdefault(row.builder, []).append(row)
    return found


def _builder(history: list[Outcome], commits: Sequence[str]) -> Found:
    """A builder's row; `history` is newest first."""
    since, good = outcomes.failing_since(history), outcomes.last_pass(history)
    times = [row.duration_s for row in history if row.duration_s is not None]
    seen: dict[str, list[str]] = {}
    for row in history:
        seen.setdefault(row.commit, []).append(_state(row))
    return {
        "builder": history[0].builder,
        "state": _state(history[0]),
        "failing_since": {"commit": since.commit, "at": since.at} if since else None,
        "last_pass": {"commit": good.commit, "at": good.at} if good else None,
        "median_s": round(median(times), 3) if times else None,
        "longest_s": round(max(times), 3) if times else None,
        "cells": [_worst(seen.get(commit, ())) for commit in commits],
    }


def _state(row: Outcome) -> str:
    """The state of one result; `wavered`: it passed when it was run again."""
    return "wavered" if row.wavered else row.state


def _worst(states: Sequence[str]) -> str:
    """What to show of several builds of one commit: a failure, else that it wavered, else that it passed."""
    bad = next((state for state in states if state not in ("passed", "wavered")), "")
    if bad and "passed" in states:
        return "both"
    return bad or ("wavered" if "wavered" in states else "passed" if states else "")


def _cases(found: Sequence[Outcome]) -> list[Found]:
    """Cases that went wrong, most often first."""
    cases: dict[str, Found] = {}
    for row in found:
        mine = cases.setdefault(row.case, {"case": row.case, "state": row.state, "times": 0, "at": row.at})
        mine["times"] += 1
    return sorted(cases.values(), key=lambda row: (-row["times"], row["case"]))[:CASES]


def wavering(asked: Asked) -> Found:
    """Tests that waver, each with its reason; and the rules that people wrote, with the day on which they end."""
    rules = flakes.rules(asked.settings.farm.known_flakes)
    found = []
    for row in standings.flakes_of(asked.engine):
        covering = [_rule(asked, rule) for rule in rules if flakes.matches(rule, row["test"])]
        builders = [{name: each[name] for name in ("builder", "failures", "wavers", "red")} for each in row["builders"]]
        found.append({**row, "builders": builders, "rules": covering})
    return {"flakes": found, "rules": [_rule(asked, rule) for rule in rules]}


def _rule(asked: Asked, rule: flakes.Rule) -> Found:
    left = (rule.until - asked.today).days
    return {
        "test": rule.test,
        "until": rule.until.isoformat(),
        "builders": rule.builders,
        "kind": rule.kind,
        "why": rule.why,
        "days_left": left,
        "in_force": left >= 0,
    }
