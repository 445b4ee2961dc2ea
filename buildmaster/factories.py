"""The step lists of `commands.py` as Buildbot's factories: git first, then one step a command."""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import json
from functools import partial
from typing import Any

from buildbot.plugins import steps, util
from buildbot.process import logobserver
from buildbot.process.results import FAILURE, SUCCESS, WARNINGS
from twisted.internet import defer

from buildmaster import junitfile
from buildmaster.builders import BuilderRow
from buildmaster.commands import JOBS, JUNIT, TESTS, TREE, Command
from buildmaster.junit import merged
from buildmaster.masking import Masker
from buildmaster.testlog import LogReader

VERDICT = "verdict"  # the name under which a build's verdict is kept in Buildbot's database
CLONE_S = 3600
STOP_S = 30  # between the signal that asks a test run to stop and the one that ends it

# `--fail-rerun` of the runner: everything that failed passed when it was run again.
EXIT_CODES: dict[int | None, int] = {0: SUCCESS, 5: WARNINGS}
MAKE_FAILED = 2


def factory(row: BuilderRow, remote: str) -> util.BuildFactory:
    """Everything that a builder does for one commit of the repository at `remote`."""
    made = util.BuildFactory([_git(row, remote)])
    for position, command in enumerate(row.commands()):
        made.addStep(_step(row, command, position))
    return made


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
        step = partial(TestStep, junit=any(JUNIT in part for part in command.argv))
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
    """Runs the tests, reads their log on the way, and keeps the verdict before the build ends.

    `junit`: the run writes a JUnit file, which adds to the verdict the names that only it knows.
    """

    __test__ = False  # not a test of ours
    warnOnWarnings = True  # noqa: N815 (Buildbot's name)

    def __init__(self, junit: bool = False, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.junit = junit
        self.reader = LogReader()
        self.addLogObserver("stdio", _Observer(self.reader))

    def _newLog(self, *arguments: Any, **more: Any) -> Any:  # noqa: N802 (Buildbot's name)
        """Logs are public: what is kept of one, and what observers see, has its secrets masked."""
        made = super()._newLog(*arguments, **more)
        if whole_lines := getattr(made, "_on_whole_lines", None):
            masker = Masker()
            made._on_whole_lines = lambda stream, lines: whole_lines(stream, masker.lines(stream, lines))
        return made

    @defer.inlineCallbacks
    def run(self) -> Any:
        if self.junit:
            yield junitfile.remove(self)
        command = yield self.makeRemoteShellCommand()
        yield self.runCommand(command)
        log = yield self.getLog("stdio")
        yield log.finish()  # the reader has the last line too
        verdict = self.reader.verdict()
        if self.junit:
            verdict = yield self._with_junit(verdict)
        kept = json.dumps(verdict).encode()
        yield self.master.data.updates.setBuildData(self.build.buildid, VERDICT, kept, "testlog")
        return command.results() if command.interrupted else outcome(command.rc, self.reader)

    @defer.inlineCallbacks
    def _with_junit(self, verdict: dict[str, Any]) -> Any:
        report, why_not = yield junitfile.fetch(self)
        if report is None:
            yield self.addCompleteLog("junit", f"The JUnit file was not read: {why_not}.\n")
            return verdict
        return merged(verdict, report)


def outcome(code: int | None, log: LogReader) -> int:
    """Buildbot's result for a test run that ended with `code`.

    make ends with 2 whatever its recipe said, and prints the recipe's own code in its last words.
    """
    if code == MAKE_FAILED and log.recipe_code is not None:
        code = log.recipe_code
    if code == 0 and log.verdict()["flaky"]:
        return int(WARNINGS)
    return EXIT_CODES.get(code, int(FAILURE))
