"""The index of published versions: index.json for programs, index.html for people; each is replaced whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from core.versions import Version
from release import artifacts, sbom


def entries(downloads: Path) -> dict[str, dict[str, Any]]:
    """What is published, by version."""
    path = downloads / "index.json"
    if not path.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["versions"]
    return found


def add(downloads: Path, version: Version, mode: str, files: Mapping[str, str], day: date) -> None:
    """List a version; listing it again changes nothing."""
    known = {**entries(downloads), str(version): {"mode": mode, "date": day.isoformat(), "files": dict(files)}}
    _write(downloads, known)


def is_listed(downloads: Path, version: Version, mode: str) -> bool:
    return entries(downloads).get(str(version), {}).get("mode") == mode


def drop(downloads: Path, version: Version) -> None:
    """List a version no longer."""
    _write(downloads, {name: entry for name, entry in entries(downloads).items() if name != str(version)})


def _write(downloads: Path, known: Mapping[str, Mapping[str, Any]]) -> None:
    artifacts.put(downloads / "index.json", sbom.text({"versions": known}))
    artifacts.put(downloads / "index.html", _page(known).encode())


def purge(version: Version, files: Mapping[str, str]) -> list[str]:
    """Every address that a cache in front of the folder must forget."""
    ours = ["index.html", "index.json", "signers.json", "log/checkpoint", "log/entries", "log/key"]
    return [*ours, *(f"{version}/{name}" for name in sorted(files))]


def retire(published: Path, staging: Path) -> None:
    """Take an earlier rehearsal out of the way."""
    old = staging / "replaced"
    shutil.rmtree(old, ignore_errors=True)
    published.rename(old)
    shutil.rmtree(old)


def _page(known: Mapping[str, Mapping[str, Any]]) -> str:
    newest = sorted(known, key=Version.parse, reverse=True)
    parts = [_section(version, known[version]) for version in newest]
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f"<title>Downloads</title>\n<h1>Downloads</h1>\n{''.join(parts)}</html>\n"
    )


def _section(version: str, entry: Mapping[str, Any]) -> str:
    links = "".join(
        f'<li><a href="{version}/{escape(name)}">{escape(name)}</a> <code>{sha[:16]}</code></li>\n'
        for name, sha in sorted(entry["files"].items())
    )
    note = ", a rehearsal" if entry["mode"] == "rehearse" else ""
    return f"<h2>{version} ({entry['date']}{note})</h2>\n<ul>\n{links}</ul>\n"
