"""What a branch's passage into its next phase asks for, and where the world still differs from the registry."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from core import results
from core.branches import Branch, Status
from core.settings import Settings


@dataclass(frozen=True)
class Act:
    """One thing to be done. `needed` is False when it is done already."""

    what: str
    needed: bool


def end_of_life(
    branch: Branch, settings: Settings, labels: Collection[str], refs: Collection[str], tags: Collection[str]
) -> list[Act]:
    """What the end of a branch's life asks of a person, in order; what is done already is not needed again.

    Refusing backports and taking builders away need nobody: bots and farm go by the registry's dates.
    """
    label, name = f"{settings.labels.backport_prefix}{branch.version}", branch.version
    return [
        Act(f"tag the head of {name} as {name}", name not in tags),
        Act(f"delete the branch {name}, which its tag replaces", name in refs),
        Act(f"retire the label '{label}'", label in labels),
    ]


def drift(settings: Settings, engine: Engine, today: date, labels: Collection[str], refs: Collection[str]) -> list[str]:
    """Where labels, git branches (`main`, `1.2`) and builders differ from the registry that day; a sentence each."""
    registry = settings.load_registry()
    building = {builder.version for builder in results.all_builders(engine)}
    found = []
    for branch in registry:
        found += _label(branch, settings, today, labels)
        found += _ref(branch, today, refs)
        found += _builders(branch, today, building)
    known = {branch.version for branch in registry}
    found += [f"builders for {version}, which the registry does not know" for version in sorted(building - known)]
    return found


def _label(branch: Branch, settings: Settings, today: date, labels: Collection[str]) -> list[str]:
    name, status = f"{settings.labels.backport_prefix}{branch.version}", branch.status(today)
    wanted = status in (Status.PRERELEASE, Status.BUGFIX, Status.SECURITY)
    if wanted == (name in labels):
        return []
    return [f"label '{name}' {'is missing' if wanted else 'should be gone'}: {branch.version} is {status}"]


def _ref(branch: Branch, today: date, refs: Collection[str]) -> list[str]:
    status, name = branch.status(today), branch.ref(today)
    if status in (Status.PLANNED, Status.END_OF_LIFE) or name in refs:
        return []
    return [f"git branch {name} is missing: {branch.version} is {status}"]


def _builders(branch: Branch, today: date, building: Collection[str]) -> list[str]:
    status = branch.status(today)
    alive = status not in (Status.PLANNED, Status.END_OF_LIFE)
    if alive == (branch.version in building):
        return []
    return [f"builders for {branch.version} {'are missing' if alive else 'should be gone'}: it is {status}"]
