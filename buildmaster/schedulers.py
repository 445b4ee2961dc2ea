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
    """One for the door, one a branch for the night where a kind is built then, and the buttons of each branch."""
    door = schedulers.Triggerable(name=DOOR, builderNames=[row.name for row in rows])
    sleepers = [row for row in rows if row.kind.nightly]
    nights = [_night(branch, sleepers, remote) for branch in dict.fromkeys(row.branch for row in sleepers)]
    buttons = [_button(branch, rows, remote) for branch in dict.fromkeys(row.branch for row in rows)]
    return [door, *nights, *buttons]


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


def _button(branch: str, rows: Sequence[BuilderRow], remote: str) -> schedulers.ForceScheduler:
    """Build the branch's tip, or a commit of it, on the builder whose page the button is pressed on.

    One a branch, not one a builder: a master of a thousand builders starts no thousand schedulers.
    """
    codebase = util.CodebaseParameter(
        codebase="",
        branch=util.FixedParameter(name="branch", default=branch),
        repository=util.FixedParameter(name="repository", default=remote),
        project=util.FixedParameter(name="project", default=""),
        revision=util.StringParameter(name="revision", label="commit (empty: the newest)", default=""),
    )
    name = "force-" + "".join(letter if letter.isalnum() else "-" for letter in branch)
    names = [row.name for row in rows if row.branch == branch]
    return schedulers.ForceScheduler(
        name=name, buttonName="Build", label=f"Build {branch}", builderNames=names, codebases=[codebase]
    )
