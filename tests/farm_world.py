"""A farm of real processes for tests: master, worker and the git repository of a tree that builds in no time.

The tree's tests print the log that lies in it: `tests.log`, or `leaks.log` when they are asked to hunt for leaks. They
wait as long as the file `gate` beside the repository exists, and leave what they see of the environment in `environ`.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from console import service
from console.service import Running, Service
from core import branches, database, results, settings
from core.results import Build
from core.store import Store

ROOT = Path(__file__).parents[1]
PASSWORD = "a-password-that-nobody-else-uses"
PATIENCE_S = 90.0
DAY = "2026-11-20"
REPOSITORY = "rabbit/tree"
COMMITTER = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "ada"), ("EMAIL", "ada@example.org"))
}

CONFIGURE = """#!/bin/sh
echo "configured with $*"
cp Makefile.in Makefile
"""

MAKEFILE = """all:
	echo compiled > program
pythoninfo:
	@echo "version: 1.3"
buildbottest:
	@env > {folder}/environ; touch {folder}/testing
	@while test -e {folder}/gate; do sleep 0.05; done
	@case "$(TESTOPTS)" in *-R*) cat leaks.log; exit 2;; *) cat tests.log; exit `cat code`;; esac
distclean:
	rm -f program Makefile
"""

GOOD = """0:00:00 load avg: 0.50 Run 2 tests in parallel using 2 worker processes (timeout: 20 min)
0:00:00 load avg: 0.50 [1/2] test_int passed
0:00:01 load avg: 0.50 [2/2] test_list passed
Warning --   Before: (1, environ({'API_TOKEN': 'hunter2', 'HOME': '/home/ada'}))

== Tests result: SUCCESS ==

All 2 tests OK.

Total duration: 1.0 sec
Total tests: run=40
Total test files: run=2/2
Result: SUCCESS
"""

LEAKS = """0:00:00 load avg: 0.50 Run 2 tests in parallel using 2 worker processes (timeout: 45 min)
0:00:00 load avg: 0.50 [1/2] test_int passed
0:00:01 load avg: 0.50 [2/2/1] test_list failed (reference leak)
beginning 6 repetitions. Showing number of leaks (. for 0 or less, X for 10 or more)
123:456
XXX 222
test_list leaked [2, 2, 2] references, sum=6
test_list leaked [1, 0, 1] memory blocks, sum=2 (this is fine)

== Tests result: FAILURE ==

1 test failed:
    test_list

1 test OK.

Total duration: 1.0 sec
Total tests: run=240
Total test files: run=2/2 failed=1
Result: FAILURE
"""


class Farm:
    """`await start()` brings master and worker up; `stop` ends both. `folder` holds everything.

    `make_tree(bare, folder)` makes the repository and returns the commit to build; without it, the tree above.
    `more` are further lines of the section [farm] of its settings; `workers` are names of its inventory.
    """

    def __init__(
        self,
        folder: Path,
        make_tree: Callable[[Path, Path], str] | None = None,
        more: str = "",
        workers: Sequence[str] = ("local",),
    ) -> None:
        self.folder, self.today, self.workers = folder, DAY, workers
        self.registry = folder / "registry.toml"
        self.registry.write_text(branches.registry_path("rabbit").read_text(encoding="utf-8"), encoding="utf-8")
        self.web, self.port = _free_port(), _free_port()
        self.running: dict[str, Running] = {}
        self.gate, self.testing = folder / "gate", folder / "testing"
        config = f"[farm]\nweb_port = {self.web}\nworker_port = {self.port}\n{more}"
        (folder / "camelot.toml").write_text(config, encoding="utf-8")
        self.tree = folder / "git" / f"{REPOSITORY}.git"
        self.commit = (make_tree or _make_tree)(self.tree, folder)
        self.engine = database.connect(self.settings.database)
        self.store = Store(self.engine)

    @property
    def environ(self) -> dict[str, str]:
        ours = {
            "CAMELOT_CONFIG": str(self.folder / "camelot.toml"),
            "CAMELOT_DATA": str(self.folder / "data"),
            "CAMELOT_REGISTRY": str(self.registry),
            "CAMELOT_TODAY": self.today,
            "CAMELOT_WORKER_PASSWORD": PASSWORD,
            "GITHUB_GIT_URL": f"file://{self.folder / 'git'}",
            "GITHUB_REPOSITORY": REPOSITORY,
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **ours}

    @property
    def settings(self) -> settings.Settings:
        return settings.load(self.environ)

    async def start(self) -> None:
        for name in ("master", *self.workers):
            if name not in self.running or not self.running[name].alive:
                self.running[name] = await self._start(name)

    async def stop(self) -> None:
        self.gate.unlink(missing_ok=True)
        for name in (*self.workers, "master"):
            if name in self.running:
                await self.running.pop(name).stop()

    async def _start(self, name: str) -> Running:
        ready: Callable[[], Awaitable[bool]]
        if name == "master":
            arguments, ready = ["buildmaster"], self._answers
        else:
            where = ("--master", f"127.0.0.1:{self.port}", "--basedir", str(self.folder / f"worker-{name}"))
            arguments, ready = ["worker", "--name", name, *where], partial(self._has_worker, name)
        what = Service(name, (sys.executable, "-m", "console", *arguments), ready, PATIENCE_S)
        running = await asyncio.to_thread(service.start, what, self.environ, self.folder / f"{name}.log", ROOT)
        self.running[name] = running
        await running.wait_ready()
        return running

    async def _answers(self) -> bool:
        return await asyncio.to_thread(self.get, "masters") is not None

    async def _has_worker(self, name: str = "local") -> bool:
        found = await asyncio.to_thread(self.get, "workers")
        return bool(found) and any(each["connected_to"] for each in found["workers"] if each["name"] == name)

    def get(self, path: str) -> Any:
        """What Buildbot's REST interface answers; None while it does not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/api/v2/{path}", timeout=10) as answer:  # noqa: S310
                return json.load(answer)
        except (urllib.error.URLError, http.client.HTTPException, OSError):  # or breaks off in the middle
            return None

    async def built(self, count: int) -> list[Build]:
        """All builds of the tree's commit, once there are `count`."""
        await until(lambda: len(results.of_commit(self.engine, self.commit)) >= count)
        return results.of_commit(self.engine, self.commit)


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        await asyncio.sleep(0.05)


def _make_tree(bare: Path, folder: Path) -> str:
    """The repository with one commit on main, 1.2 and 1.1; the commit."""
    work = folder / "tree"
    files: Mapping[str, str] = {
        "configure": CONFIGURE,
        "Makefile.in": MAKEFILE.format(folder=folder),
        "tests.log": GOOD,
        "leaks.log": LEAKS,
        "code": "0\n",
    }
    work.mkdir()
    for name, text in files.items():
        (work / name).write_text(text, encoding="utf-8")
    (work / "configure").chmod(0o755)
    _git(work, "init", "-q", "-b", "main")
    _git(work, "add", ".")
    _git(work, "commit", "-q", "-m", "A tree")
    _git(work, "branch", "1.2")
    _git(work, "branch", "1.1")
    bare.parent.mkdir(parents=True)
    _git(work, "clone", "-q", "--bare", ".", str(bare))
    return _git(work, "rev-parse", "HEAD")


def proposed(bare: Path, number: int) -> str:
    """A change to main that is not merged yet, kept as a forge keeps it; its newest commit."""
    tree = _git(bare, "rev-parse", "main^{tree}")
    head = _git(bare, "commit-tree", tree, "-p", "main", "-m", "A change")
    merge = _git(bare, "commit-tree", tree, "-p", "main", "-p", head, "-m", "Merge it")
    _git(bare, "update-ref", f"refs/pull/{number}/merge", merge)
    return head


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **COMMITTER}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
