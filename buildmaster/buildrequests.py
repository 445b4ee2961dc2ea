"""The one door: a row in `build_requests` becomes one buildset in Buildbot, once, whatever is killed when.

The buildset carries the request's key. A request whose buildset is there already, because the master was killed between
submitting it and writing that down, is only written down.
"""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from buildbot.data import resultspec
from buildbot.util.service import BuildbotService
from twisted.internet import defer, task, threads
from twisted.python import log

from buildmaster.commands import TESTS
from buildmaster.schedulers import DOOR
from core import database, results
from core.results import BuildRequest

LOOK_S = 0.03  # whether anything was committed at all; see core/database.Changes
POLL_S = 0.3
LONGEST_PATTERN = 200
LONGEST_TESTS = 2000
_TESTS = re.compile(r"[A-Za-z0-9_.]+(?: [A-Za-z0-9_.]+)*+")
MOST_REPEATS = 5  # names have some 30 letters: five unnested repeats are quick on them whatever they are


class Refused(ValueError):
    """The request cannot be built; the text says why, for the person who asked."""


def pattern(text: str) -> re.Pattern[str]:
    """A person's regular expression, bounded so that no name takes long to match. Raises Refused."""
    if len(text) > LONGEST_PATTERN:
        raise Refused(f"the pattern has {len(text)} letters: write at most {LONGEST_PATTERN}")
    try:
        compiled = re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise Refused(f"{text!r} is not a regular expression: {error}") from error
    plain = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", text)
    if len(re.findall(r"[*+{]", plain)) > MOST_REPEATS or re.search(r"[*+}?][^(]*\)[*+{]", plain):
        raise Refused(f"{text!r} repeats too much: use at most {MOST_REPEATS} of * + {{}}, none around another")
    return compiled


def chosen(request: BuildRequest, branches: dict[str, str], nightly: Collection[str] = ()) -> list[str]:
    """The names of the builders that a request asks for. `branches`: builder -> its branch. Raises Refused.

    A request without a pattern, as every push is one, leaves out the builders in `nightly`: they are asked for by name.
    """
    if request.tests and (len(request.tests) > LONGEST_TESTS or not _TESTS.fullmatch(request.tests)):
        raise Refused(f"{request.tests[:80]!r} are no names of tests: write test_list test_int, apart by one blank")
    mine = [name for name, branch in branches.items() if branch == request.branch]
    if not mine:
        alive = ", ".join(dict.fromkeys(branches.values()))
        raise Refused(f"no builder builds the branch {request.branch}: there are builders for {alive}")
    if not request.builders:
        return [name for name in mine if name not in nightly]
    wanted = pattern(request.builders)
    if found := [name for name in mine if wanted.search(name)]:
        return found
    raise Refused(f"{request.builders!r} matches none of {', '.join(mine)}")


class Requests(BuildbotService):  # type: ignore[misc]  # Buildbot has no types
    """Looks for new requests several times a second and hands them to Buildbot."""

    name = "camelot-requests"

    def reconfigService(  # noqa: N802 (Buildbot's name)
        self, database_url: str, branches: Sequence[tuple[str, str]], nightly: Sequence[str], remote: str
    ) -> defer.Deferred[None]:
        self.engine = database.connect(database_url)
        self.branches, self.nightly, self.remote = dict(branches), frozenset(nightly), remote
        self.tidy = False
        return defer.succeed(None)

    @defer.inlineCallbacks
    def startService(self) -> Any:  # noqa: N802
        yield super().startService()
        self.loop = task.LoopingCall(self.poll)
        self.loop.clock = self.master.reactor
        self.changes, self.polled = database.Changes(self.engine), 0.0
        self.loop.start(LOOK_S).addErrback(log.err, "requests are no longer looked for")

    @defer.inlineCallbacks
    def stopService(self) -> Any:  # noqa: N802
        if self.loop.running:
            ended = self.loop.deferred
            self.loop.stop()
            yield ended
        self.changes.close()
        yield super().stopService()

    @defer.inlineCallbacks
    def poll(self) -> Any:
        """Take every new request. What fails is tried again by the next poll; the loop goes on."""
        try:
            now = self.master.reactor.seconds()
            if not self.changes.any() and now - self.polled < POLL_S:
                return
            self.polled = now
            if not self.tidy:
                yield self._cancel_orphans()
            for request in (yield threads.deferToThread(results.new_requests, self.engine)):
                yield self._take(request)
        except Exception as error:  # a database that is away for a moment must not stop the door for good
            log.err(error, "requests could not be taken; trying again")

    @defer.inlineCallbacks
    def _cancel_orphans(self) -> Any:
        """What still waits for a builder that is gone would wait for ever in Buildbot's queue."""
        self.tidy = True
        incomplete = resultspec.Filter("complete", "eq", [False])
        for waiting in (yield self.master.data.get(("buildrequests",), filters=[incomplete])):
            builder = yield self.master.data.get(("builders", waiting["builderid"]))
            if builder["name"] not in self.branches:
                why = {"reason": f"{builder['name']} is gone"}
                yield self.master.data.control("cancel", why, ("buildrequests", str(waiting["buildrequestid"])))
                log.msg(f"a request for {builder['name']} is cancelled: the builder is gone")

    @defer.inlineCallbacks
    def _take(self, request: BuildRequest) -> Any:
        try:
            names = chosen(request, self.branches, self.nightly)
        except Refused as why:
            log.msg(f"request {request.key} refused: {why}")
            yield threads.deferToThread(results.refuse, self.engine, request.id, str(why))
            return
        if not (yield self._submitted(request.key)):
            yield self._submit(request, names)
        yield threads.deferToThread(results.taken, self.engine, request.id)

    @defer.inlineCallbacks
    def _submitted(self, key: str) -> Any:
        same = resultspec.Filter("external_idstring", "eq", [key])
        found = yield self.master.data.get(("buildsets",), filters=[same], limit=1)
        return bool(found)

    @defer.inlineCallbacks
    def _submit(self, request: BuildRequest, names: list[str]) -> Any:
        builders = []
        for name in names:
            builders.append((yield self.master.data.updates.findBuilderId(name)))
        yield self.master.data.updates.addBuildset(
            waited_for=False,
            scheduler=DOOR,
            sourcestamps=[_stamp(request, self.remote)],
            reason=request.reason or f"request {request.key}",
            builderids=builders,
            external_idstring=request.key,
            properties={TESTS: (request.tests, "request")} if request.tests else {},
        )
        log.msg(f"request {request.key} submitted branch={request.branch} commit={request.commit} builders={names}")


def _stamp(request: BuildRequest, remote: str) -> dict[str, str]:
    return {
        "branch": request.branch,
        "revision": request.commit,
        "repository": remote,
        "codebase": "",
        "project": "",
    }
