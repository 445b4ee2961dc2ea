"""Puts old logs and results away, twice a day. Buildbot's own janitor wants a builder and a worker for it."""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from buildbot.util.service import BuildbotService
from twisted.internet import defer, task, threads
from twisted.python import log

from core import database, hunts, retention
from core.settings import Keep

EVERY_S = 12 * 3600.0
HUNT_DAYS = 14  # a hunt of which nothing was heard for so long is not gone on with
FIRST_S = 600.0  # after a start, when builds have begun again


class Janitor(BuildbotService):  # type: ignore[misc]  # Buildbot has no types
    """`rules` are pairs of a regular expression on builders and days; `days` is for all others, `logs` for logs."""

    name = "camelot-janitor"

    def reconfigService(  # noqa: N802 (Buildbot's name)
        self, database_url: str, rules: Sequence[tuple[str, int]], days: int, logs: int
    ) -> defer.Deferred[None]:
        self.engine = database.connect(database_url)
        self.rules = [Keep(builders=builders, days=kept) for builders, kept in rules]
        self.days, self.logs = days, logs
        return defer.succeed(None)

    @defer.inlineCallbacks
    def startService(self) -> Any:  # noqa: N802
        yield super().startService()
        self.loop = task.LoopingCall(self.sweep)
        self.loop.clock = self.master.reactor
        self.first = self.master.reactor.callLater(FIRST_S, self._begin)

    def _begin(self) -> None:
        self.loop.start(EVERY_S).addErrback(log.err, "nothing is put away any longer")

    @defer.inlineCallbacks
    def stopService(self) -> Any:  # noqa: N802
        if self.first.active():
            self.first.cancel()
        if self.loop.running:
            ended = self.loop.deferred
            self.loop.stop()
            yield ended
        yield super().stopService()

    @defer.inlineCallbacks
    def sweep(self) -> Any:
        """Once; what fails is done by the next one."""
        now = datetime.now(UTC)
        try:
            oldest = (now - timedelta(days=self.logs)).timestamp()
            chunks = yield self.master.db.logs.deleteOldLogChunks(oldest)
            builds = yield threads.deferToThread(retention.sweep, self.engine, self.rules, self.days, now)
            yield threads.deferToThread(hunts.sweep, self.engine, now - timedelta(days=HUNT_DAYS))
        except Exception as error:  # a database that is away for a moment must not end this for good
            log.err(error, "old logs and results could not be put away; trying again later")
            return
        log.msg(f"janitor put away log_chunks={chunks} builds={builds}")
