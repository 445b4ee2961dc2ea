"""How long the master takes to start with 1,036 builders on SQLite, with an empty database and with its own.

`python -m console.bench.master [BUILDERS]`. The table is made here: as many builders as python.org has, on 56 workers,
over the branches that live. The floor is a bare Buildbot with as many builders and nothing else of ours.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core import settings
from core.settings import Settings

BUILDERS, WORKERS = 1036, 56
PATIENCE_S = 600
BUILDBOT = str(Path(sys.executable).with_name("buildbot"))
BARE = """
from buildbot.plugins import schedulers, util, worker
factory = util.BuildFactory()
workers = ["worker-%02d" % number for number in range({workers})]
names = ["builder-%04d" % number for number in range({builders})]
BuildmasterConfig = {{
    "db": {{"db_url": "sqlite:///state.sqlite"}}, "protocols": {{"pb": {{"port": "tcp:0:interface=127.0.0.1"}}}},
    "buildbotNetUsageData": None, "workers": [worker.Worker(name, "x") for name in workers],
    "builders": [util.BuilderConfig(name=name, workernames=[workers[at % len(workers)]], factory=factory)
                 for at, name in enumerate(names)],
    "schedulers": [schedulers.ForceScheduler(name="force", builderNames=names)],
}}
"""


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["run"]:
        sys.exit(_run(Path(arguments[1]), int(arguments[2])))
    count = int(arguments[0]) if arguments else BUILDERS
    print(f"master with {count:,} builders on SQLite, start to running; wanted: <= 12 s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        ours = [sys.executable, "-m", "console.bench.master", "run", folder, str(count)]
        for what in ("ours, empty database", "ours, its own database", "ours, its own database again"):
            print(f"  {what:34} {_started(ours, Path(folder) / 'farm' / 'twistd.log'):6.1f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        _bare(Path(folder), count)
        bare = [BUILDBOT, "start", "--nodaemon", folder]
        for what in ("floor: bare, empty database", "floor: bare, its own database"):
            print(f"  {what:34} {_started(bare, Path(folder) / 'twistd.log'):6.1f} s", flush=True)


def _started(command: Sequence[str], log: Path) -> float:
    """Seconds until the log says that it runs; then it is stopped."""
    size = log.stat().st_size if log.exists() else 0
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        while not (log.exists() and b"BuildMaster is running" in log.read_bytes()[size:]):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                said = log.read_text()[-2000:] if log.exists() else "nothing"
                raise RuntimeError(f"the master did not start; its log ends with {said}")
            time.sleep(0.05)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def _run(folder: Path, count: int) -> int:
    from buildmaster import run
    from buildmaster.builders import BuilderRow, table
    from buildmaster.inventory import Worker

    chosen = _settings(folder)
    branches = chosen.load_registry().live(chosen.day())
    kinds = [kind for kind in table("cpython") if kind.enabled]
    tags = frozenset(tag for kind in kinds for tag in kind.needs)
    rows = []
    for number in range(count):
        branch, place = branches[number % len(branches)], number // len(branches)
        kind, machine = kinds[place % len(kinds)], f"machine-{place % WORKERS:02}"
        name = f"{kind.name} {place:03}"
        mine = replace(kind, name=name, needs=(machine,))
        rows.append(BuilderRow(mine, branch.ref(chosen.day()), branch.version))
    workers = [Worker(f"machine-{at:02}", "core-dev", tags | {f"machine-{at:02}"}) for at in range(WORKERS)]
    where = run.basedir(chosen)
    run.prepare(chosen, where)
    return run.Master(chosen, where, rows, workers).run()


def _settings(folder: Path) -> Settings:
    farm = {"web_port": _free(), "worker_port": _free(), "worker_password": "of-the-benchmark"}
    return settings.load({"CAMELOT_TODAY": "2026-11-20", "CAMELOT_DATA": str(folder)}, "cpython", {"farm": farm})


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bare(folder: Path, count: int) -> None:
    made = [BUILDBOT, "create-master", "-q", str(folder)]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    (folder / "master.cfg").write_text(BARE.format(workers=WORKERS, builders=count))


if __name__ == "__main__":
    main(sys.argv[1:])
