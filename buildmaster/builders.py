"""The farm's builders: the kinds of `kinds.py` crossed with the branches that live today. Nobody edits a list.

A branch that reaches its end of life loses its builders that morning; one that is born has them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from buildmaster.command import JOBS, Command
from buildmaster.commands import commands
from buildmaster.inventory import Worker
from buildmaster.kinds import MAIN, TABLES, Kind
from core.branches import Registry
from core.versions import branch_key


@dataclass(frozen=True)
class BuilderRow:
    """One builder. `branch` is the git branch it builds (`main`, `1.2`), `version` the branch's number (`1.3`)."""

    kind: Kind
    branch: str
    version: str

    @property
    def name(self) -> str:
        return f"{self.kind.name} {self.version}"

    def commands(self, jobs: int = JOBS, tests: str = "") -> list[Command]:
        return commands(self.kind, self.version, jobs, tests)

    def workers(self, inventory: Sequence[Worker]) -> list[Worker]:
        """Those that can run it, and build its branch."""
        able = [worker for worker in inventory if worker.tags.issuperset(self.kind.needs)]
        able = [worker for worker in able if _builds(worker, self.branch, self.version)]
        return [worker for worker in able if not self.kind.only or worker.name in self.kind.only]


def table(name: str, only: Sequence[str] = ()) -> tuple[Kind, ...]:
    """The table called `rabbit` or `cpython`, or those of its kinds that `only` names, if it names any.

    Raises ValueError for any other name of either.
    """
    if name not in TABLES:
        raise ValueError(f"farm.builders is {name!r}: write one of {', '.join(TABLES)}")
    kinds = TABLES[name]
    known = [kind.name for kind in kinds]
    unknown = next((each for each in only if each not in known), None)
    if unknown is not None:
        raise ValueError(f"farm.kinds names {unknown!r}, which the table {name} lacks: it has {', '.join(known)}")
    return tuple(kind for kind in kinds if not only or kind.name in only)


def cross(kinds: Sequence[Kind], registry: Registry, today: date) -> list[BuilderRow]:
    """Every enabled kind on every branch that lives that day, main first, then the newest."""
    return [
        BuilderRow(kind, branch.ref(today), branch.version)
        for branch in reversed(registry.live(today))
        for kind in kinds
        if kind.enabled and _builds(kind, branch.ref(today), branch.version)
    ]


def _builds(row: Kind | Worker, branch: str, version: str) -> bool:
    """Whether the branch is one of those that a kind or a worker keeps to."""
    if row.since == MAIN:
        return branch == MAIN
    key = branch_key(version)
    return branch_key(row.since or version) <= key <= branch_key(row.until or version)


def render(rows: Sequence[BuilderRow], as_json: bool, inventory: Sequence[Worker] = ()) -> str:
    """What `camelot builders` prints: builder, branch, workers, tier, stability and the exact command lines."""
    shown = [_described(row, inventory) for row in rows]
    if as_json:
        return json.dumps(shown, indent=2)
    return "\n".join(_text(row) for row in shown)


def _described(row: BuilderRow, inventory: Sequence[Worker]) -> dict[str, object]:
    workers = row.workers(inventory)
    jobs = workers[0].jobs if workers else JOBS
    return {
        "name": row.name,
        "kind": row.kind.kind,
        "branch": row.branch,
        "version": row.version,
        "tier": row.kind.tier,
        "stable": row.kind.stable,
        "nightly": row.kind.nightly,
        "workers": [worker.name for worker in workers],
        "commands": {command.name: str(command) for command in row.commands(jobs)},
    }


def _text(row: dict[str, object]) -> str:
    workers, lines = row["workers"], row["commands"]
    assert isinstance(workers, list) and isinstance(lines, dict)  # noqa: S101 (what _described makes)
    tier = f"tier {row['tier']}" if row["tier"] else "no tier"
    stability = "stable" if row["stable"] else "unstable"
    night = "at night, " if row["nightly"] else ""
    head = f"{row['name']}: {tier}, {stability}, {night}on {', '.join(workers) or 'no worker'}"
    return "\n".join([head, *(f"    {name:<11} {line}" for name, line in lines.items())])
