"""Looks at everything that follows from the registry, and carries out what still differs."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, select

from bots import maintenance
from buildmaster import builders, inventory
from console.errors import Refusal
from core import branches, branches_edit, files, models, results
from core.branches import Registry
from core.settings import Settings
from core.store import Store
from core.versions import Version
from forge import github
from forge.errors import GitHubError, Refused
from release import derive
from release.derive import Change, Label, Wanted, World
from release.formats import FORMATS, Names

VERSION_LABEL = ("ededed", "about {version}")
GIT_S = 60


@dataclass(frozen=True)
class Place:
    """Where to look: the documents' folder, and a clone whose tags count (None: tags are not looked at)."""

    folder: Path
    clone: Path | None = None


@dataclass(frozen=True)
class Seen:
    """One look: what there is, what is wanted, and what is to be done."""

    registry: Registry
    wanted: Wanted
    world: World

    @property
    def changes(self) -> list[Change]:
        return derive.changes(self.wanted, self.world, self.registry)


def names(settings: Settings) -> Names:
    return Names(settings.release.product, settings.release.program, settings.github.repository)


def look(settings: Settings, engine: Engine, today: date, place: Place) -> Seen:
    """Read the registry and the world. Raises Refusal for a clone that is none."""
    registry = settings.load_registry()
    world = _world(settings, engine, place)
    made = derive.documents(registry, today, names(settings), world.documents)
    return Seen(registry, _wanted(settings, registry, today, made), world)


def _wanted(settings: Settings, registry: Registry, today: date, documents: Mapping[str, str]) -> Wanted:
    prefix = settings.labels.backport_prefix
    asked = [maintenance.ensured(prefix, branch, today) for branch in registry.maintained(today)]
    color, words = VERSION_LABEL
    ours = [Label(row.label, row.color, row.description) for row in asked]
    ours += [Label(branch.version, color, words.format(version=branch.version)) for branch in registry.live(today)]
    kinds = builders.table(settings.farm.builders, settings.farm.kinds)
    able = inventory.load(settings.farm.inventory)
    rows = [row for row in builders.cross(kinds, registry, today) if row.workers(able)]
    return Wanted(
        labels=tuple(ours),
        retired=prefix,
        protected=frozenset(branch.ref(today) for branch in registry.live(today)),
        builders=frozenset(row.name for row in rows),
        documents=documents,
    )


def _world(settings: Settings, engine: Engine, place: Place) -> World:
    why: dict[str, str] = {}
    labels, refs, protected = _ask_github(settings, engine, why)
    farm = frozenset(row.name for row in results.all_builders(engine))
    if not farm:
        why["builders"] = "the farm has not started on this database"
    if place.clone is None:
        why["tags"] = "no clone was named with --clone"
    return World(
        labels=labels,
        refs=refs,
        protected=protected,
        builders=farm or None,
        documents=_documents(place.folder),
        tags=tags_of(place.clone) if place.clone else None,
        published=_published(engine),
        why=why,
    )


def _documents(folder: Path) -> dict[str, str]:
    known = [*(file for file, _ in FORMATS.values()), derive.CALENDAR]
    return {name: _read(folder / name) for name in known if (folder / name).is_file()}


def _read(path: Path) -> str:
    """To the byte: a calendar's lines end as RFC 5545 wants it."""
    return path.read_bytes().decode()


def _published(engine: Engine) -> dict[str, date]:
    """What was released for real, by our own record."""
    known = models.released.c
    with engine.begin() as connection:
        rows = connection.execute(select(known.version, known.at).where(known.mode == "real")).all()
    return {row.version: date.fromisoformat(row.at[:10]) for row in rows}


def tags_of(clone: Path) -> dict[str, date]:
    """The tags of a clone with the day each was made. Raises Refusal."""
    command = ["git", "-C", str(clone), "for-each-ref", "--format=%(refname:short) %(creatordate:short)", "refs/tags"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=GIT_S)
    if done.returncode:
        raise Refusal(f"{clone} is no clone whose tags can be read: name another folder with --clone")
    rows = (line.split() for line in done.stdout.splitlines())
    return {name: date.fromisoformat(day) for name, day in rows}


Asked = tuple[dict[str, Label] | None, frozenset[str] | None, frozenset[str] | None]


def _ask_github(settings: Settings, engine: Engine, why: dict[str, str]) -> Asked:
    if not settings.github.app_id:
        why["labels and branches"] = "no GitHub App is set up"
        return None, None, None
    try:
        return asyncio.run(_labels_and_branches(settings, engine))
    except GitHubError as error:
        why["labels and branches"] = str(error)
        return None, None, None


async def _labels_and_branches(settings: Settings, engine: Engine) -> Asked:
    async with github.connect(settings.github, Store(engine)) as hub:
        labels, refs = await hub.labels(), await hub.branches()
    known = {row["name"]: Label(row["name"], row["color"], row.get("description") or "") for row in labels}
    protected = frozenset(row["name"] for row in refs if row.get("protected"))
    return known, frozenset(row["name"] for row in refs), protected


# --- carrying it out ---


def carry_out(settings: Settings, engine: Engine, seen: Seen, place: Place) -> list[str]:
    """Do every change that does not come by itself; what could not be done, a sentence each."""
    found = [change for change in seen.changes if not change.by_itself]
    edit_registry(settings, found)
    problems = _tell_github(
        settings, engine, seen, [change for change in found if change.kind in ("label", "protection")]
    )
    for change in found:
        if change.kind == "document":
            files.replace(place.folder / change.name, change.text)
    return problems


def registry_file(settings: Settings) -> Path:
    """The file that the registry is read from."""
    return settings.registry or branches.registry_path(settings.profile)


def edit_registry(settings: Settings, found: Iterable[Change]) -> None:
    for change in found:
        if change.kind == "registry" and change.day:
            branches_edit.edit(registry_file(settings), branches_edit.released(Version.parse(change.name), change.day))


def _tell_github(settings: Settings, engine: Engine, seen: Seen, found: list[Change]) -> list[str]:
    return asyncio.run(_told(settings, engine, seen, found)) if found else []


async def _told(settings: Settings, engine: Engine, seen: Seen, found: list[Change]) -> list[str]:
    looks = {label.name: label for label in seen.wanted.labels}
    contexts = settings.contexts
    problems = []
    async with github.connect(settings.github, Store(engine)) as hub:
        for change in found:
            try:
                if change.kind == "protection":
                    await hub.protect(change.name, (contexts.merge_guard, contexts.cla))
                elif change.act == "remove":
                    await hub.retire_label(change.name)
                else:
                    label = looks[change.name]
                    await hub.ensure_label(label.name, label.color, label.description)
            except Refused as refused:
                problems.append(f"{change.sentence}: GitHub refused: {refused}")
    return problems
