"""The step that runs the tests: it reads their log while they run, and leaves the verdict with the build."""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import json
from typing import Any

from buildbot.plugins import steps
from buildbot.process import logobserver
from buildbot.process.results import FAILURE, SUCCESS, WARNINGS
from twisted.internet import defer
from twisted.python import log

from buildmaster import junitfile
from buildmaster.command import JUNIT
from buildmaster.junit import merged
from buildmaster.masking import Masker
from buildmaster.testlog import LogReader

PRESENCE = "camelot-presence"  # the service that writes down what runs
VERDICT = "verdict"  # the name under which a build's verdict is kept in Buildbot's database
LEAKS = "leaks"  # what leaks, kept from the first line that says so, while the tests still run

# `--fail-rerun` of the runner: everything that failed passed when it was run again.
EXIT_CODES: dict[int | None, int] = {0: SUCCESS, 5: WARNINGS}
MAKE_FAILED = 2


class _Observer(logobserver.LogObserver):  # type: ignore[misc]  # Buildbot has no types
    """Feeds the log to the step's reader as it is written.

    Buildbot's LogLineObserver drops empty lines at the end of a piece, and with them the ends of lists.
    """

    def outReceived(self, data: str) -> None:  # noqa: N802 (Buildbot's name)
        self.step.reader.feed(data)
        self.step.tell_early()

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
        self.leaking: dict[str, dict[str, list[int]]] = {}  # file -> resource -> deltas, as told so far
        self.so_far: dict[str, str] = {}  # file -> what goes wrong in it; it may pass yet when it is run again
        self.addLogObserver("stdio", _Observer())

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
        yield self.keep(VERDICT, verdict)
        return command.results() if command.interrupted else outcome(command.rc, self.reader)

    def keep(self, name: str, value: Any) -> Any:
        """Kept with the build in Buildbot's database, and served there: /api/v2/builds/NUMBER/data/NAME/value."""
        return self.master.data.updates.setBuildData(self.build.buildid, name, json.dumps(value).encode(), "testlog")

    def tell_early(self) -> None:
        """A leak is told as soon as its line has come: beside the step, and as data of the build.

        What else goes wrong is only shown among the builds that run, with the leaks.
        """
        new = {name: self.reader.leaking[name] for name in self.reader.leaking.keys() - self.leaking.keys()}
        if new:
            self.leaking |= new
            self.descriptionSuffix = [f"leaks: {', '.join(sorted(self.leaking))}"]
            self.updateSummary()
            self.keep(LEAKS, self.leaking).addErrback(log.err, "a leak could not be told of early")
        seen = {**self.so_far, **{name: state.replace("_", " ") for name, state in self.reader.wrong.items()}}
        seen |= {name: _leak(deltas) for name, deltas in self.leaking.items()}
        if seen != self.so_far:
            self.so_far = seen
            if who_looks := self.master.service_manager.namedServices.get(PRESENCE):
                who_looks.heard = True  # it writes down what runs within a second

    @defer.inlineCallbacks
    def _with_junit(self, verdict: dict[str, Any]) -> Any:
        report, why_not = yield junitfile.fetch(self)
        if report is None:
            yield self.addCompleteLog("junit", f"The JUnit file was not read: {why_not}.\n")
            return verdict
        place = f"api/v2/builds/{self.build.buildid}/data/{junitfile.DATA}/value"
        yield self.addURL(f"{JUNIT}.gz", f"{self.master.config.buildbotURL}{place}")
        return merged(verdict, report)


def _leak(deltas: dict[str, list[int]]) -> str:
    """`leaked [1, 1, 1] references`."""
    return "leaked " + ", ".join(f"{numbers} {resource}" for resource, numbers in deltas.items())


def outcome(code: int | None, log: LogReader) -> int:
    """Buildbot's result for a test run that ended with `code`.

    make ends with 2 whatever its recipe said, and prints the recipe's own code in its last words.
    """
    if code == MAKE_FAILED and log.recipe_code is not None:
        code = log.recipe_code
    if code == 0 and log.verdict()["flaky"]:
        return int(WARNINGS)
    return EXIT_CODES.get(code, int(FAILURE))
