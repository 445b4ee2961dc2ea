"""The step lists of `commands.py` as Buildbot's factories: git first, then one step a command."""

# mypy: disable-error-code="untyped-decorator"
# Buildbot's renderers are taken without types.

from __future__ import annotations

from functools import partial
from typing import Any

from buildbot.plugins import steps, util
from buildbot.process.results import SKIPPED

from buildmaster.builders import BuilderRow
from buildmaster.command import BUILDING, JOBS, JUNIT, TESTS, TREE, Command
from buildmaster.retried import RetriedBuild
from buildmaster.splitstep import AskForHelp, EndOfHelp, SplitTestStep
from buildmaster.teststep import TestStep
from core.results import NO_TESTS

CLONE_S = 3600
MERGE = "/merge"  # ends the name of a ref that is a proposed change merged into its base
SAME = """test "$(git rev-parse HEAD^2)" = "$1" || {
    echo "This is not the merge of $1: the change has moved on, or conflicts with its base."; exit 1
}"""
STOP_S = 30  # between the signal that asks a test run to stop and the one that ends it


def factory(row: BuilderRow, remote: str, table: str = "") -> util.BuildFactory:
    """Everything that a builder does for one commit of the repository at `remote`; `table` is where it stands."""
    made = util.BuildFactory([_git(row, remote), _merge()])
    made.workdir, made.buildClass = _folder(), RetriedBuild
    if hunts_leaks(row):
        made.addStep(AskForHelp(hideStepIf=_skipped))
    for position, command in enumerate(row.commands()):
        made.addStep(_step(row, command, position, table))
    if hunts_leaks(row):
        made.addStep(EndOfHelp(alwaysRun=True, hideStepIf=_skipped))
    return made


def hunts_leaks(row: BuilderRow) -> bool:
    """Runs every test six times and more: such a suite is split over all workers of its builder.

    Only make's TESTOPTS can be given a part of it; test.bat's options cannot.
    """
    return "-R" in row.kind.test_options and row.kind.steps == "unix"


def _skipped(result: int | None, _step: Any) -> bool:
    return bool(result == SKIPPED)


def _is_tested(step: Any) -> bool:
    """Whether a build goes on after it was compiled."""
    return bool(step.getProperty(TESTS, "") != NO_TESTS)


def is_proposed(properties: Any) -> bool:
    """Whether a build is of a change that is not in the repository's own branches yet."""
    return str(properties.getProperty("branch") or "").endswith(MERGE)


def _tree(properties: Any) -> str:
    """Nothing that a proposed change leaves behind lies in the tree that the branches are built in."""
    return "proposed" if is_proposed(properties) else "build"


def _folder(below: str = "") -> Any:
    """Where a step runs: the checkout, or a folder below it."""
    return util.renderer(lambda properties: "/".join(part for part in (_tree(properties), below) if part))


def _git(row: BuilderRow, remote: str) -> steps.GitHub:
    """Kept trees take only what changed, so that files keep their times; fresh ones lose everything else first.

    Of a proposed change the merge with its base is built, as the forge keeps it; its tree is always a fresh one.
    """

    def fresh(properties: Any) -> bool:
        return row.kind.fresh or is_proposed(properties)

    return steps.GitHub(
        name="git",
        repourl=remote,
        branch=row.branch,
        timeout=CLONE_S,
        clobberOnFailure=True,
        getDescription=False,
        haltOnFailure=True,
        logEnviron=False,  # logs are public
        env={"GIT_TERMINAL_PROMPT": "0"},  # a refused password must fail, not wait for a person
        mode=util.renderer(lambda properties: "full" if fresh(properties) else "incremental"),
        method=util.renderer(lambda properties: "fresh" if fresh(properties) else None),
    )


def _merge() -> steps.ShellCommand:
    """The merge must be that of the very commit that was asked for; the forge moves it on with each push."""

    @util.renderer
    def same(properties: Any) -> list[str]:
        return ["sh", "-c", SAME, "merge", str(properties.getProperty("revision", ""))]

    return steps.ShellCommand(
        name="merge",
        command=same,
        doStepIf=lambda step: is_proposed(step),
        hideStepIf=_skipped,
        haltOnFailure=True,
        logEnviron=False,
    )


def _step(row: BuilderRow, command: Command, position: int, table: str) -> Any:
    step: Any = steps.ShellCommand
    if command.name == "test":
        kind = partial(SplitTestStep, table=table) if hunts_leaks(row) else TestStep
        step = partial(kind, junit=any(JUNIT in part for part in command.argv))
    return step(
        name=command.name,
        command=_argv(row, position),
        env=dict(command.environ),
        workdir=_folder(command.folder),
        doStepIf=True if command.name in BUILDING else _is_tested,
        hideStepIf=_skipped,
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
        tree = f"{properties.getProperty('builddir')}/{_tree(properties)}"
        return [part.replace(TREE, tree) for part in command.argv]

    return argv
