"""What is wrong with the farm's tables: each mistake is a sentence with its row's place. Nothing is started for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from buildmaster import inventory, platforms
from buildmaster.builders import cross
from buildmaster.inventory import TAGS, Worker
from buildmaster.kinds import MAIN, TABLES, Kind
from core.branches import Registry

STEPS = ("unix", "installed", *platforms.STEPS)
KINDS_FILE = "buildmaster/kinds.py"

Check = Callable[[Kind, Sequence[Worker], Registry], Iterator[str]]


def problems(table: str, registry: Registry, day: date, file: Path = inventory.INVENTORY) -> list[str]:
    """All mistakes of one table of kinds, its registry and the inventory in `file`; empty: it can be started."""
    try:
        workers = inventory.load(file)
    except (ValueError, OSError) as error:
        return [str(error)]
    found = [*of_workers(workers, file), *of_kinds(table.upper(), TABLES[table], workers, registry)]
    if not found and not cross(TABLES[table], registry, day):
        found.append(f"{KINDS_FILE}: {table.upper()} makes no builder on {day}: no branch of the registry lives")
    return found


def of_workers(workers: Sequence[Worker], file: Path) -> list[str]:
    """`workers` in the order of their rows."""
    return [
        f"{file}: row {number} ({worker.name}): tag {tag!r} is unknown: write one of {', '.join(sorted(TAGS))}"
        for number, worker in enumerate(workers, 1)
        for tag in sorted(worker.tags - TAGS)
    ]


def of_kinds(table: str, kinds: Sequence[Kind], workers: Sequence[Worker], registry: Registry) -> list[str]:
    found = []
    often = Counter(kind.name for kind in kinds)
    for number, kind in enumerate(kinds, 1):
        wrong = [sentence for check in CHECKS for sentence in check(kind, workers, registry)]
        if often[kind.name] > 1:
            wrong.append("another row has this name: builders are told apart by it")
        found += [f"{KINDS_FILE}: {table} row {number} ({kind.name}): {sentence}" for sentence in wrong]
    return found


def _tags(kind: Kind, _workers: Sequence[Worker], _registry: Registry) -> Iterator[str]:
    for tag in kind.needs:
        if tag not in TAGS:
            yield f"tag {tag!r} is unknown: write one of {', '.join(sorted(TAGS))}"


def _branches(kind: Kind, _workers: Sequence[Worker], registry: Registry) -> Iterator[str]:
    for name, version in (("since", "" if kind.since == MAIN else kind.since), ("until", kind.until)):
        if version and registry.find(version) is None:
            known = ", ".join(branch.version for branch in registry)
            yield f"{name} is {version!r}, which is no branch of the registry: write one of {known}"


def _workers(kind: Kind, workers: Sequence[Worker], _registry: Registry) -> Iterator[str]:
    names = [worker.name for worker in workers]
    for name in kind.only:
        if name not in names:
            yield f"worker {name!r} has no row in the inventory: write one of {', '.join(names)}"


def _steps(kind: Kind, _workers: Sequence[Worker], _registry: Registry) -> Iterator[str]:
    if kind.steps not in STEPS:
        yield f"steps is {kind.steps!r}: write one of {', '.join(STEPS)}"
    if kind.timeout_s <= 0:
        yield f"timeout_s is {kind.timeout_s}: write the seconds that one test file may take"
    if not 0 <= kind.tier <= 3:
        yield f"tier is {kind.tier}: write 1, 2 or 3, or 0 for none (PEP 11)"


CHECKS: tuple[Check, ...] = (_tags, _branches, _workers, _steps)
