"""The version in the tree is changed everywhere at once, and nothing else is."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from core.versions import Version
from release import patchlevel
from tests.release_house import PATCHLEVEL, README

INTERPRETER = Path(__file__).parent.parent / "interpreter"

# version, level macro, serial
VERSIONS = [
    ("1.3.0a2", "PY_RELEASE_LEVEL_ALPHA", "2"),
    ("1.3.0a2+", "PY_RELEASE_LEVEL_ALPHA", "2"),
    ("1.3.0b1", "PY_RELEASE_LEVEL_BETA", "1"),
    ("1.3.0rc2", "PY_RELEASE_LEVEL_GAMMA", "2"),
    ("1.3.0", "PY_RELEASE_LEVEL_FINAL", "0"),
    ("1.3.11+", "PY_RELEASE_LEVEL_FINAL", "0"),
]


@pytest.mark.parametrize(("text", "level", "serial"), VERSIONS)
def test_every_macro_says_the_version(text: str, level: str, serial: str) -> None:
    version = Version.parse(text)
    after = patchlevel.bumped(PATCHLEVEL, version)
    words = dict(line.split()[1:3] for line in after.splitlines() if line.startswith("#define PY_"))
    assert words["PY_RELEASE_LEVEL"] == level
    assert words["PY_RELEASE_SERIAL"] == serial
    assert words["PY_MICRO_VERSION"] == str(version.micro)
    assert words["PY_VERSION"] == f'"{text}"'
    assert patchlevel.read(after) == version


def test_only_the_lines_that_differ_change() -> None:
    after = patchlevel.bumped(PATCHLEVEL, Version.parse("1.3.0a2"))
    changed = [line for line in difflib.ndiff(PATCHLEVEL.splitlines(), after.splitlines()) if line.startswith("+ ")]
    assert changed == ["+ #define PY_RELEASE_SERIAL       2", '+ #define PY_VERSION              "1.3.0a2"']


def test_rabbits_own_header_is_understood() -> None:
    text = (INTERPRETER / "Include" / "patchlevel.h").read_text()
    now = patchlevel.read(text)
    assert patchlevel.bumped(text, now) == text
    assert patchlevel.read(patchlevel.bumped(text, Version.parse("1.3.0b2"))) == Version.parse("1.3.0b2")


def test_macros_that_disagree_are_an_error_with_the_macro() -> None:
    with pytest.raises(ValueError, match=r"PY_MINOR_VERSION is 4, which is not 1\.3\.0a1\+"):
        patchlevel.read(PATCHLEVEL.replace("PY_MINOR_VERSION        3", "PY_MINOR_VERSION        4"))


def test_a_missing_macro_is_an_error_with_its_name() -> None:
    with pytest.raises(ValueError, match="0 lines define PY_VERSION"):
        patchlevel.bumped(PATCHLEVEL.replace("PY_VERSION ", "VERSION "), Version.parse("1.3.0"))


def test_the_readmes_line_and_its_underline_grow_together() -> None:
    after = patchlevel.readme_bumped(README, "Rabbit", Version.parse("1.3.0rc1"))
    first, under, *rest = after.split("\n")
    assert first == "This is Rabbit version 1.3.0 release candidate 1"
    assert under == "=" * len(first)
    assert rest == README.split("\n")[2:]


def test_a_readme_that_begins_otherwise_is_not_touched() -> None:
    with pytest.raises(ValueError, match="the first line is '# Rabbit'"):
        patchlevel.readme_bumped("# Rabbit\n\nText\n", "Rabbit", Version.parse("1.3.0"))


def test_bumping_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    (tmp_path / "p.h").write_text(PATCHLEVEL)
    (tmp_path / "README.md").write_text(README)
    version = Version.parse("1.3.0a2")
    assert patchlevel.bump(tmp_path, version, "p.h", "README.md", "Rabbit") == ["p.h", "README.md"]
    assert patchlevel.bump(tmp_path, version, "p.h", "README.md", "Rabbit") == []
