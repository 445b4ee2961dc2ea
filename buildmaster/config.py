"""The whole of Buildbot's configuration, made from the settings, the branch registry and the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from buildbot.plugins import util
from sqlalchemy.pool import QueuePool
from twisted.internet.endpoints import quoteStringArgument
from twisted.python import log

from buildmaster import builders, factories, inventory, roles
from buildmaster.builders import BuilderRow
from buildmaster.buildrequests import Requests
from buildmaster.downtime import is_down
from buildmaster.inventory import Worker, lacking
from buildmaster.janitor import Janitor
from buildmaster.lifeline import WatchedWorker
from buildmaster.presence import Presence
from buildmaster.quiet import QUICK, SLOW
from buildmaster.reporter import Reporter
from buildmaster.schedulers import all_schedulers
from core.results import Builder
from core.settings import Farm, Settings, SettingsError

# Buildbot would open SQLite's file anew for each of its queries, thousands at a start; one thread makes them all.
KEPT_OPEN = {"poolclass": QueuePool, "pool_size": 1, "connect_args": {"check_same_thread": False}}
PLUGINS = ("console_view", "grid_view", "waterfall_view")


def live_rows(settings: Settings) -> list[BuilderRow]:
    """The builders that the settings ask for today, whether or not a worker can run them."""
    kinds = builders.table(settings.farm.builders, settings.farm.kinds)
    return builders.cross(kinds, settings.load_registry(), settings.day())


def configuration(
    settings: Settings, farm_id: str, table: Sequence[BuilderRow] | None = None, workers: Sequence[Worker] | None = None
) -> dict[str, Any]:
    """BuildmasterConfig. `farm_id` tells the builds of this master's directory from those of another.

    Without `table` and `workers`, those that the settings ask for.
    Raises SettingsError where a setting that the farm cannot do without is missing.
    """
    if not settings.farm.worker_password.get_secret_value():
        raise SettingsError("farm.worker_password is empty: set CAMELOT_WORKER_PASSWORD or write it into the settings")
    if not settings.github.repository:
        raise SettingsError("github.repository is empty: set GITHUB_REPOSITORY to owner/name")
    if workers is None:
        workers = inventory.load(settings.farm.inventory)
    rows = [row for row in (live_rows(settings) if table is None else table) if row.workers(workers)]
    farm, remote = settings.farm, settings.github.remote
    return {
        "title": f"{settings.release.product} farm",
        "titleURL": settings.console.address,
        "buildbotURL": farm.web_url,
        "buildbotNetUsageData": None,  # tells nobody about this installation
        "db": {"db_url": "sqlite:///state.sqlite", "engine_kwargs": KEPT_OPEN},
        "protocols": {"pb": {"port": _worker_port(farm)}},
        "www": {
            "port": f"tcp:{farm.web_port}:interface={farm.web_host}",
            "plugins": {name: {} for name in PLUGINS},
            **roles.www(settings, workers),
        },
        "workers": [_worker(each, farm) for each in workers],
        "builders": [_builder(row, workers, remote, farm.builders) for row in rows],
        "schedulers": all_schedulers(rows, remote),
        "services": [*_services(settings, rows, farm_id), _presence(settings, workers), _janitor(settings)],
        "collapseRequests": False,  # each request was asked for; which ones to spare is decided where they are made
        "prioritizeBuilders": _by_rank({row.name: row.kind.rank for row in rows}),
        "caches": {"Builds": 500, "BuildRequests": 500, "SourceStamps": 500},
    }


def _worker_port(farm: Farm) -> str:
    """Where workers call, as Twisted's `serverFromString` reads it: through TLS where there is a certificate for it."""
    if not farm.worker_certificate:
        return f"tcp:{farm.worker_port}:interface={farm.web_host}"
    if not farm.worker_certificate.is_file():
        raise SettingsError(f"farm.worker_certificate is {farm.worker_certificate}: no such file: give a PEM file")
    pem = quoteStringArgument(str(farm.worker_certificate.resolve()))
    return f"ssl:{farm.worker_port}:interface={farm.web_host}:certKey={pem}:privateKey={pem}"


def _worker(row: Worker, farm: Farm) -> WatchedWorker:
    password, silent_s = farm.worker_password.get_secret_value(), farm.worker_silent_s
    properties = {"jobs": row.jobs, "owner": row.owner}
    more = {"max_builds": row.max_builds, "keepalive_interval": silent_s, "properties": properties}
    return WatchedWorker(row.name, password, **more)


def _builder(row: BuilderRow, workers: Sequence[Worker], remote: str, table: str) -> util.BuilderConfig:
    kind = row.kind
    return util.BuilderConfig(
        name=row.name,
        workernames=[each.name for each in row.workers(workers)],
        factory=factories.factory(row, remote, table),
        canStartBuild=_can_start(row, {each.name: each.downtime for each in workers if each.downtime}),
        tags=[kind.kind, row.branch, f"tier-{kind.tier}" if kind.tier else "tierless", _stability(kind.stable)],
        # a build keeps these, so that it can be reported after its branch and builder are gone
        properties={"kind": kind.kind, "tier": kind.tier, "stable": kind.stable, "line": row.branch},
        description=f"{row.version}: {' '.join(kind.configure) or 'as released'}",
    )


def _can_start(row: BuilderRow, downtimes: Mapping[str, tuple[str, ...]]) -> Any:
    """A worker that lacks what its row in the inventory promises is not given what needs it: it would fail for sure.

    Nor is one given anything in its downtime.
    """
    told = set()

    def can_start(_builder: Any, on: Any, _request: Any) -> bool:
        if is_down(downtimes.get(on.worker.workername, ()), datetime.now(UTC)):
            return False
        missing = lacking(row.kind.needs, str(on.worker.info.getProperty("tags", "")))
        if missing and on.worker.workername not in told:
            told.add(on.worker.workername)
            log.msg(f"{on.worker.workername} has no {', '.join(missing)} by its own probe: it is not given {row.name}")
        return not missing

    return can_start


def _stability(stable: bool) -> str:
    return "stable" if stable else "unstable"


def _services(settings: Settings, rows: Sequence[BuilderRow], farm_id: str) -> list[Any]:
    told = tuple(
        Builder(row.name, row.kind.kind, row.kind.tier, row.kind.stable, row.branch, row.version, "") for row in rows
    )
    branches = tuple((row.name, row.branch) for row in rows)
    nightly = tuple(row.name for row in rows if row.kind.nightly)
    return [
        Reporter(database_url=settings.database, builders=told, web_url=settings.farm.web_url, farm_id=farm_id),
        Requests(
            database_url=settings.database,
            branches=branches,
            nightly=nightly,
            slow=tuple(row.name for row in rows if row.kind.slow),
            patience=_patience(settings),
            remote=settings.github.remote,
        ),
    ]


def _presence(settings: Settings, workers: Sequence[Worker]) -> Presence:
    """Who is here, what runs and what waits, for pages; and whose owner is to be told of an absence."""
    rows = tuple((each.name, each.owner, each.downtime) for each in workers)
    farm = settings.farm
    return Presence(database_url=settings.database, workers=rows, web_url=farm.web_url, missing_s=farm.worker_missing_s)


def _janitor(settings: Settings) -> Janitor:
    """Rules as plain rows: Buildbot compares what services are given."""
    farm = settings.farm
    rules = tuple((rule.builders, rule.days) for rule in farm.keep)
    return Janitor(database_url=settings.database, rules=rules, days=farm.keep_results_days, logs=farm.keep_logs_days)


def _patience(settings: Settings) -> tuple[tuple[str, float, float], ...]:
    """Pace of a push, quiet time and longest wait; plain, because Buildbot compares what services are given."""
    farm = settings.farm
    return (
        (QUICK, farm.quiet_s, max(farm.quiet_most_s, farm.quiet_s)),
        (SLOW, farm.refleak_quiet_s, max(farm.refleak_most_s, farm.refleak_quiet_s)),
    )


def _by_rank(ranks: dict[str, int]) -> Any:
    """Quick builders first, so that the long ones do not hold up the first answer."""

    def prioritise(_master: Any, waiting: list[Any]) -> list[Any]:
        return sorted(waiting, key=lambda builder: (ranks.get(builder.name, 0), builder.name))

    return prioritise


def farm_id(basedir: Path) -> str:
    """The name that `run.prepare` gave to this master's directory."""
    return (basedir / "farm-id").read_text(encoding="ascii").strip()
