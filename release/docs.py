"""The version in the documentation: directives that say `next` until the release that brings what they tell of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from core.versions import Version

UNRELEASED = "(unreleased)"  # what a person left in the text, for a version that had no day yet
_NEXT = re.compile(
    r"^(?P<lead>\s*\.\.[ \t]+(?:versionadded|versionchanged|versionremoved|deprecated|deprecated-removed)::[ \t]+)next"
    r"(?![-\w.])",
    re.MULTILINE,
)


def spoken(version: Version) -> str:
    """What a directive says: 3.15 for all that leads to 3.15.0, 3.15.1 for a bug-fix release."""
    line = f"{version.major}.{version.minor}"
    return f"{line}.{version.micro}" if version.micro else line


def settled(text: str, version: Version) -> str:
    """The text with `version` wherever a directive says `next`; all else stays."""
    return _NEXT.sub(lambda found: found["lead"] + spoken(version), text)


def bump(root: Path, folder: str, version: Version) -> list[str]:
    """Settle every .rst file below `folder` of the tree at `root`; the files that changed. Once more does nothing."""
    changed = []
    for path in sorted((root / folder).rglob("*.rst")):
        before = path.read_bytes().decode("utf-8", "surrogateescape")
        after = settled(before, version)
        if after != before:
            path.write_bytes(after.encode("utf-8", "surrogateescape"))
            changed.append(path.relative_to(root).as_posix())
    return changed


def unreleased(found: Iterable[str], folder: str) -> tuple[str, ...]:
    """Of git's `FILE:LINE:TEXT` rows, the places below `folder`."""
    return tuple(":".join(row.split(":", 2)[:2]) for row in found if row.startswith(f"{folder}/"))
