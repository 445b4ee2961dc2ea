"""A small world for release tests: a repository with a program that builds in a second, a database, green builders."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from core import branches, database, results, settings
from core.results import Build, Builder
from release import repo

TODAY = date(2026, 11, 20)
VERSION = "1.3.0a2"

CONFIGURE = """#!/bin/sh
sed "s|@CC@|${CC:-cc}|" Makefile.in > Makefile
"""
MAKEFILE = """all: rabbit
rabbit: rabbit.c Include/patchlevel.h
\t@CC@ -IInclude -o rabbit rabbit.c
"""
PROGRAM = """#include <stdio.h>
#include <string.h>
#include "patchlevel.h"
int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "-VV") == 0) { puts("Rabbit " PY_VERSION); return 0; }
    puts("42");
    return 0;
}
"""
PATCHLEVEL = """/* The version. */
#define PY_RELEASE_LEVEL_ALPHA  0xA
#define PY_RELEASE_LEVEL_FINAL  0xF     /* serial should be 0 here */
#define PY_MAJOR_VERSION        1
#define PY_MINOR_VERSION        3
#define PY_MICRO_VERSION        0
#define PY_RELEASE_LEVEL        PY_RELEASE_LEVEL_ALPHA
#define PY_RELEASE_SERIAL       1

/* Version as a string */
#define PY_VERSION              "1.3.0a1+"
"""
README = """This is Rabbit version 1.3.0 alpha 1+
=====================================

A test's rabbit.
"""
ENTRY = "Misc/NEWS.d/next/Library/2026-11-18-10-00-00.gh-issue-7.Ab3dEf.rst"
FILES = {
    "configure": CONFIGURE,
    "Makefile.in": MAKEFILE,
    "rabbit.c": PROGRAM,
    "Include/patchlevel.h": PATCHLEVEL,
    "README.md": README,
    ".gitignore": "rabbit\nMakefile\n",
    ENTRY: "Slicing a list with a negative step keeps its ends.\n",
}


@dataclass(frozen=True)
class House:
    """Where everything is. `origin` stands for the forge's repository."""

    root: Path
    origin: Path
    settings: settings.Settings
    engine: Engine

    @property
    def head(self) -> str:
        return repo.git(self.origin, "rev-parse", "refs/heads/main")


def build(root: Path, green: bool = True) -> House:
    """Make it all below `root`; with `green` the builders have built the head of main."""
    origin = root / "forge" / "rabbit" / "rabbit.git"
    origin.mkdir(parents=True)
    repo.git(origin, "init", "--quiet", "--bare", "--initial-branch=main", ".")
    commit(origin, root / "author", FILES, "Begin")
    shutil.copyfile(branches.registry_path("rabbit"), root / "registry.toml")  # a release writes its day there
    house = at(root)
    farm(house)
    if green:
        all_green(house)
    return house


def at(root: Path, git_url: str = "") -> House:
    """The house that was built below `root`, as another process sees it; `git_url`: its repository is elsewhere."""
    github = {"git_url": git_url or str(root / "forge"), "repository": "rabbit/rabbit"}
    own = {"data": str(root / "data"), "github": github, "today": TODAY, "registry": str(root / "registry.toml")}
    given = settings.load({}, "rabbit", own)
    engine = database.connect(given.database)
    return House(root, root / "forge" / "rabbit" / "rabbit.git", given, engine)


def commit(origin: Path, work: Path, files: dict[str, str], subject: str) -> str:
    """Put files onto main; the commit."""
    if not work.exists():
        subprocess.run(["git", "clone", "--quiet", str(origin), str(work)], check=True, capture_output=True)
    repo.git(work, "checkout", "--quiet", "-B", "main")
    for name, text in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755 if name == "configure" else 0o644)
    moment = "2026-11-19T09:00:00+00:00"
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in _person(moment)}
    repo.git(work, "add", "--all")
    repo.git(work, "commit", "--quiet", "--message", subject, env=who)
    repo.git(work, "push", "--quiet", str(origin), "HEAD:refs/heads/main")
    return repo.git(work, "rev-parse", "HEAD")


def _person(moment: str) -> tuple[tuple[str, str], ...]:
    return (("NAME", "ada"), ("EMAIL", "ada@users.noreply.invalid"), ("DATE", moment))


def farm(house: House) -> None:
    """Two builders that count, and one of tier 3 that does not."""
    rows = [
        Builder("debug", "debug", 1, True, "main", "1.3", ""),
        Builder("refleak", "refleak", 1, True, "main", "1.3", ""),
        Builder("odd", "debug", 3, True, "main", "1.3", ""),
    ]
    results.set_builders(house.engine, rows)


def all_green(house: House) -> None:
    for name in ("debug", "refleak"):
        built(house, name, "success", house.head)


def built(
    house: House,
    builder: str,
    result: str,
    commit: str,
    finished: str = "2026-11-20T08:00:00+00:00",
    branch: str = "main",
) -> None:
    """A build ended."""
    number = len(results.history(house.engine, builder, branch)) + 1
    build = Build(
        key=f"{builder}/{number}",
        builder=builder,
        kind=builder,
        tier=1,
        stable=True,
        branch=branch,
        commit=commit,
        number=number,
        result=result,
        url=f"http://127.0.0.1/{builder}/{number}",
        started=finished,
        finished=finished,
    )
    results.record(house.engine, build, f"branch:refs/heads/{branch}")


def environment() -> dict[str, str]:
    """Ours, for processes that a test starts."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
