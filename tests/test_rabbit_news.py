"""Rabbit's news files are in blurb's form, so that the bots and the release read them without exceptions."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from tests.rabbit_build import SOURCE

NEWS = SOURCE / "Misc" / "NEWS.d"
SECTIONS = {
    "Security": "Security",
    "Core_and_Builtins": "Core and Builtins",
    "Library": "Library",
    "Documentation": "Documentation",
    "Tests": "Tests",
    "Build": "Build",
    "Tools-Demos": "Tools/Demos",
    "C_API": "C API",
}
NAME = re.compile(r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.gh-issue-(\d+)\.([A-Za-z0-9_-]{6})\.rst")
LOWEST_ISSUE = 32426
ENTRIES = sorted(NEWS.glob("next/*/*.rst"))
RELEASED = sorted(NEWS.glob("*.rst"))


def nonce(body: str) -> str:
    """The first six characters of the body's MD5 in URL-safe base 64: it keeps names apart, it guards nothing."""
    return base64.urlsafe_b64encode(hashlib.md5(body.encode(), usedforsecurity=False).digest())[:6].decode()


def check_body(body: str) -> None:
    assert body == body.strip() + "\n"
    assert not re.match(r"- |Issue #|bpo-|gh-", body)
    assert max(len(line) for line in body.splitlines()) <= 76


def test_the_folders_are_the_sections() -> None:
    assert {path.name for path in (NEWS / "next").iterdir()} == set(SECTIONS)


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.name)
def test_an_entry_that_waits_has_blurbs_name_and_body(path: Path) -> None:
    match = NAME.fullmatch(path.name)
    assert match
    assert int(match[1]) >= LOWEST_ISSUE
    check_body(path.read_text())
    assert match[2] == nonce(path.read_text())


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.name)
def test_a_released_file_has_the_fields_of_each_entry_in_order(path: Path) -> None:
    entries = path.read_text().split("\n..\n\n")
    places = []
    for number, entry in enumerate(entries):
        head, body = entry.split("\n\n", 1)
        fields = dict(line.removeprefix(".. ").split(": ", 1) for line in head.splitlines())
        expected = ["date", "gh-issue", "nonce", "section"] + (["release date"] if number == 0 else [])
        assert list(fields) == sorted(expected)
        check_body(body.rstrip("\n") + "\n")
        places.append(list(SECTIONS.values()).index(fields["section"]))
    assert places == sorted(places)
