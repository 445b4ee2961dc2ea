"""The branches as others read them: each format is made from the registry and a day, and from nothing else.

Same registry and same day, same bytes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from typing import Any

from core.branches import TAKES, Branch, Registry, Release, Status
from release import chart, table

Document = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What a project is called in these documents."""

    product: str  # Python
    program: str  # python
    repository: str = ""  # owner/name


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def release_cycle(registry: Registry, today: date, _names: Names) -> str:
    """In the shape of the PEP repository's release-cycle.json: newest first; a coming end of life is a month."""
    return _json({branch.version: _cycle(branch, today) for branch in reversed(registry.branches)})


def _cycle(branch: Branch, today: date) -> Document:
    return {
        "branch": branch.ref(today),
        "pep": branch.pep,
        "status": branch.status(today).value,
        "first_release": branch.begins(Status.BUGFIX).isoformat(),
        "end_of_life": end_of_life(branch, today),
        "release_manager": branch.release_manager,
    }


def end_of_life(branch: Branch, today: date) -> str:
    """The day once it is reached; before that the first of a month stands for the month."""
    text = branch.begins(Status.END_OF_LIFE).isoformat()
    return text if branch.status(today) is Status.END_OF_LIFE else text.removesuffix("-01")


def python_releases(registry: Registry, today: date, _names: Names) -> str:
    """In the shape of the PEP repository's python-releases.json: all metadata, then all releases, oldest first."""
    return _json(
        {
            "metadata": {branch.version: _metadata(branch, today) for branch in registry},
            "releases": {branch.version: [_release(row) for row in branch.releases] for branch in registry},
        }
    )


def _metadata(branch: Branch, today: date) -> Document:
    return {
        "pep": branch.pep,
        "status": branch.status(today).value,
        "branch": branch.ref(today),
        "release_manager": branch.release_manager,
        "start_of_development": branch.begins(Status.FEATURE).isoformat(),
        "feature_freeze": branch.begins(Status.PRERELEASE).isoformat(),
        "first_release": branch.begins(Status.BUGFIX).isoformat(),
        "end_of_bugfix": branch.begins(Status.SECURITY).isoformat(),
        "end_of_life": branch.begins(Status.END_OF_LIFE).isoformat(),
    }


def _release(row: Release) -> Document:
    return {
        "stage": row.stage or row.version.stage(),
        "state": row.state,
        "date": row.date.isoformat(),
        "note": row.note,
    }


def endoflife(registry: Registry, today: date, names: Names) -> str:
    """In the shape of endoflife.date's API v1 for one product: branches that had a release, newest first."""
    out = [branch for branch in reversed(registry.branches) if branch.begins(Status.BUGFIX) <= today]
    result = {
        "name": names.program,
        "aliases": [],
        "label": names.product,
        "category": "lang",
        "tags": ["lang"],
        "versionCommand": f"{names.program} --version",
        "identifiers": [],
        "labels": {"eoas": "Active Support", "discontinued": None, "eol": "Security Support", "eoes": None},
        "links": {"icon": None, "html": None, "releasePolicy": None},
        "releases": [_supported(branch, today) for branch in out],
    }
    return _json({"schema_version": "1.2.0", "last_modified": f"{today}T00:00:00+00:00", "result": result})


def _supported(branch: Branch, today: date) -> Document:
    status, latest = branch.status(today), branch.latest(today)
    return {
        "name": branch.version,
        "codename": None,
        "label": branch.version,
        "releaseDate": branch.begins(Status.BUGFIX).isoformat(),
        "isLts": False,
        "ltsFrom": None,
        "isEoas": status in (Status.SECURITY, Status.END_OF_LIFE),
        "eoasFrom": branch.begins(Status.SECURITY).isoformat(),
        "isEol": status is Status.END_OF_LIFE,
        "eolFrom": branch.begins(Status.END_OF_LIFE).isoformat(),
        "isMaintained": status is not Status.END_OF_LIFE,
        "latest": {"name": str(latest.version), "date": latest.date.isoformat(), "link": None} if latest else None,
        "custom": {"pep": f"PEP-{branch.pep:04}"} if branch.pep else None,
    }


COLUMNS = ("version", "ref", "status", "first_release", "end_of_bugfix", "end_of_life", "release_manager")


def as_csv(registry: Registry, today: date, _names: Names) -> str:
    """A line a branch, newest first, below a line of names."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(row, column) for column in COLUMNS] for row in table.rows(registry, today))
    return out.getvalue()


def rest(registry: Registry, today: date, names: Names) -> str:
    """The schedules as release PEPs list them; what is still to come stands apart."""
    parts = []
    for branch in reversed(registry.branches):
        title = f"{names.product} {branch.version}"
        parts.append(f"{title}\n{'=' * len(title)}\n")
        for heading, state in (("Actual:", "actual"), ("Expected:", "expected")):
            rows = [_bullet(row) for row in branch.releases if row.state == state]
            if rows:
                parts.append("\n".join([heading, "", *rows, ""]))
    return "\n".join(parts)


def _bullet(row: Release) -> str:
    note = f" ({row.note})" if row.note else ""
    return f"- {row.stage or row.version.stage()}: {row.date:%A, %Y-%m-%d}{note}"


def html(registry: Registry, today: date, names: Names) -> str:
    """One page: the chart, and below it the table of branches."""
    heads = "".join(f"<th>{column.replace('_', ' ')}</th>" for column in COLUMNS)
    rows = "\n".join(_table_row(row) for row in table.rows(registry, today))
    title = escape(f"Branches of {names.product}")
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        "<style>:root{color-scheme:light dark}body{font:16px system-ui,sans-serif;margin:2rem auto;max-width:70rem}"
        "table{border-collapse:collapse}td,th{text-align:left;padding:.3rem .8rem}tr.expected td{font-style:italic}"
        f"</style>\n<h1>{title}</h1>\n{chart.svg(registry, today)}"
        f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
        f"<p>As of {today}.</p>\n</html>\n"
    )


def _table_row(row: table.Row) -> str:
    cells = "".join(f"<td>{escape(str(getattr(row, column)))}</td>" for column in COLUMNS)
    return f'<tr class="{row.status}">{cells}</tr>'


def svg(registry: Registry, today: date, _names: Names) -> str:
    """The chart alone."""
    return chart.svg(registry, today)


def issue_versions(registry: Registry, today: date, names: Names) -> str:
    """The part of an issue form that asks for the version: those that somebody may report a bug in."""
    options = [*(branch.version for branch in reversed(registry.maintained(today))), f"{names.product} main branch"]
    lines = "".join(f'        - "{option}"\n' for option in options)
    return (
        "  - type: dropdown\n    attributes:\n      label: Tested on\n      multiple: true\n"
        f"      options:\n{lines}    validations:\n      required: true\n"
    )


def backport_targets(registry: Registry, today: date, _names: Names) -> str:
    """For each branch with a label of its own: which kinds of change may be brought there."""
    kept = reversed(registry.maintained(today))
    return _json({branch.version: sorted(change.value for change in TAKES[branch.status(today)]) for branch in kept})


def banners(registry: Registry, today: date, names: Names) -> str:
    """What stands above the documentation of each branch; nothing where it is the one to read."""
    said = {
        Status.FEATURE: "This is the documentation of an unreleased development version of {product}.",
        Status.PRERELEASE: "This is the documentation of a version of {product} that is not released yet.",
        Status.SECURITY: "This documents an old version of {product}, which takes security fixes only.",
        Status.END_OF_LIFE: "This documents a version of {product} that is not supported any more.",
    }
    rows = {branch.version: said.get(branch.status(today), "") for branch in reversed(registry.branches)}
    return _json({version: words.format(product=names.product) for version, words in rows.items()})


def due(registry: Registry, today: date, _names: Names) -> str:
    """The changes of status of the coming year, soonest first."""
    rows = [
        {"date": turn.day.isoformat(), "branch": branch.version, "status": turn.status.value, "why": turn.why}
        for branch in registry
        for turn in branch.turns
        if today <= turn.day <= today + timedelta(days=366)
    ]
    return _json(sorted(rows, key=lambda row: (row["date"], row["branch"])))


Format = Callable[[Registry, date, Names], str]

# What `camelot branches --format` knows, and the file that `camelot branches apply` keeps of each.
FORMATS: Mapping[str, tuple[str, Format]] = {
    "release-cycle": ("release-cycle.json", release_cycle),
    "python-releases": ("python-releases.json", python_releases),
    "endoflife": ("endoflife.json", endoflife),
    "csv": ("branches.csv", as_csv),
    "rest": ("release-schedule.rst", rest),
    "html": ("branches.html", html),
    "svg": ("chart.svg", svg),
    "issue-versions": ("issue-versions.yml", issue_versions),
    "backport-targets": ("backport-targets.json", backport_targets),
    "banners": ("banners.json", banners),
    "due": ("due.json", due),
}
