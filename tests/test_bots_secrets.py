"""A webhook secret changes while the bots run, and a broken settings file never locks the door or opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots import secrets
from core import settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "camelot.toml"
    path.write_text('[github]\nwebhook_secret = "new, old"\n')
    return path


@pytest.mark.row("IN-4")
def test_a_secret_that_is_taken_out_of_the_file_is_refused_from_then_on(file: Path) -> None:
    environ = {"CAMELOT_CONFIG": str(file)}
    ask = secrets.in_force(settings.load(environ), environ)
    assert ask() == (b"new", b"old")
    file.write_text('[github]\nwebhook_secret = "new"\n')
    assert ask() == (b"new",)


@pytest.mark.parametrize("text", ["[github\n", "[github]\nwebhook_secert = 'x'\n", "[github]\nwebhook_secret = ''\n"])
def test_a_file_that_cannot_be_used_changes_nothing_until_it_is_mended(file: Path, text: str) -> None:
    environ = {"CAMELOT_CONFIG": str(file)}
    ask = secrets.in_force(settings.load(environ), environ)
    file.write_text(text)
    assert ask() == (b"new", b"old")
    file.unlink()
    assert ask() == (b"new", b"old")
    file.write_text('[github]\nwebhook_secret = "newest"\n')
    assert ask() == (b"newest",)


def test_without_a_file_the_environments_secret_stays() -> None:
    environ = {"GITHUB_WEBHOOK_SECRET": "sesame"}
    assert secrets.in_force(settings.load(environ), environ)() == (b"sesame",)
