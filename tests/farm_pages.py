"""A farm for pages: three living branches, red and green builders, flakes, leaks, notices, workers, a queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer
from sqlalchemy import Engine, insert

from console import web
from core import models, records, results, settings, standings
from core.database import connect, writing
from core.records import Pull
from core.results import Build, Builder
from core.settings import Settings
from core.store import Store

NASTY = '<script>alert("x")</script>'
GOOD, BAD = "a" * 40, "b" * 40
RULES = "test_socket until 2026-11-30 because gh-1: the port is taken now and then\ntest_old until 2026-01-01 because x"
BUILDERS = (
    ("debug", 1, True),
    ("release", 1, True),
    ("asan", 2, True),
    ("refleak", 2, True),
    ("s390x", 3, True),
    ("oddball", 0, False),
)


def builder(kind: str, tier: int, stable: bool, version: str, branch: str) -> Builder:
    return Builder(f"{kind} {version}", kind, tier, stable, branch, version, f"http://farm/#/builders/{kind}-{version}")


def build(where: Builder, number: int, commit: str, result: str = "success", **tests: str) -> Build:
    """A build of these test files: `test_a="failed"`; `again` is one that passed when it was run again."""
    files = [
        {
            "name": name,
            "state": "failed" if state == "again" else state,
            "reason": "",
            "duration_s": 1.5 + len(name),
            "rerun": "passed" if state == "again" else None,
            "cases": [{"id": f"test.{name}.C.test_m", "outcome": "fail", "traceback": ""}] if state == "failed" else [],
            "leaks": [],
        }
        for name, state in tests.items()
    ]
    bad = [name for name, state in tests.items() if state in ("failed", "refleak")]
    verdict = {"complete": True, "files": files, "failed": bad, "env_changed": []}
    verdict |= {"leaked": [name for name, state in tests.items() if state == "refleak"]}
    verdict |= {"flaky": [name for name, state in tests.items() if state == "again"]}
    return Build(
        key=f"{where.name}/{number}",
        builder=where.name,
        kind=where.kind,
        tier=where.tier,
        stable=where.stable,
        branch=where.branch,
        commit=commit,
        number=number,
        result=result,
        url=f"http://farm/builds/{number}",
        started="2026-11-20T10:00:00.000+00:00",
        finished=f"2026-11-20T{10 + number // 60:02}:{number % 60:02}:00.000+00:00",
        worker="here",
        failed_step="test" if result == "failure" else "",
        verdict=verdict,
    )


def fill(engine: Engine) -> None:
    """`main` cannot be released, 1.2 concerns somebody, 1.1 is well."""
    rows = {
        (kind, version): builder(kind, tier, stable, version, branch)
        for version, branch in (("1.3", "main"), ("1.2", "1.2"), ("1.1", "1.1"))
        for kind, tier, stable in BUILDERS
    }
    results.set_builders(engine, list(rows.values()))
    for (kind, _), row in rows.items():
        for number in range(1, 31):
            leaks = {"test_list": "refleak"} if kind == "refleak" and number % 7 == 0 else {}
            once = {"test_socket": "again" if number % 9 == 0 and kind == "debug" else "passed"}
            outcome = "failure" if leaks else "warnings" if "again" in once.values() else "success"
            keep(engine, build(row, number, f"{number:039x}0", outcome, test_int="passed", **once, **leaks))
        keep(engine, build(row, 31, GOOD, test_int="passed", test_socket="passed"))
    for number in (32, 33):
        keep(engine, build(rows["debug", "1.3"], number, BAD, "failure", test_int="failed", test_socket="passed"))
        keep(engine, build(rows["oddball", "1.3"], number, BAD, "failure", test_int="failed"))
    keep(engine, replace(build(rows["s390x", "1.2"], 32, BAD, "failure"), failed_step="compile", verdict={}))
    tell(engine)
    see(engine, list(rows.values()))


def keep(engine: Engine, found: Build) -> None:
    assert results.record(engine, found, f"branch:refs/heads/{found.branch}")


def tell(engine: Engine) -> None:
    """The push that broke it, its pull request, and the notices."""
    commits = [
        {"id": commit, "message": message, "author": {"name": "ada", "username": "ada"}}
        for commit, message in ((GOOD, "Good (#6)"), ("c" * 40, f"Fine {NASTY} (#7)"), (BAD, "Bad (#8)"))
    ]
    push = {"ref": "refs/heads/main", "before": "0" * 40, "after": BAD, "commits": commits}
    Store(engine).keep("push-1", "github", "push", "branch:refs/heads/main", push)
    pull = Pull(8, "Bad", "ada", "merged", False, "main", "d" * 40, BAD, "", "", ())
    records.remember_pull(engine, pull)
    seen = {"debug 1.3": {"red": True, "kind": "debug", "tier": 1, "worker": "here", "commit": BAD, "url": "http://x"}}
    body = {"branch": "main", "test": "test_int", "kind": "failed", "sentence": "test_int failed", "builders": seen}
    records.open_notice(
        engine, "main test_int failed", 8, BAD, body, "told on #8, the only change since it last worked"
    )
    other = {**body, "test": "", "kind": "step:compile", "sentence": f"compile failed {NASTY}", "branch": "1.2"}
    records.open_notice(engine, "1.2  step:compile", None, BAD, other, "nobody was told: 2 changes came in: #7, #8")


def see(engine: Engine, rows: list[Builder]) -> None:
    """One worker that builds, one that is away; builds that wait."""
    names = [row.name for row in rows]
    so_far = [{"test": "test_int", "what": "leaked [1, 1, 1] references"}, {"test": NASTY, "what": "failed"}]
    began = "2026-11-20T12:00:00+00:00"
    doing = [{"builder": "debug 1.3", "number": 34, "url": "http://farm/34", "started": began, "so_far": so_far}]
    shared = {"owner": "core-dev", "paused": False, "told": "", "since": "2026-11-20T08:00:00.000+00:00"}
    workers: list[dict[str, Any]] = [
        {**shared, "name": "here", "connected": True, "downtime": "", "builders": names, "doing": doing},
        {**shared, "name": "gone", "connected": False, "downtime": "Sundays", "builders": names[:1], "doing": []},
    ]
    with writing(engine) as connection:
        connection.execute(insert(models.farm_workers), workers)
    waiting = {"builder": "release 1.3", "waiting": 3, "oldest": "2026-11-20T11:00:00.000+00:00", "reason": "a push"}
    standings.set_queue(engine, [waiting])


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[str, Engine, Settings]]:
    """The pages over a database that `fill` filled: their address."""
    environ = {"CAMELOT_TODAY": "2026-11-20", "CAMELOT_DATA": str(folder)}
    chosen = settings.load(environ, overrides={"farm": {"known_flakes": RULES}})
    engine = connect(chosen.database)
    with writing(engine):  # one transaction for all
        fill(engine)
    server = TestServer(web.application(chosen, engine))
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/"), engine, chosen
    finally:
        await server.close()
        engine.dispose()
