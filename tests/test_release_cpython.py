"""CPython's layout is released by the same commands: a small tree with its own names, under its own profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core import results, settings
from core.results import Builder
from core.versions import Version
from release import cut, patchlevel, repo, verify
from tests import release_house as house_of
from tests.release_house import House

TODAY, VERSION, BRANCH = date(2026, 10, 6), "3.14.8", "3.14"  # as the registry plans it
ENTRY = "Misc/NEWS.d/next/Core_and_Builtins/2026-09-18-10-00-00.gh-issue-139000.Ab3dEf.rst"
NUMBERS = {"MAJOR_VERSION": "3", "MINOR_VERSION": "14", "MICRO_VERSION": "7", "RELEASE_SERIAL": "0"}
PATCHLEVEL = "".join(
    (
        "#define PY_RELEASE_LEVEL_ALPHA  0xA\n#define PY_RELEASE_LEVEL_FINAL  0xF\n",
        *(f"#define PY_{name:<20} {value}\n" for name, value in NUMBERS.items()),
        "#define PY_RELEASE_LEVEL        PY_RELEASE_LEVEL_FINAL\n",
        '#define PY_VERSION              "3.14.7+"\n',
    )
)
README = "This is Python version 3.14.7+\n==============================\n\nA test's python.\n"
FILES = {
    "configure": house_of.CONFIGURE,
    "Makefile.in": house_of.MAKEFILE.replace("rabbit", "python"),
    "python.c": house_of.PROGRAM.replace("Rabbit", "Python"),
    "Include/patchlevel.h": PATCHLEVEL,
    "README.rst": README,
    "Doc/whatsnew/3.14.rst": "What's new\n==========\n",
    ".gitignore": "python\nMakefile\n",
    ".github/CODEOWNERS": "* @python/core\n",
    ENTRY: "The parser keeps the position of a backslash at the end of a file.\n",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """As `release_house` builds it, but of python/cpython, with its branch 3.14 green."""
    made = house_of.build(tmp_path, green=False)
    origin = tmp_path / "forge" / "python" / "cpython.git"
    origin.mkdir(parents=True)
    repo.git(origin, "init", "--quiet", "--bare", "--initial-branch=main", ".")
    house_of.commit(origin, tmp_path / "theirs", FILES, "Begin")
    repo.git(origin, "branch", BRANCH, "main")
    github = {"git_url": str(tmp_path / "forge"), "repository": "python/cpython"}
    given = settings.load({}, "cpython", {"data": str(tmp_path / "data"), "github": github, "today": TODAY})
    results.set_builders(made.engine, [Builder("x86-64 debug 3.14", "debug", 1, True, BRANCH, BRANCH, "")])
    yield replace(made, origin=origin, settings=given)
    made.engine.dispose()


def test_a_bug_fix_release_is_rehearsed_on_cpythons_layout(house: House) -> None:
    house_of.built(house, "x86-64 debug 3.14", "success", house.head, f"{TODAY}T08:00:00+00:00", BRANCH)
    result = cut.cut(house.settings, house.engine, VERSION, "Hugo van Kemenade", today=TODAY)
    assert (result.state, result.error) == ("done", "")
    assert result.folder is not None
    assert verify.verify(result.folder) == []
    names = {path.name for path in result.folder.iterdir()}
    assert {"Python-3.14.8.tgz", "Python-3.14.8.tar.xz", "Python-3.14.8.tgz.spdx.json"} <= names
    target = house.settings.data / "rehearsal" / BRANCH / "upstream.git"
    assert '"3.14.8"' in repo.read(target, "v3.14.8", "Include/patchlevel.h")
    assert repo.read(target, "v3.14.8", "README.rst").startswith("This is Python version 3.14.8\n====")
    assert '"3.14.8+"' in repo.read(target, BRANCH, "Include/patchlevel.h")
    assert "gh-issue: 139000" in repo.read(target, "v3.14.8", "Misc/NEWS.d/3.14.8.rst")
    assert repo.read(target, "v3.14.8", ENTRY) == "", "it was gathered"
    assert repo.git(house.origin, "tag", "--list") == "", "a rehearsal pushes nothing to the repository"


@pytest.mark.parametrize(("version", "after"), [("3.14.8", "3.14.8+"), ("3.15.0rc2", "3.15.0rc2+dev")])
def test_from_3_15_on_the_tree_after_a_release_says_dev(version: str, after: str) -> None:
    tree = replace(Version.parse(version), dev=True)
    text = patchlevel.bumped(PATCHLEVEL.replace("_FINAL  0xF", "_GAMMA  0xC"), tree)
    assert f'"{after}"' in text
    assert patchlevel.read(text) == tree
    assert Version.of_tree(after) == tree


def test_a_branch_that_was_never_built_holds_it_back(house: House) -> None:
    result = cut.cut(house.settings, house.engine, VERSION, "Hugo van Kemenade", today=TODAY)
    assert result.state == "blocked"
    assert "x86-64 debug 3.14: never built this branch" in result.error
