"""A finished build becomes a row and a delivery, exactly once: nothing is lost over `kill -9`, nothing doubled.

Buildbot's messages live in memory, so they are only the quick way. At each start every finished build that is newer
than the last mark is looked at again; `core.results.record` knows a build by its key and keeps the first.
A build that ends with RETRY (its master or worker went away) says nothing of the commit: its request is built again.
"""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from buildbot.data import resultspec
from buildbot.process.results import RETRY, Results, statusToString
from buildbot.util.service import BuildbotService
from sqlalchemy import Engine
from twisted.internet import defer, threads
from twisted.python import log

from buildmaster.command import TESTS
from buildmaster.splitstep import HELPS
from buildmaster.teststep import VERDICT
from core import database, results
from core.results import Build, Builder
from core.store import text

AGAIN_S = 1.0  # until a build that could not be recorded is tried again
MARK = "recorded"  # every build up to this number of Buildbot's is recorded
GREEN = {"success", "warnings", "skipped"}


class Reporter(BuildbotService):  # type: ignore[misc]  # Buildbot has no types
    """Records finished builds, and at each start which builders there are."""

    name = "camelot-reporter"

    def reconfigService(  # noqa: N802 (Buildbot's name)
        self, database_url: str, builders: Sequence[Builder], web_url: str, farm_id: str
    ) -> defer.Deferred[None]:
        self.engine: Engine = database.connect(database_url)
        self.rows, self.web_url, self.farm_id = list(builders), web_url, farm_id
        return self._tell_builders() if self.running else defer.succeed(None)

    @defer.inlineCallbacks
    def startService(self) -> Any:  # noqa: N802
        yield super().startService()
        self.consumer = yield self.master.mq.startConsuming(self._heard, ("builds", None, "finished"))
        yield self._tell_builders()
        yield self._catch_up()

    @defer.inlineCallbacks
    def stopService(self) -> Any:  # noqa: N802
        yield self.consumer.stopConsuming()
        yield super().stopService()

    def _heard(self, _key: tuple[str, ...], build: Mapping[str, Any]) -> None:
        if build["results"] != RETRY:
            self.keep(build["buildid"])

    @defer.inlineCallbacks
    def keep(self, build: int) -> Any:
        """Record one build, however often it takes."""
        try:
            if (yield self._helps(build)):
                return
            found = yield self._describe(build)
            new = yield threads.deferToThread(results.record, self.engine, found, f"branch:refs/heads/{found.branch}")
        except Exception as error:  # whatever it was, the build must not be lost: later, or at the next start
            log.err(error, f"build {build} could not be recorded; trying again")
            if self.running:
                self.master.reactor.callLater(AGAIN_S, self.keep, build)
            return
        if new:
            log.msg(f"build {found.key} recorded result={found.result} failed_step={found.failed_step or '-'}")

    @defer.inlineCallbacks
    def _helps(self, build: int) -> Any:
        """Whether it did a part of another build, which tells of all."""
        properties = yield self.master.data.get(("builds", build, "properties"))
        return HELPS in properties

    @defer.inlineCallbacks
    def _catch_up(self) -> Any:
        """Record what ended while nobody listened, then move the mark up to the oldest build that still runs."""
        me = yield self.master.db.state.getObjectId(self.name, "buildmaster.reporter.Reporter")
        mark = yield self.master.db.state.getState(me, MARK, 0)
        after = resultspec.Filter("buildid", "gt", [mark])
        found = yield self.master.data.get(("builds",), filters=[after], order=["buildid"])
        builds = [build for build in found if build["results"] != RETRY]
        for build in builds:
            if build["complete"]:
                yield self.keep(build["buildid"])
        running = [build["buildid"] for build in builds if not build["complete"]]
        newest = max((build["buildid"] for build in found), default=mark)
        unrecorded = yield self._unrecorded([build for build in builds if build["complete"]])
        yield self.master.db.state.setState(me, MARK, min([*running, *unrecorded, newest + 1]) - 1)

    @defer.inlineCallbacks
    def _unrecorded(self, builds: Sequence[Mapping[str, Any]]) -> Any:
        missing = []
        for build in builds:
            if (yield self._helps(build["buildid"])):
                continue
            name = yield self._builder_name(build)
            if not (yield threads.deferToThread(results.find, self.engine, self._key(name, build["number"]))):
                missing.append(build["buildid"])
        return missing

    def _key(self, builder: str, number: int) -> str:
        return f"{builder}/{number}@{self.farm_id}"

    @defer.inlineCallbacks
    def _builder_name(self, build: Mapping[str, Any]) -> Any:
        builder = yield self.master.data.get(("builders", build["builderid"]))
        return builder["name"]

    @defer.inlineCallbacks
    def _describe(self, number: int) -> Any:
        """All that we keep of a build, read from Buildbot's database."""
        build = yield self.master.data.get(("builds", number))
        name = yield self._builder_name(build)
        properties = {
            key: value for key, (value, _) in (yield self.master.data.get(("builds", number, "properties"))).items()
        }
        steps = yield self.master.data.get(("builds", number, "steps"))
        verdict = yield self.master.data.get(("builds", number, "data", VERDICT, "value"))
        return Build(
            key=self._key(name, build["number"]),
            builder=name,
            kind=properties["kind"],
            tier=properties["tier"],
            stable=properties["stable"],
            branch=properties.get("branch") or properties["line"],
            commit=properties.get("revision") or properties.get("got_revision") or "",
            number=build["number"],
            result=statusToString(build["results"]),
            url=f"{self.web_url}#/builders/{build['builderid']}/builds/{build['number']}",
            started=text(build["started_at"]),
            finished=text(build["complete_at"]),
            worker=properties.get("workername", ""),
            failed_step=_failed_step(steps),
            tests=properties.get(TESTS, ""),
            verdict=json.loads(verdict["raw"]) if verdict else {},
        )

    @defer.inlineCallbacks
    def _tell_builders(self) -> Any:
        told = []
        for row in self.rows:
            known = self.master.botmaster.builders.get(row.name)  # which has asked the database already
            number = yield known.getBuilderId() if known else self.master.data.updates.findBuilderId(row.name)
            told.append(Builder(**{**vars(row), "url": f"{self.web_url}#/builders/{number}"}))
        yield threads.deferToThread(results.set_builders, self.engine, told)


def _failed_step(steps: Sequence[Mapping[str, Any]]) -> str:
    """The first step that went wrong, in order."""
    bad = (step["name"] for step in steps if step["results"] is not None and Results[step["results"]] not in GREEN)
    return next(bad, "")
