"""A version's whole life through the engine: alphas on main, a branch born at the first beta, candidates, final, fixes.

Each release is killed once, at a step that differs from release to release, and carried on.
"""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core import results
from core.results import Build, Builder
from core.versions import Version
from release import gates, patchlevel, repo, verify
from release.judging import Blockers
from release.plan import plan
from release.sign import keys_for
from tests import release_house as house_of
from tests.release_forked import cut_apart
from tests.release_house import House

ROOT = Path(__file__).parent.parent
REGISTRY = """
[metadata."1.2"]
release-manager = "release-manager"
start-of-development = 2025-05-06
feature-freeze = 2026-05-05
first-release = 2026-10-06
end-of-bugfix = 2027-10-05
end-of-life = 2027-12-14

[metadata."1.3"]
release-manager = "release-manager"
start-of-development = 2026-05-05
feature-freeze = 2027-05-04
first-release = 2027-10-05
end-of-bugfix = 2028-10-03
end-of-life = 2028-12-12
"""
RELEASES = (
    ("1.3.0a2", date(2026, 11, 17)),
    ("1.3.0b1", date(2027, 5, 4)),
    ("1.3.0rc1", date(2027, 8, 3)),
    ("1.3.0", date(2027, 10, 5)),
    ("1.3.1", date(2028, 2, 1)),
    ("1.3.2", date(2028, 11, 7)),  # with security fixes only
)


def at(root: Path, today: date) -> House:
    """The house with a registry that plans the life, on that day."""
    house = house_of.at(root)
    return replace(house, settings=house.settings.model_copy(update={"registry": root / "rabbit.toml", "today": today}))


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    house = house_of.build(tmp_path, green=False)
    rows = [
        f'[[release."1.3"]]\nversion = "{version}"\nstate = "expected"\ndate = {day}\n' for version, day in RELEASES
    ]
    (tmp_path / "rabbit.toml").write_text(REGISTRY + "\n" + "\n".join(rows), encoding="utf-8")
    yield tmp_path
    house.engine.dispose()


def green(house: House, ref: str) -> None:
    """The one builder of 1.3 is green at the head of `ref`."""
    results.set_builders(house.engine, [Builder("debug", "debug", 1, True, ref, "1.3", "")])
    commit = repo.git(house.origin, "rev-parse", f"refs/heads/{ref}")
    day = f"{house.settings.today}T08:00:00+00:00"
    number = len(results.history(house.engine, "debug", ref)) + 1
    build = Build(
        key=f"debug/{ref}/{number}",
        builder="debug",
        kind="debug",
        tier=1,
        stable=True,
        branch=ref,
        commit=commit,
        number=number,
        result="success",
        url="",
        started=day,
        finished=day,
    )
    results.record(house.engine, build, f"branch:refs/heads/{ref}")


def news(house: House, ref: str, number: int) -> None:
    """Somebody mends something on the branch."""
    work = house.root / f"fix-{number}"
    subprocess.run(["git", "clone", "--quiet", "--branch", ref, str(house.origin), str(work)], check=True)
    entry = work / f"Misc/NEWS.d/next/Library/2026-11-19-10-00-{number:02}.gh-issue-{number}.Ab3d{number:02}.rst"
    entry.parent.mkdir(parents=True, exist_ok=True)
    entry.write_text(f"Mend number {number} of the things that were broken.\n", encoding="utf-8")
    who = {"GIT_AUTHOR_NAME": "ada", "GIT_AUTHOR_EMAIL": "ada@users.noreply.invalid"}
    who |= {"GIT_COMMITTER_NAME": "ada", "GIT_COMMITTER_EMAIL": "ada@users.noreply.invalid"}
    repo.git(work, "add", "--all")
    repo.git(work, "commit", "--quiet", "--message", f"gh-{number}: Mend it", env=who)
    repo.git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{ref}")


def says(house: House, ref: str) -> str:
    return str(patchlevel.read(repo.read(house.origin, ref, "Include/patchlevel.h")))


def test_from_an_alpha_to_the_last_security_fix_with_a_kill_in_each_release(root: Path) -> None:
    chance = random.Random("a life")  # noqa: S311  # which step is killed: the same ones in every run
    for number, (version, day) in enumerate(RELEASES):
        house = at(root, day)
        ref = "main" if number < 2 else "1.3"
        if number:
            news(house, ref, number)
        green(house, ref)
        crash = f"{chance.choice(plan(Version.parse(version), 'real')).id}:{chance.choice(('before', 'after'))}"
        assert cut_apart(house, crash, version, day, real=True) == -signal.SIGKILL, crash
        assert cut_apart(house, "", version, day, real=True) == "done", (version, crash)
        assert says(house, f"v{version}") == version
        assert says(house, ref if version != "1.3.0b1" else "1.3") == f"{version}+"
        published = house.settings.downloads / version
        assert verify.verify(published, keys_for(house.settings, "1.3")) == []
        house.engine.dispose()
    assert says(house, "main") == "1.4.0a0"
    assert "What's New in Rabbit 1.4" in repo.read(house.origin, "main", "Doc/whatsnew/1.4.rst")
    tags = repo.git(house.origin, "tag", "--list").splitlines()
    assert sorted(tags) == sorted(f"v{version}" for version, _ in RELEASES)


def test_at_the_first_beta_the_branch_is_born_at_the_commit_after_the_release(root: Path) -> None:
    house = at(root, RELEASES[1][1])
    with disposing(house):
        make_alpha_the_past(root)
        green(house, "main")
        before = house.head
        for crash in ("branch:before", "branch:after", "push:before", "push:after"):
            assert cut_apart(house, crash, *RELEASES[1], real=True) == -signal.SIGKILL, crash
        assert cut_apart(house, "", *RELEASES[1], real=True) == "done"
        log = repo.git(house.origin, "log", "--format=%s", f"{before}..main").splitlines()
        assert log == ["Begin 1.4", "Post 1.3.0b1", "Rabbit 1.3.0b1"]
        assert repo.git(house.origin, "rev-parse", "1.3") == repo.git(house.origin, "rev-parse", "main^")
        assert repo.git(house.origin, "rev-parse", "v1.3.0b1^{commit}") == repo.git(house.origin, "rev-parse", "main~2")


def test_a_branch_that_is_there_already_holds_the_first_beta_back(root: Path) -> None:
    house = at(root, RELEASES[1][1])
    with disposing(house):
        make_alpha_the_past(root)
        green(house, "main")
        repo.git(house.origin, "branch", "1.3", "main")
        found = gates.excuses(
            house.settings, house.engine, "1.3.0b1", RELEASES[1][1], lambda settings: Blockers((), complete=True)
        )
        stops = [excuse.reason for excuse in found if excuse.state == "block"]
        assert stops == [f"1.3 is a branch already, at {house.head[:10]}: 1.3.0b1 would make it"]


@contextmanager
def disposing(house: House) -> Iterator[None]:
    try:
        yield
    finally:
        house.engine.dispose()


def make_alpha_the_past(root: Path) -> None:
    file = root / "rabbit.toml"
    file.write_text(file.read_text().replace('"1.3.0a2"\nstate = "expected"', '"1.3.0a2"\nstate = "actual"'))
