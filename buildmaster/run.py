"""The master as a process: its folder, its start, one line when it is ready, and an orderly end on SIGTERM."""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from buildbot.config.master import MasterConfig
from buildbot.master import BuildMaster
from buildbot.scripts.upgrade_master import upgradeDatabase
from sqlalchemy import event
from sqlalchemy.pool import Pool
from twisted.application.service import MultiService
from twisted.internet import defer, reactor, task
from twisted.python import log
from twisted.python.logfile import LogFile

from buildmaster import config
from buildmaster.builderrows import BuilderRows, TagRows
from buildmaster.builders import BuilderRow
from buildmaster.inventory import Worker
from core.settings import Settings, SettingsError

DAY_CHECK_S = 30.0  # how often the calendar is looked at: on a branch's last day its builders go
LOG_BYTES, LOGS = 10_000_000, 10
MASTER_CFG = Path(__file__).parent / "master.cfg"

# Lets Buildbot's own commands (`buildbot checkconfig`, `upgrade-master`) work in the folder too.
TAC = """from pathlib import Path
from buildbot.master import BuildMaster
from twisted.application import service
application = service.Application("buildmaster")
BuildMaster(str(Path(__file__).resolve().parent), "master.cfg").setServiceParent(application)
"""


def basedir(settings: Settings) -> Path:
    """Where Buildbot keeps its own database and logs."""
    return (settings.data / "farm").resolve()


def prepare(settings: Settings, folder: Path) -> None:
    """Make the master's folder, or bring an old one up to date. Its database is upgraded when the master starts.

    Raises SettingsError where the settings do not make a configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = folder / "farm-id"
    if not name.exists():
        name.write_text(uuid.uuid4().hex[:12] + "\n", encoding="ascii")
    (folder / "master.cfg").write_text(MASTER_CFG.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "buildbot.tac").write_text(TAC, encoding="utf-8")
    config.configuration(settings, config.farm_id(folder))


def main(settings: Settings) -> int:
    """Run the master in this process until SIGTERM or Ctrl-C; the exit code."""
    folder = basedir(settings)
    try:
        prepare(settings, folder)
    except (SettingsError, ValueError, OSError) as error:
        print(f"buildmaster cannot start: {error}", file=sys.stderr)
        return 2
    return Master(settings, folder).run()


class _Loader:
    """Gives Buildbot its configuration from settings that are here already."""

    def __init__(
        self, settings: Settings, folder: Path, table: Sequence[BuilderRow] | None, workers: Sequence[Worker] | None
    ) -> None:
        self.settings, self.folder = settings, folder
        self.table, self.workers = table, workers

    def loadConfig(self) -> Any:  # noqa: N802 (Buildbot's name)
        found = config.configuration(self.settings, config.farm_id(self.folder), self.table, self.workers)
        return MasterConfig.loadFromDict(found, "camelot's settings")


class _KeepsBuilds(BuildMaster):  # type: ignore[misc]  # Buildbot has no types
    """Builds that run when the master is stopped are built again at its next start.

    Buildbot means to do so too, but it interrupts the step first and marks the build afterwards: where the worker
    answers in between, the build is cancelled for good. A build whose worker is gone is always one to build again.
    """

    @defer.inlineCallbacks
    def create_child_services(self) -> Any:
        yield super().create_child_services()
        for name, component in (("builders", BuilderRows), ("tags", TagRows)):
            yield getattr(self.db, name).disownServiceParent()
            made = component(self.db)
            setattr(self.db, name, made)
            yield made.setServiceParent(self.db)

    @defer.inlineCallbacks
    def stopService(self) -> Any:  # noqa: N802 (Buildbot's name)
        running = [build for builder in self.botmaster.builders.values() for build in builder.building]
        for build in running:
            if connection := build.workerforbuilder.worker.conn:
                connection.loseConnection()
        yield defer.gatherResults([build.waitUntilFinished() for build in running])
        yield super().stopService()


class Master:
    """One run of a Buildbot master."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        table: Sequence[BuilderRow] | None = None,
        workers: Sequence[Worker] | None = None,
    ) -> None:
        self.settings, self.folder = settings, folder
        self.loader = _Loader(settings, folder, table, workers)
        self.ready, self.errors = False, list[str]()
        self.names = self._live()

    def run(self) -> int:
        """Blocks until the master has ended."""
        file = LogFile("twistd.log", str(self.folder), rotateLength=LOG_BYTES, maxRotatedFiles=LOGS)
        log.startLogging(file, setStdout=False)
        log.addObserver(self._watch)
        reactor.callWhenRunning(self._start)
        reactor.run()
        if self.ready:
            return 0
        reason = self.errors[0] if self.errors else "it was stopped before it was ready"
        print(f"buildmaster cannot start: {reason} (more in {self.folder / 'twistd.log'})", file=sys.stderr)
        return 1

    def _watch(self, said: dict[str, Any]) -> None:
        text = log.textFromEventDict(said) or ""
        if said.get("isError") and (failure := said.get("failure")):
            self.errors.append(failure.getErrorMessage())
        elif text.startswith("BuildMaster is running"):
            self.ready = True
            print(f"buildmaster ready {self.settings.farm.web_url}", flush=True)

    def _lent(self, connection: Any, record: Any, _proxy: object) -> None:
        """Buildbot writes thousands of small rows as it starts, one by one: until it runs, none waits for the disk.

        All of them are written again at the next start. From then on every write waits, as ours do: what a request
        became must survive a power cut. Told at each use of a connection, once where nothing has changed.
        """
        if record.info.get("waits") is self.ready:
            return
        record.info["waits"] = self.ready
        files = [row[2] for row in connection.execute("PRAGMA database_list")]
        if str(self.folder / "state.sqlite") in files:
            connection.execute(f"PRAGMA synchronous={'FULL' if self.ready else 'NORMAL'}")

    @defer.inlineCallbacks
    def _start(self) -> Any:
        event.listen(Pool, "checkout", self._lent)
        try:
            yield upgradeDatabase({"basedir": str(self.folder), "quiet": True}, self.loader.loadConfig())
        except Exception as error:  # whatever the database or the configuration says, it ends the start
            log.err(error, "the farm's database could not be opened")
            reactor.stop()
            return
        parent = MultiService()
        self.master = _KeepsBuilds(str(self.folder), config_loader=self.loader)
        yield defer.maybeDeferred(self.master.setServiceParent, parent)
        reactor.addSystemEventTrigger("before", "shutdown", parent.stopService)
        yield defer.maybeDeferred(parent.startService)
        task.LoopingCall(self._look_at_calendar).start(DAY_CHECK_S, now=False)

    def _live(self) -> list[str]:
        return [row.name for row in config.live_rows(self.settings)]

    def _look_at_calendar(self) -> None:
        if (names := self._live()) != self.names:
            log.msg(f"the branches changed: {len(self.names)} builders become {len(names)}")
            self.names = names
            self.master.reconfig()
