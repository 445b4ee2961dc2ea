"""The step lists of `commands.py` as Buildbot's factories: git first, then one step a command."""

# mypy: disable-error-code="untyped-decorator"
# Buildbot's renderers are taken without types.

from __future__ import annotations

from functools import partial
from typing import Any

from buildbot.plugins import steps, util
from buildbot.process.results import SKIPPED

from buildmaster.builders import BuilderRow
from buildmaster.commands import JOBS, JUNIT, TESTS, TREE, Command
from buildmaster.splitstep import AskForHelp, EndOfHelp, SplitTestStep
from buildmaster.teststep import TestStep

CLONE_S = 3600
STOP_S = 30  # between the signal that asks a test run to stop and the one that ends it


def factory(row: BuilderRow, remote: str) -> util.BuildFactory:
    """Everything that a builder does for one commit of the repository at `remote`."""
    made = util.BuildFactory([_git(row, remote)])
    if hunts_leaks(row):
        made.addStep(AskForHelp(hideStepIf=_skipped))
    for position, command in enumerate(row.commands()):
        made.addStep(_step(row, command, position))
    if hunts_leaks(row):
        made.addStep(EndOfHelp(alwaysRun=True, hideStepIf=_skipped))
    return made


def hunts_leaks(row: BuilderRow) -> bool:
    """Runs every test six times and more: such a suite is split over all workers of its builder."""
    return "-R" in row.kind.test_options


def _skipped(result: int | None, _step: Any) -> bool:
    return bool(result == SKIPPED)


def _git(row: BuilderRow, remote: str) -> steps.Git:
    """Kept trees take only what changed, so that files keep their times; fresh ones lose everything else first."""
    mode = {"mode": "full", "method": "fresh"} if row.kind.fresh else {"mode": "incremental"}
    return steps.Git(
        name="git",
        repourl=remote,
        branch=row.branch,
        timeout=CLONE_S,
        clobberOnFailure=True,
        getDescription=False,
        haltOnFailure=True,
        logEnviron=False,  # logs are public
        env={"GIT_TERMINAL_PROMPT": "0"},  # a refused password must fail, not wait for a person
        **mode,
    )


def _step(row: BuilderRow, command: Command, position: int) -> Any:
    step: Any = steps.ShellCommand
    if command.name == "test":
        step = partial(
            SplitTestStep if hunts_leaks(row) else TestStep, junit=any(JUNIT in part for part in command.argv)
        )
    return step(
        name=command.name,
        command=_argv(row, position),
        env=dict(command.environ),
        haltOnFailure=command.halts,
        flunkOnFailure=not command.always,
        alwaysRun=command.always,
        timeout=command.silent_s,
        maxTime=command.longest_s,
        sigtermTime=STOP_S,
        logEnviron=False,
    )


def _argv(row: BuilderRow, position: int) -> Any:
    """The command line for the worker that got the build: its number of processes, its folder, the tests asked for."""

    @util.renderer
    def argv(properties: Any) -> list[str]:
        tests = properties.getProperty(TESTS, "")
        command = row.commands(properties.getProperty("jobs", JOBS), tests)[position]
        tree = f"{properties.getProperty('builddir')}/build"
        return [part.replace(TREE, tree) for part in command.argv]

    return argv
