"""What follows from the registry on a day, and where the world still differs: a list of changes, each one sentence.

Everything here is plain data. Who looks at the world, and who carries a change out, is the console's business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from core.branches import Registry, Status
from core.versions import Version
from release import calendar
from release.formats import FORMATS, Names

CALENDAR = "release-schedule.ics"


@dataclass(frozen=True)
class Label:
    """`color` is six hex digits."""

    name: str
    color: str
    description: str


@dataclass(frozen=True)
class Wanted:
    """What the registry asks for on a day."""

    labels: tuple[Label, ...]
    retired: str  # labels that begin so and are not among `labels` go
    protected: frozenset[str]  # git branches
    builders: frozenset[str]
    documents: Mapping[str, str]  # file name -> text


@dataclass(frozen=True)
class World:
    """What there is. None: nobody could be asked; `why` says about whom."""

    labels: Mapping[str, Label] | None = None
    refs: frozenset[str] | None = None  # git branches
    protected: frozenset[str] | None = None
    builders: frozenset[str] | None = None
    documents: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, date] | None = None  # v3.14.0a1 -> the day it was made
    published: Mapping[str, date] = field(default_factory=dict)  # version -> the day on which we released it
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One difference. `by_itself`: whoever is concerned reads the registry, and nobody has to do anything."""

    kind: str  # registry, label, protection, builder, document
    act: str  # add, change, remove
    name: str
    sentence: str
    by_itself: bool = False
    text: str = ""  # the new text of a document
    day: date | None = None  # of a release


def documents(registry: Registry, today: date, names: Names, before: Mapping[str, str]) -> dict[str, str]:
    """Every file that is made from the registry, by its name; `before` holds those that there are."""
    made = {file: make(registry, today, names) for file, make in FORMATS.values()}
    return {**made, CALENDAR: calendar.ical(registry, today, names, before.get(CALENDAR, ""))}


def changes(wanted: Wanted, world: World, registry: Registry) -> list[Change]:
    """All that has to be done, in the order in which to do it."""
    return [
        *_registry(world, registry),
        *_labels(wanted, world),
        *_protection(wanted, world),
        *_builders(wanted, world),
        *_documents(wanted, world),
    ]


def _registry(world: World, registry: Registry) -> list[Change]:
    """Releases that are out, by tag or by our own record, and that the registry still expects or does not know."""
    out = {Version.parse(name): day for name, day in world.published.items()}
    for tag, day in (world.tags or {}).items():
        try:
            version = Version.parse(tag.removeprefix("v"))
        except ValueError:
            continue
        out.setdefault(version, day)
    found = []
    for version, day in sorted(out.items()):
        branch = registry.find(version.branch)
        row = branch.release(version) if branch else None
        if branch and (row is None or row.state != "actual"):
            now = f"expects it on {row.date}" if row else "does not know it"
            found.append(
                Change("registry", "change", str(version), f"{version} is out since {day}; the registry {now}", day=day)
            )
    return found


def _labels(wanted: Wanted, world: World) -> list[Change]:
    if world.labels is None:
        return []
    found = []
    for label in wanted.labels:
        there = world.labels.get(label.name)
        if there is None:
            found.append(Change("label", "add", label.name, f"make label {label.name!r}: {label.description}"))
        elif there != label:
            found.append(Change("label", "change", label.name, f"label {label.name!r} says {label.description!r} now"))
    kept = {label.name for label in wanted.labels}
    gone = sorted(name for name in world.labels if name.startswith(wanted.retired) and name not in kept)
    return found + [Change("label", "remove", name, f"retire label {name!r}") for name in gone]


def _protection(wanted: Wanted, world: World) -> list[Change]:
    if world.protected is None or world.refs is None:
        return []
    bare = sorted((wanted.protected & world.refs) - world.protected)
    return [Change("protection", "add", name, f"protect git branch {name}") for name in bare]


def _builders(wanted: Wanted, world: World) -> list[Change]:
    """The master looks at the calendar itself; one that does not run has nothing to follow."""
    if world.builders is None:
        return []
    born, gone = sorted(wanted.builders - world.builders), sorted(world.builders - wanted.builders)
    return [
        *(Change("builder", "add", name, f"builder {name!r} is missing: the master makes it", True) for name in born),
        *(
            Change("builder", "remove", name, f"builder {name!r} should be gone: the master drops it", True)
            for name in gone
        ),
    ]


def _documents(wanted: Wanted, world: World) -> list[Change]:
    found = []
    for name, text in wanted.documents.items():
        there = world.documents.get(name)
        if there is None:
            found.append(Change("document", "add", name, f"write {name}", text=text))
        elif there != text:
            lines = _differing(there, text)
            found.append(Change("document", "change", name, f"rewrite {name}: {lines} lines differ", text=text))
    return found


def _differing(before: str, after: str) -> int:
    one, other = before.splitlines(), after.splitlines()
    return len(set(one) ^ set(other)) or abs(len(one) - len(other)) or 1


def drift(wanted: Wanted, world: World, registry: Registry, today: date) -> list[str]:
    """Where tags, labels, git branches, protection and builders differ from the registry that day; a sentence each."""
    found = [change.sentence for change in changes(wanted, world, registry) if change.kind != "document"]
    found += _refs(registry, today, world.refs)
    found += _untagged(registry, world.tags)
    return found


def _refs(registry: Registry, today: date, refs: Collection[str] | None) -> list[str]:
    if refs is None:
        return []
    found = []
    for branch in registry:
        status, name = branch.status(today), branch.ref(today)
        alive = status not in (Status.PLANNED, Status.END_OF_LIFE)
        if alive and name not in refs:
            found.append(f"git branch {name} is missing: {branch.version} is {status}")
        elif status is Status.END_OF_LIFE and branch.version in refs:
            found.append(f"git branch {branch.version} should be gone: it is {status}")
    return found


def _untagged(registry: Registry, tags: Mapping[str, date] | None) -> list[str]:
    if tags is None:
        return []
    rows = [row for branch in registry for row in branch.releases if row.state == "actual"]
    return [
        f"{row.version} is out since {row.date}, but there is no tag v{row.version}"
        for row in rows
        if f"v{row.version}" not in tags
    ]
