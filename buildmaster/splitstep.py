"""A leak hunt on all workers of its builder: who gets the build asks the others for help, and all take from one queue.

The build that was asked for is the one that is told of. It lists the tests, and its own test step goes on until all are
done, whoever does them. A helper is a build of the same builder and commit, with the property `helps`; it takes what
is left when its tree is compiled. What a worker had taken when it went away goes back into the queue. When the asking
build loses its own worker, or the master itself is killed, Buildbot builds it again, and it goes on with what is done
already (`core.hunts`).
"""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from buildbot.data import resultspec
from buildbot.process import buildstep
from buildbot.process.results import FAILURE, SKIPPED, SUCCESS, WARNINGS
from twisted.internet import defer, threads
from twisted.python import log

from buildmaster import recorded, split
from buildmaster.command import TESTS
from buildmaster.schedulers import DOOR
from buildmaster.split import Chunk, Queue
from buildmaster.testlog import LogReader
from buildmaster.teststep import MAKE_FAILED, VERDICT, TestStep, outcome
from core import hunts, outcomes

HELPS = "helps"  # the property of a helping build: the request of the build that it helps
REPORTER = "camelot-reporter"  # the service that holds our database
OPTIONS = "TESTOPTS="
MANY_WORKERS = 8  # so many would wait long for one file that nobody knew to be the longest
HELP_FROM_S = 60.0  # a suite that took less is not shared: two workers need 1.5 times as long for Rabbit's 19 s
NO_TESTS_RAN = 4  # nothing wrong in a part of the suite
_NAME = re.compile(r"(?:test\.)?test_[A-Za-z0-9_.]+")


@dataclass
class Share:
    """The work of one asking build, and what has come of it so far."""

    hunt: str
    names: list[str] = field(default_factory=list)
    queue: Queue | None = None
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    closed: bool = False
    waiting: list[defer.Deferred[None]] = field(default_factory=list)

    def news(self) -> defer.Deferred[None]:
        """Fires when something was done, given back, or all is over."""
        self.waiting.append(defer.Deferred())
        return self.waiting[-1]

    def tell(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each.callback(None)


_SHARES: WeakKeyDictionary[Any, dict[int, Share]] = WeakKeyDictionary()  # by master, then by the asking request


def shares(master: Any) -> dict[int, Share]:
    return _SHARES.setdefault(master, {})


@defer.inlineCallbacks
def known_to_be_short(build: Any) -> Any:
    """Whether helpers would fetch and compile for longer than the whole suite takes, by its last times here."""
    mine, *_ = yield known_durations(build)
    return bool(mine) and sum(mine.values()) < HELP_FROM_S


def known_durations(build: Any) -> defer.Deferred[Any]:
    """Seconds of each test as timed last, by whoever says most first; see `outcomes.durations`."""
    branch, kind = build.getSourceStamp("").branch, build.getProperty("kind")
    return in_thread(build.master, [{}], outcomes.durations, branch, build.builder.name, kind)


@defer.inlineCallbacks
def in_thread(master: Any, otherwise: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """Asks our database, without holding Buildbot up; `otherwise` when it is away: a hunt can do without."""
    engine = master.service_manager.namedServices[REPORTER].engine
    try:
        return (yield threads.deferToThread(function, engine, *arguments))
    except Exception as error:
        log.err(error, f"a hunt goes on without {function.__module__}.{function.__name__}")
        return otherwise


def hunt_of(master: Any, request: int) -> str:
    """The name under which what is done of a hunt is kept."""
    return f"{request}@{master.service_manager.namedServices[REPORTER].farm_id}"


def commit_of(step: Any) -> str:
    """The commit that was fetched."""
    return str(step.getProperty("got_revision") or "")


class AskForHelp(buildstep.BuildStep):  # type: ignore[misc]  # Buildbot has no types
    """Asks every other worker of the builder that is there now.

    After a restart there may be none yet; what was done before is gone on with all the same.
    """

    name = "ask-for-help"

    @defer.inlineCallbacks
    def run(self) -> Any:
        builder, request = self.build.builder, self.build.requests[0].id
        others = len(builder.workers) - 1
        if self.getProperty(HELPS) or self.getProperty(TESTS):
            return SKIPPED
        if request not in shares(self.master):  # else it was asked before its worker went away
            hunt = hunt_of(self.master, request)
            begun = yield in_thread(self.master, [], hunts.done, hunt, commit_of(self))
            if not begun and (others < 1 or (yield known_to_be_short(self.build))):
                return SKIPPED
            shares(self.master)[request] = Share(hunt)
            number = yield builder.getBuilderId()
            for place in range(others):
                yield self.master.data.updates.addBuildset(
                    waited_for=False,
                    scheduler=DOOR,
                    sourcestamps=[self._stamp()],
                    reason=f"helps request {request}",
                    builderids=[number],
                    external_idstring=f"{HELPS}:{request}:{place}",
                    properties={HELPS: (request, "split")},
                )
        self.descriptionDone = [f"{others} asked"]
        return SUCCESS

    def _stamp(self) -> dict[str, Any]:
        """The very commit that was fetched: a branch may move on meanwhile."""
        source = self.build.getSourceStamp("")
        return {
            "branch": source.branch,
            "revision": source.revision or self.getProperty("got_revision"),
            "repository": source.repository,
            "codebase": "",
            "project": source.project,
        }


class EndOfHelp(buildstep.BuildStep):  # type: ignore[misc]  # Buildbot has no types
    """Whatever became of the build: nobody needs to help it any more."""

    name = "end-of-help"

    @defer.inlineCallbacks
    def run(self) -> Any:
        request = self.build.requests[0].id
        share = shares(self.master).pop(request, None)
        if share is None:
            return SKIPPED
        share.closed = True
        share.tell()
        yield in_thread(self.master, None, hunts.forget, share.hunt)  # else the janitor does
        mine = resultspec.Filter("external_idstring", "contains", [f"{HELPS}:{request}:"])
        for buildset in (yield self.master.data.get(("buildsets",), filters=[mine])):
            of_it = resultspec.Filter("buildsetid", "eq", [buildset["bsid"]])
            for each in (yield self.master.data.get(("buildrequests",), filters=[of_it])):
                if not each["complete"] and not each["claimed"]:
                    why = {"reason": "all is done"}
                    yield self.master.data.control("cancel", why, ("buildrequests", str(each["buildrequestid"])))
        return SUCCESS


class SplitTestStep(TestStep):
    """Takes chunks until none is left; alone on its builder it runs the whole suite at once."""

    command: Any  # the argument list; a command that is made takes its place

    def __init__(self, table: str = "", **arguments: Any) -> None:
        super().__init__(**arguments)
        self.table = table  # of builders: its tests' times may have been recorded

    @defer.inlineCallbacks
    def run(self) -> Any:
        helped = self.getProperty(HELPS)
        share = shares(self.master).get(helped or self.build.requests[0].id)
        if share is None:
            return SKIPPED if helped else (yield super().run())
        self.whole = list(self.command)
        if not helped and share.queue is None and not (yield self._begin(share)):
            return (yield super().run())
        while share.queue is None and not share.closed:
            yield share.news()
        mine: list[int] = []
        while share.queue and not share.closed and not self.stopped:
            if (chunk := share.queue.take()) is not None:
                mine.append((yield self._do(share, chunk)))
            elif helped or share.queue.finished:
                break
            else:
                yield share.news()  # a helper has the rest: it may come back
        if helped:
            return worst(mine)
        verdict = split.merged(share.verdicts, share.names)
        yield self.keep(VERDICT, verdict)
        return worst(share.results)

    @defer.inlineCallbacks
    def _begin(self, share: Share) -> Any:
        """List the tests, and plan. False: they could not be listed, or there is one at most."""
        command = yield self.makeRemoteShellCommand(
            collectStdout=True, command=with_options(self.whole, "--list-tests")
        )
        yield self.runCommand(command)
        names = [line for line in command.stdout.splitlines() if _NAME.fullmatch(line)]
        if len(names) < 2 or self.stopped:
            share.closed = True
            share.tell()
            self.command = self.whole
            return False
        workers = max(2, len(self.build.builder.workers))
        parts = yield in_thread(self.master, [], hunts.done, share.hunt, commit_of(self))
        done = [piece for part in parts for piece in part.pieces]
        plan, classes = yield self._plan(names, workers, {name for name, *some in done if some})
        share.names = names
        share.verdicts, share.results = [dict(part.verdict) for part in parts], [part.result for part in parts]
        share.queue = Queue(split.left(plan, done, classes), workers)
        share.tell()
        return True

    @defer.inlineCallbacks
    def _plan(self, names: list[str], workers: int, parted: set[str]) -> Any:
        """All of the work, and the classes of the files of which single ones are to be run, or were: `parted`."""
        sources = [*(yield known_durations(self.build)), recorded.seconds(self.table)]
        if workers >= MANY_WORKERS and split.is_untimed(names, *sources):
            classes = yield self._classes(names)
            return split.untimed(names, classes), classes
        seconds = split.estimate(names, *sources)
        classes = yield self._classes([*split.too_long(seconds, workers), *sorted(parted)])
        return split.pieces(seconds, workers, classes), classes

    @defer.inlineCallbacks
    def _classes(self, names: list[str]) -> Any:
        """The classes of these files, each with the number of its cases: all that is known of how long it takes."""
        if not names:
            return {}
        asked = with_options(self.whole, "--list-cases", *names)
        command = yield self.makeRemoteShellCommand(collectStdout=True, command=asked)
        yield self.runCommand(command)
        return split.classes_in(command.stdout.splitlines(), names)

    @defer.inlineCallbacks
    def _do(self, share: Share, chunk: Chunk) -> Any:
        """Run a chunk; when its worker goes away, or somebody stops the build, it goes back."""
        done = False
        try:
            self.reader = LogReader()
            command = yield self.makeRemoteShellCommand(command=with_options(self.whole, *chunk.options))
            yield self.runCommand(command)
            if not self.stopped:
                yield self._keep_part(share, chunk, chunk_result(command.rc, self.reader))
                done = True
        finally:
            assert share.queue  # noqa: S101 (the chunk came from there)
            (share.queue.done if done else share.queue.give_back)(chunk)
            share.tell()
        return share.results[-1] if done else FAILURE

    @defer.inlineCallbacks
    def _keep_part(self, share: Share, chunk: Chunk, result: int) -> Any:
        """What has come of a chunk; without a database to write to, only in memory."""
        part = hunts.Part(tuple((piece.name, *piece.classes) for piece in chunk.pieces), self.reader.verdict(), result)
        share.results.append(part.result)
        share.verdicts.append(dict(part.verdict))
        yield in_thread(self.master, None, hunts.keep, share.hunt, commit_of(self), part)


def chunk_result(code: int | None, reader: LogReader) -> int:
    """As of a whole suite; but that no test of a chunk could run here is nothing wrong."""
    said = reader.recipe_code if code == MAKE_FAILED and reader.recipe_code is not None else code
    return int(SUCCESS) if said == NO_TESTS_RAN else outcome(code, reader)


def with_options(argv: Sequence[str], *options: str) -> list[str]:
    """The command line with more options for the test runner."""
    return [" ".join((part, *options)) if part.startswith(OPTIONS) else part for part in argv]


def worst(found: Sequence[int]) -> int:
    """Of Buildbot's results of all parts; success where there was no part."""
    return int(next((each for each in (FAILURE, WARNINGS) if each in found), SUCCESS))
