"""Who may ask for builds: the one door (`buildrequests.py`) and a person at Buildbot's own pages.

Nothing here watches for changes: a push becomes a request in our database, whoever saw it first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from buildbot.plugins import schedulers, util

from buildmaster.builders import BuilderRow

DOOR = "requests"


def all_schedulers(rows: Sequence[BuilderRow], remote: str) -> list[Any]:
    """One for the door, and a button for each builder."""
    names = [row.name for row in rows]
    return [schedulers.Triggerable(name=DOOR, builderNames=names), *(_button(row, remote) for row in rows)]


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
