"""What a pull request's title says: which issue it is about, and of what it is a backport."""

from __future__ import annotations

import re
from dataclasses import dataclass

# A boundary on both sides: `high-12` names no issue.
_ISSUE = re.compile(r"(?<![\w-])(?:gh|bpo)-(\d+)\b", re.IGNORECASE)
_BACKPORT = re.compile(r"\s*\[(\d+\.\d+)\]\s*(.+?)\s*\((?:GH-|#)(\d+)\)\s*", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\[(\d+\.\d+)\]")


@dataclass(frozen=True)
class BackportTitle:
    """`[1.2] gh-7: Close the file (GH-40)`: branch 1.2, original 40."""

    branch: str
    subject: str
    original: int


def backport(title: str) -> BackportTitle | None:
    """What the title of a backport says; None for any other title."""
    found = _BACKPORT.fullmatch(title)
    return BackportTitle(found[1], found[2], int(found[3])) if found else None


def branch(title: str) -> str:
    """The branch that a title begins with, `1.2` of `[1.2] ...`; empty when it begins with none."""
    found = _BRACKET.match(title)
    return found[1] if found else ""


def issues(title: str) -> tuple[int, ...]:
    """Every issue that the title names, in order. A backport's `(GH-40)` is its original, never an issue."""
    whole = backport(title)
    found = _ISSUE.findall(whole.subject if whole else title)
    return tuple(dict.fromkeys(int(number) for number in found))


def issue(title: str) -> int | None:
    """The first issue that the title names."""
    return next(iter(issues(title)), None)
