"""Tells the database, about once a second while things change, which workers are here, what runs and what waits.

All but the queue is read from the master's memory: asking Buildbot's database for workers takes longer than a build's
start. Whoever is away too long is a delivery (`core/presence.py`); Buildbot's own timer forgets it at a restart.
"""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from buildbot.data import resultspec
from buildbot.util.service import BuildbotService
from twisted.internet import defer, task, threads
from twisted.python import log

from buildmaster.downtime import is_down
from buildmaster.teststep import PRESENCE
from core import database, presence, standings
from core.presence import Seen
from core.store import text

LOOK_S = 1.0
QUIET_LOOKS = 10  # looks without any message of Buildbot's, until the queue is looked at all the same
MOST_REASON = 200
MOST_SO_FAR = 20  # tests that go wrong in a build that runs
HEARD = (
    ("buildrequests", None, None),
    ("builds", None, "new"),
    ("builds", None, "finished"),
    ("workers", None, None),
)


class Presence(BuildbotService):  # type: ignore[misc]  # Buildbot has no types
    """`workers` are rows of name, owner and the windows of its downtime."""

    name = PRESENCE

    def reconfigService(  # noqa: N802 (Buildbot's name)
        self, database_url: str, workers: Sequence[tuple[str, str, tuple[str, ...]]], web_url: str, missing_s: float
    ) -> defer.Deferred[None]:
        self.engine = database.connect(database_url)
        self.rows, self.web_url, self.missing_s = list(workers), web_url, missing_s
        self.heard, self.quiet = True, 0
        self.down: set[str] = set()
        self.began: dict[tuple[int, int], str] = {}  # builder's id and build's number -> when it began
        return defer.succeed(None)

    @defer.inlineCallbacks
    def startService(self) -> Any:  # noqa: N802
        yield super().startService()
        self.consumers = []
        for key in HEARD:
            self.consumers.append((yield self.master.mq.startConsuming(self._hear, key)))
        self.loop = task.LoopingCall(self.look)
        self.loop.clock = self.master.reactor
        self.loop.start(LOOK_S, now=False).addErrback(log.err, "workers are no longer looked at")

    @defer.inlineCallbacks
    def stopService(self) -> Any:  # noqa: N802
        for consumer in self.consumers:
            yield consumer.stopConsuming()
        if self.loop.running:
            ended = self.loop.deferred
            self.loop.stop()
            yield ended
        yield super().stopService()

    def _hear(self, key: tuple[str, ...], message: Mapping[str, Any]) -> None:
        self.heard = True
        if key[0] == "builds":
            place = (message["builderid"], message["number"])
            self.began[place] = _when(message["started_at"])
            if message["complete"]:
                del self.began[place]

    @defer.inlineCallbacks
    def look(self) -> Any:
        """Once; what fails is tried again by the next look."""
        self.quiet = 0 if self.heard else self.quiet + 1
        if not self.heard and self.quiet < QUIET_LOOKS:
            return
        self.heard, self.quiet = False, 0
        try:
            ids = yield self._ids()
            now = datetime.now(UTC)
            seen = self._seen(ids, now)
            self._end_downtimes({each.name for each in seen if each.excused})
            yield threads.deferToThread(presence.look, self.engine, seen, now, self.missing_s)
            waiting = yield self._waiting({number: name for name, number in ids.items()})
            yield threads.deferToThread(standings.set_queue, self.engine, waiting)
        except Exception as error:  # a database that is away for a moment must not end this for good
            self.heard = True
            log.err(error, "workers and queue could not be written down; trying again")

    def _seen(self, ids: Mapping[str, int], now: datetime) -> list[Seen]:
        """The workers that the farm has, from the master's memory."""
        doing: dict[str, list[dict[str, Any]]] = {}
        can: dict[str, list[str]] = {}
        for builder in self.master.botmaster.builders.values():
            for name in builder.config.workernames:
                can.setdefault(name, []).append(builder.name)
            for build in builder.building:
                on = getattr(build.workerforbuilder, "worker", None)  # it may go away as a build begins
                if on is not None and build.number is not None:
                    running = self._running(builder.name, ids.get(builder.name, 0), build)
                    doing.setdefault(on.workername, []).append(running)
        known = self.master.workers.workers
        return [
            Seen(
                name,
                owner,
                connected=name in known and bool(known[name].isConnected()),
                paused=name in known and bool(known[name]._paused),
                downtime="; ".join(windows),
                excused=is_down(windows, now),
                builders=tuple(sorted(can.get(name, ()))),
                doing=tuple(sorted(doing.get(name, ()), key=lambda row: str(row["builder"]))),
            )
            for name, owner, windows in self.rows
        ]

    def _end_downtimes(self, down: set[str]) -> None:
        """Buildbot asks again whether a worker may start a build when something happens: here a window has ended."""
        ended, self.down = self.down - down, down
        if ended:
            self.master.botmaster.maybeStartBuildsForAllBuilders()

    def _running(self, builder: str, number_of_it: int, build: Any) -> dict[str, Any]:
        url = f"{self.web_url}#/builders/{number_of_it}/builds/{build.number}"
        began = self.began.get((number_of_it, build.number), "")
        wrong = sorted(getattr(build.currentStep, "so_far", {}).items())[:MOST_SO_FAR]
        so_far = [{"test": test, "what": what} for test, what in wrong]
        return {"builder": builder, "number": build.number, "url": url, "started": began, "so_far": so_far}

    @defer.inlineCallbacks
    def _ids(self) -> Any:
        """Builder -> its number in Buildbot, which each knows by heart once it was configured."""
        ids = {}
        for builder in self.master.botmaster.builders.values():
            ids[builder.name] = yield builder.getBuilderId()
        return ids

    @defer.inlineCallbacks
    def _waiting(self, names: Mapping[int, str]) -> Any:
        """A row for each builder that unclaimed requests wait for; the reason is that of the oldest."""
        unclaimed = [resultspec.Filter("complete", "eq", [False]), resultspec.Filter("claimed", "eq", [False])]
        found = yield self.master.data.get(("buildrequests",), filters=unclaimed, order=["submitted_at"])
        rows: dict[str, dict[str, Any]] = {}
        reasons: dict[int, str] = {}
        for request in found:
            name = names.get(request["builderid"])
            if name is None:
                continue
            if name in rows:
                rows[name]["waiting"] += 1
                continue
            reason = yield self._reason(request["buildsetid"], reasons)
            rows[name] = {"builder": name, "waiting": 1, "oldest": _when(request["submitted_at"]), "reason": reason}
        return list(rows.values())

    @defer.inlineCallbacks
    def _reason(self, buildset: int, known: dict[int, str]) -> Any:
        if buildset not in known:
            row = yield self.master.data.get(("buildsets", buildset))
            known[buildset] = str(row["reason"] or "")[:MOST_REASON] if row else ""
        return known[buildset]


def _when(moment: Any) -> str:
    """A time of Buildbot's, seconds or a datetime, as the database holds it; empty for none."""
    if moment is None:
        return ""
    return text(moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC))
