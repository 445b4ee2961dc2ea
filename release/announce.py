"""The text that tells people of a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.branches import Registry, Release
from core.versions import Version

PHASE = {
    "a": "This is an alpha: new features still come in. Do not use it in production.",
    "b": "This is a beta: no new feature comes in. Please test your programs with it.",
    "rc": "This is a release candidate: only severe problems are still mended.",
    "final": "This is a stable release.",
}


def next_dates(registry: Registry, version: Version, most: int = 3) -> list[Release]:
    """What the same branch releases after this one."""
    branch = registry.find(version.branch)
    rows = branch.releases if branch else ()
    return [row for row in rows if row.state == "expected" and row.version > version][:most]


def text(
    product: str,
    version: Version,
    day: date,
    evidence: Mapping[str, Mapping[str, Any]],
    coming: list[Release],
    mode: str,
) -> str:
    """Plain text, ready to be sent."""
    files = evidence["publish"]["files"]
    tried = evidence["smoke"]
    listing = "\n".join(f"  {sha}  {name}" for name, sha in sorted(files.items()))
    dates = "\n".join(f"  {row.date}  {row.version}" for row in coming) or "  none is planned"
    title = f"{product} {version.spoken()} is released"
    note = "(A rehearsal: nothing of this was sent or pushed to the repository.)\n\n" if mode == "rehearse" else ""
    return (
        f"{title}\n{'=' * len(title)}\n\n{note}Released on {day}, from commit {evidence['commit']['commit']}.\n"
        f"{PHASE[version.level]}\n\n{evidence['news']['entries']} news entries: see Misc/NEWS in the tarball.\n\n"
        f"Files, with their SHA-256\n{listing}\n\n"
        f"Built and run from the tarball: {tried['shown']}\n\nNext on this branch\n{dates}\n"
    )
