"""The one door: a row in `build_requests` becomes one buildset in Buildbot, once, whatever is killed when.

The buildset carries the request's key. A request whose buildset is there already, because the master was killed between
submitting it and writing that down, is only written down. A superseded request is called off until nothing of it is
left to build, and only then written down.
"""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from buildbot.data import resultspec
from buildbot.process.results import CANCELLED
from buildbot.util.service import BuildbotService
from twisted.internet import defer, task, threads
from twisted.python import log

from buildmaster.command import TESTS
from buildmaster.quiet import SLOW, Due, Patience, due
from buildmaster.schedulers import DOOR
from core import database, results
from core.patterns import BadPattern, pattern
from core.results import NO_TESTS, BuildRequest
from core.store import now

LOOK_S = 0.03  # whether anything was committed at all; see core/database.Changes
POLL_S = 0.3
LONGEST_TESTS = 2000
_TESTS = re.compile(r"[A-Za-z0-9_.]+(?: [A-Za-z0-9_.]+)*+")


class Refused(ValueError):
    """The request cannot be built; the text says why, for the person who asked."""


@dataclass(frozen=True)
class Choice:
    """What there is to choose from: the branch of each builder, those that are built at night, and the slow ones."""

    branches: Mapping[str, str]
    nightly: Collection[str] = ()
    slow: Collection[str] = ()

    def of_push(self, names: Sequence[str], pace: str) -> list[str]:
        """Those that a push of this pace is built by; without a pace it is built by both kinds."""
        awake = [name for name in names if name not in self.nightly]
        return [name for name in awake if not pace or (name in self.slow) == (pace == SLOW)]


def chosen(request: BuildRequest, choice: Choice) -> list[str]:
    """The names of the builders that a request asks for; none: nobody builds at its pace. Raises Refused.

    A request without a pattern, as every push is one, leaves out what is built at night: that is asked for by name.
    """
    named = request.tests and request.tests != NO_TESTS
    if named and (len(request.tests) > LONGEST_TESTS or not _TESTS.fullmatch(request.tests)):
        raise Refused(f"{request.tests[:80]!r} are no names of tests: write test_list test_int, apart by one blank")
    if request.names:
        return _named(request, choice)
    mine = [name for name, branch in choice.branches.items() if branch == request.branch]
    if not mine:
        alive = ", ".join(dict.fromkeys(choice.branches.values()))
        raise Refused(f"no builder builds the branch {request.branch}: there are builders for {alive}")
    if not request.builders:
        return choice.of_push(mine, request.pace)
    try:
        wanted = pattern(request.builders)
    except BadPattern as why:
        raise Refused(str(why)) from why
    if found := [name for name in mine if wanted.search(name)]:
        return found
    raise Refused(f"{request.builders!r} matches none of {', '.join(mine)}")


def _named(request: BuildRequest, choice: Choice) -> list[str]:
    if found := [name for name in request.names if name in choice.branches]:
        return found
    raise Refused(f"{', '.join(request.names)} are gone: ask again")


class Requests(BuildbotService):  # type: ignore[misc]  # Buildbot has no types
    """Looks for new requests several times a second and hands them to Buildbot."""

    name = "camelot-requests"

    def reconfigService(  # noqa: N802 (Buildbot's name)
        self,
        database_url: str,
        branches: Sequence[tuple[str, str]],
        nightly: Sequence[str],
        slow: Sequence[str],
        patience: Sequence[tuple[str, float, float]],
        remote: str,
    ) -> defer.Deferred[None]:
        """`branches` are pairs of builder and branch; `patience` is a pace, its quiet time and its longest wait."""
        self.engine = database.connect(database_url)
        self.choice = Choice(dict(branches), frozenset(nightly), frozenset(slow))
        self.patience = {pace: Patience(quiet_s, most_s) for pace, quiet_s, most_s in patience}
        self.remote, self.tidy, self.told = remote, False, set[int]()
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
        """Take every request that is due. What fails is tried again by the next poll; the loop goes on."""
        try:
            second = self.master.reactor.seconds()
            if not self.changes.any() and second - self.polled < POLL_S:
                return
            self.polled = second
            if not self.tidy:
                yield self._cancel_orphans()
            for request in (yield threads.deferToThread(results.superseded, self.engine)):
                yield self._call_off(request)
            waiting = yield threads.deferToThread(results.new_requests, self.engine)
            for each in due(waiting, self.patience, now()):
                yield self._take(each)
        except Exception as error:  # a database that is away for a moment must not stop the door for good
            log.err(error, "requests could not be taken; trying again")

    @defer.inlineCallbacks
    def _cancel_orphans(self) -> Any:
        """What still waits for a builder that is gone would wait for ever in Buildbot's queue."""
        self.tidy = True
        incomplete = resultspec.Filter("complete", "eq", [False])
        for waiting in (yield self.master.data.get(("buildrequests",), filters=[incomplete])):
            builder = yield self.master.data.get(("builders", waiting["builderid"]))
            if builder["name"] not in self.choice.branches:
                why = {"reason": f"{builder['name']} is gone"}
                yield self.master.data.control("cancel", why, ("buildrequests", str(waiting["buildrequestid"])))
                log.msg(f"a request for {builder['name']} is cancelled: the builder is gone")

    @defer.inlineCallbacks
    def _take(self, now_due: Due) -> Any:
        """The joined ones are written down first: if we end in between, the last push of the burst is still new."""
        request = now_due.request
        if now_due.joined:
            joined = [each.id for each in now_due.joined]
            yield threads.deferToThread(results.join, self.engine, joined, request.key)
        try:
            names = chosen(request, self.choice)
        except Refused as why:
            log.msg(f"request {request.key} refused: {why}")
            yield threads.deferToThread(results.refuse, self.engine, request.id, str(why))
            return
        if not names:
            yield threads.deferToThread(results.pass_over, self.engine, request.id)
            return
        if not (yield self._buildset(request.key)):
            yield self._submit(request, names)
        yield threads.deferToThread(results.taken, self.engine, request.id)

    @defer.inlineCallbacks
    def _call_off(self, request: BuildRequest) -> Any:
        """Cancel what waits and stop what runs, again after each start: Buildbot keeps such orders in memory alone."""
        buildset = yield self._buildset(request.key)
        if buildset and not buildset["complete"]:
            yield self._cancel_all(request, buildset["bsid"])
            return
        anything = buildset is None or buildset["results"] == CANCELLED
        yield threads.deferToThread(results.called_off, self.engine, request.id, anything)

    @defer.inlineCallbacks
    def _cancel_all(self, request: BuildRequest, buildset: int) -> Any:
        mine = [resultspec.Filter("buildsetid", "eq", [buildset]), resultspec.Filter("complete", "eq", [False])]
        for waiting in (yield self.master.data.get(("buildrequests",), filters=mine)):
            number = waiting["buildrequestid"]
            if not waiting["claimed"] or number not in self.told:  # to one that runs it is said once
                self.told.add(number)
                why = {"reason": f"there are newer commits in {request.scope}"}
                yield self.master.data.control("cancel", why, ("buildrequests", str(number)))

    @defer.inlineCallbacks
    def _buildset(self, key: str) -> Any:
        """Buildbot's own row of a request that was submitted, else None."""
        same = resultspec.Filter("external_idstring", "eq", [key])
        found = yield self.master.data.get(("buildsets",), filters=[same], limit=1)
        return found[0] if found else None

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
