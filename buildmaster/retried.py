"""A build whose worker goes away in the very moment in which it begins is built again too.

Buildbot looks after a worker from a build's first step on, and before that while it asks whether the worker is there.
Between the two it takes for granted that it is; a build for which that was wrong would never end, nor be built again.
"""

# mypy: disable-error-code="untyped-decorator"
# Buildbot and Twisted are taken without types.

from __future__ import annotations

from typing import Any

from buildbot.process.build import Build
from buildbot.process.results import RETRY
from twisted.internet import defer
from twisted.python import log


class RetriedBuild(Build):  # type: ignore[misc]  # Buildbot has no types
    """Buildbot's build; it ends with RETRY when its start fails because its worker is gone."""

    @defer.inlineCallbacks
    def startBuild(self, workerforbuilder: Any) -> Any:  # noqa: N802 (Buildbot's name)
        try:
            yield super().startBuild(workerforbuilder)
        except Exception as error:
            worker = workerforbuilder.worker
            if self.finished or self.buildid is None or (worker is not None and worker.conn is not None):
                raise
            log.msg(f"{self}: its worker went away as it began, so it is built again: {error!r}")
            yield self.master.data.updates.finishStep(self._preparation_step.stepid, RETRY, False)
            yield self.buildFinished(["worker", "went", "away"], RETRY)
