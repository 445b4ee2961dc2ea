"""Ask every gate about a version: fetch what they look at, once, and let `judging` answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, select

from core import records, results
from core.branches import Branch
from core.models import release_runs, released
from core.records import NoticeRow
from core.results import Build, Builder
from core.settings import Settings
from core.versions import Version
from release import docs, judging, repo, schedule, waivers
from release.judging import BLOCKER, DEFERRED, Blocker, Blockers, Case, Excuse, Tree
from release.plan import ref_of

__all__ = ["BLOCKER", "DEFERRED", "Blocker", "Blockers", "Excuse", "Tracker", "excuses"]

Tracker = Callable[[Settings], Blockers]


def excuses(
    settings: Settings,
    engine: Engine,
    version: str,
    today: date,
    tracker: Tracker | None = None,
    own_run: int = 0,
) -> list[Excuse]:
    """Every gate's answer for cutting `version`. Reads database, registry and the repository.

    `tracker` asks for open release blockers; without one only the pull requests that we remember are looked at.
    `own_run` is the cut that asks: it is not in its own way.
    What somebody answers for is `waived`. Raises ValueError for what is no version, GitError when the repository cannot
    be reached.
    """
    wanted = Version.parse(version)
    found = judging.judge(case(settings, engine, wanted, today, tracker, own_run))
    return waivers.applied(settings, engine, wanted, today, found)


def case(
    settings: Settings, engine: Engine, version: Version, today: date, tracker: Tracker | None, own_run: int
) -> Case:
    """What the gates look at."""
    registry, ref = settings.load_registry(), ref_of(version)
    row, branch = schedule.find(registry, version), registry.find(version.branch)
    builders = relevant_builders(settings, engine, version)
    others = {name for branch in registry for name in (branch.version, branch.ref(today))} - {ref, version.branch}
    return Case(
        settings=settings,
        version=version,
        ref=ref,
        branch=branch,
        coming=_coming(engine, branch) if branch else None,
        planned=row.date if row else None,
        today=today,
        tree=tree(settings, ref),
        builders=builders,
        builds={builder.name: _builds(engine, builder, ref) for builder in builders},
        notices=tuple(notice for notice in records.open_notices(engine) if _concerns(notice, ref, others)),
        blockers=tracker(settings) if tracker else remembered_blockers(engine),
        unfinished=_unfinished(engine, version, own_run),
    )


def tree(settings: Settings, ref: str) -> Tree:
    """The branch as it stands in the repository now."""
    where = repo.looking_glass(settings)
    repo.mirror(where, remote(settings))
    head = repo.answer(where, "rev-parse", "--verify", "--quiet", f"refs/heads/{ref}")
    heads, tags = _refs(where, "heads"), _refs(where, "tags")
    if not head:
        return Tree("", heads, tags)
    waiting = repo.names(where, head, f"{settings.news.directory}/next")
    entries = [path for path in waiting if path.endswith(".rst") and Path(path).name != "README.rst"]
    return Tree(
        head=head,
        heads=heads,
        tags=tags,
        patchlevel=repo.read(where, head, settings.release.patchlevel),
        readme=repo.read(where, head, settings.release.readme),
        news={path: repo.read(where, head, path) for path in entries},
        unreleased=_unreleased(settings, where, head),
        magic=repo.read(where, head, settings.release.magic),
        magic_test=repo.read(where, head, settings.release.magic_test),
    )


def _unreleased(settings: Settings, where: Path, head: str) -> tuple[str, ...]:
    """Places in the documentation that still say "(unreleased)"."""
    words = ("grep", "-n", "-I", "--full-name", "-F", "-e", docs.UNRELEASED, head, "--", settings.release.docs)
    rows = repo.answer(where, *words).splitlines()  # git's code 1 says that there are none
    return docs.unreleased((row.removeprefix(f"{head}:") for row in rows), settings.release.docs)


def remote(settings: Settings) -> str:
    """The repository's address for git; a bare path where the settings give one."""
    return settings.github.remote


def _refs(where: Path, kind: str) -> dict[str, str]:
    """Name and object of each of the `heads` or `tags`."""
    form = "--format=%(refname:lstrip=2) %(objectname)"
    rows = repo.git(where, "for-each-ref", form, f"refs/{kind}").splitlines()
    return dict((name, sha) for name, _, sha in (row.partition(" ") for row in rows))


def _builds(engine: Engine, builder: Builder, ref: str) -> tuple[Build, ...]:
    return tuple(results.history(engine, builder.name, ref))


def _concerns(notice: NoticeRow, ref: str, others: Collection[str]) -> bool:
    """Unless a notice clearly says another branch, in its body or first in its key, it holds this one back."""
    first = re.match(r"[\w.]*", notice.key)
    said = notice.body.get("branch") or (first[0] if first else "")
    return said not in others


def _coming(engine: Engine, branch: Branch) -> Version | None:
    """What the registry plans next of a branch; what was released for real since it was edited is behind us."""
    query = select(released.c.version).where(released.c.branch == branch.version, released.c.mode == "real")
    with engine.begin() as connection:
        done = set(connection.execute(query).scalars())
    planned = [row.version for row in branch.releases if row.state == "expected"]
    return next((version for version in planned if str(version) not in done), None)


def _unfinished(engine: Engine, version: Version, own_run: int) -> tuple[str, ...]:
    query = select(release_runs).where(
        release_runs.c.branch == version.branch,
        release_runs.c.state.in_(("running", "undoing")),
        release_runs.c.id != own_run,
    )
    with engine.begin() as connection:
        return tuple(f"run {row.id} ({row.version})" for row in connection.execute(query))


def relevant_builders(settings: Settings, engine: Engine, version: Version) -> tuple[Builder, ...]:
    """The stable builders of a branch whose tier can hold a release back."""
    tiers = settings.release.tiers_that_block
    rows = results.all_builders(engine)
    return tuple(row for row in rows if row.version == version.branch and row.stable and row.tier in tiers)


def remembered_blockers(engine: Engine) -> Blockers:
    """Open pull requests with the label, as the bots last saw them."""
    pulls = records.pulls(engine)
    found = [
        Blocker(row.number, row.title, label)
        for label in (BLOCKER, DEFERRED)
        for row in pulls
        if row.state == "open" and label in row.labels
    ]
    return Blockers(tuple(found), complete=False)
