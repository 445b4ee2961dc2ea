"""Who may ask for builds: the one door (`buildrequests.py`), the clock at night, and a person at Buildbot's own pages.

Nothing here watches for changes: a push becomes a request in our database, whoever saw it first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildbot.plugins import schedulers, util

from buildmaster.builders import BuilderRow

DOOR = "requests"
NIGHT = (3, 17)  # hour and minute by the master's clock: while most people sleep, and not when every other job begins


def all_schedulers(rows: Sequence[BuilderRow], remote: str) -> list[Any]:
    """One for the door, one a branch for the night where a kind is built then, and a button for each builder."""
    door = schedulers.Triggerable(name=DOOR, builderNames=[row.name for row in rows])
    sleepers = [row for row in rows if row.kind.nightly]
    nights = [_night(branch, sleepers, remote) for branch in dict.fromkeys(row.branch for row in sleepers)]
    return [door, *nights, *(_button(row, remote) for row in rows)]


def _night(branch: str, rows: Sequence[BuilderRow], remote: str) -> schedulers.Nightly:
    """Build the tip of a branch, once a night, whether or not it moved: a compiler or a library may have."""
    hour, minute = NIGHT
    return schedulers.Nightly(
        name=f"nightly-{branch}",
        builderNames=[row.name for row in rows if row.branch == branch],
        codebases={"": {"repository": remote, "branch": branch, "revision": None}},
        hour=hour,
        minute=minute,
    )


def _button(row: BuilderRow, remote: str) -> schedulers.ForceScheduler:
    """Build the tip of the builder's branch, or a commit of it."""
    codebase = util.CodebaseParameter(
        codebase="",
        branch=util.FixedParameter(name="branch", default=row.branch),
        repository=util.FixedParameter(name="repository", default=remote),
        project=util.FixedParameter(name="project", default=""),
        revision=util.StringParameter(name="revision", label="commit (empty: the newest)", default=""),
    )
    name = "force-" + "".join(letter if letter.isalnum() else "-" for letter in row.name)
    return schedulers.ForceScheduler(
        name=name, buttonName="Build", label=f"Build {row.name}", builderNames=[row.name], codebases=[codebase]
    )
