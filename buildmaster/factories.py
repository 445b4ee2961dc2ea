"""The step lists of `commands.py` as Buildbot's factories: git first, then one step a command."""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import json
from typing import Any

from buildbot.plugins import steps, util
from buildbot.process import logobserver, remotecommand
from buildbot.process.results import FAILURE, SKIPPED, SUCCESS, WARNINGS
from twisted.internet import defer

from buildmaster.builders import BuilderRow
from buildmaster.command import JOBS, TESTS, TREE, Command
from buildmaster.masking import masked_lines
from buildmaster.testlog import LogReader

VERDICT = "verdict"  # the name under which a build's verdict is kept in Buildbot's database
CLONE_S = 3600
MERGE = "/merge"  # ends the name of a ref that is a proposed change merged into its base
SAME = """test "$(git rev-parse HEAD^2)" = "$1" || {
    echo "This is not the merge of $1: the change has moved on, or conflicts with its base."; exit 1
}"""
STOP_S = 30  # between the signal that asks a test run to stop and the one that ends it

# `--fail-rerun` of the runner: everything that failed passed when it was run again.
EXIT_CODES: dict[int | None, int] = {0: SUCCESS, 5: WARNINGS}
MAKE_FAILED = 2


def factory(row: BuilderRow, remote: str) -> util.BuildFactory:
    """Everything that a builder does for one commit of the repository at `remote`."""
    made = util.BuildFactory([_git(row, remote), _merge()])
    made.workdir = _folder()
    for position, command in enumerate(row.commands()):
        made.addStep(_step(row, command, position))
    return made


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
        hideStepIf=lambda result, _step: result == SKIPPED,
        haltOnFailure=True,
        logEnviron=False,
    )


def _step(row: BuilderRow, command: Command, position: int) -> Any:
    step = TestStep if command.name == "test" else steps.ShellCommand
    return step(
        name=command.name,
        command=_argv(row, position),
        env=dict(command.environ),
        workdir=_folder(command.folder),
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


class _Observer(logobserver.LogObserver):  # type: ignore[misc]  # Buildbot has no types
    """Feeds the log to the reader as it is written.

    Buildbot's LogLineObserver drops empty lines at the end of a piece, and with them the ends of lists.
    """

    def __init__(self, reader: LogReader) -> None:
        super().__init__()
        self.reader = reader

    def outReceived(self, data: str) -> None:  # noqa: N802 (Buildbot's name)
        self.reader.feed(data)

    errReceived = outReceived  # noqa: N815


class TestStep(steps.ShellCommand):  # type: ignore[misc]  # Buildbot has no types
    """Runs the tests, reads their log on the way, and keeps the verdict before the build ends."""

    __test__ = False  # not a test of ours

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.reader = LogReader()
        self.addLogObserver("stdio", _Observer(self.reader))

    def _newLog(self, *arguments: Any, **more: Any) -> Any:  # noqa: N802 (Buildbot's name)
        """Logs are public: what is kept of one, and what observers see, has its secrets masked."""
        made = super()._newLog(*arguments, **more)
        if whole_lines := getattr(made, "_on_whole_lines", None):
            made._on_whole_lines = lambda stream, lines: whole_lines(stream, masked_lines(lines))
        return made

    @defer.inlineCallbacks
    def run(self) -> Any:
        result = yield super().run()
        verdict = json.dumps(self.reader.verdict()).encode()
        yield self.master.data.updates.setBuildData(self.build.buildid, VERDICT, verdict, "testlog")
        return result

    def evaluateCommand(self, cmd: remotecommand.RemoteCommand) -> int:  # noqa: N802 (Buildbot's name)
        return outcome(cmd.rc, self.reader)


def outcome(code: int | None, log: LogReader) -> int:
    """Buildbot's result for a test run that ended with `code`.

    make ends with 2 whatever its recipe said, and prints the recipe's own code in its last words.
    """
    if code == MAKE_FAILED and log.recipe_code is not None:
        code = log.recipe_code
    if code == 0 and log.verdict()["flaky"]:
        return int(WARNINGS)
    return EXIT_CODES.get(code, int(FAILURE))
