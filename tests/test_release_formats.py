"""The branches as others read them: byte-stable, in the two shapes of the PEP repository and in endoflife.date's."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest

from core import branches, branches_lint
from release import formats
from release.formats import FORMATS, Names

AS_OF = date(2026, 8, 22)
NAMES = Names("Python", "python", "python/cpython")
REGISTRY = branches.load(branches.registry_path("cpython"))


@pytest.mark.row("RL-7")
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("profile", ["rabbit", "cpython"])
def test_the_same_registry_and_day_give_the_same_bytes(name: str, profile: str) -> None:
    text, make = branches.registry_path(profile).read_text(encoding="utf-8"), FORMATS[name][1]
    assert make(branches.parse(text), AS_OF, NAMES) == make(branches.parse(text), AS_OF, NAMES)


@pytest.mark.row("RL-7")
def test_the_release_cycle_has_the_shape_and_the_values_that_were_published() -> None:
    """As release-cycle.json had these rows; 3.16's first release is its final's day, in which the original differs."""
    found = json.loads(formats.release_cycle(REGISTRY, AS_OF, NAMES))
    assert list(found)[0] == "3.16"
    assert list(found)[-1] == "3.8"
    assert found["3.14"] == {
        "branch": "3.14",
        "pep": 745,
        "status": "bugfix",
        "first_release": "2025-10-07",
        "end_of_life": "2030-10",
        "release_manager": "Hugo van Kemenade",
    }
    assert (found["3.8"]["end_of_life"], found["3.16"]["branch"]) == ("2024-10-07", "main")


@pytest.mark.row("RL-7")
def test_python_releases_has_the_shape_that_was_published() -> None:
    found = json.loads(formats.python_releases(REGISTRY, AS_OF, NAMES))
    assert found["metadata"]["3.13"] == {
        "pep": 719,
        "status": "bugfix",
        "branch": "3.13",
        "release_manager": "Thomas Wouters",
        "start_of_development": "2023-05-22",
        "feature_freeze": "2024-05-08",
        "first_release": "2024-10-07",
        "end_of_bugfix": "2026-10-07",
        "end_of_life": "2029-10-01",
    }
    assert found["releases"]["3.13"][0] == {
        "stage": "3.13.0 alpha 1",
        "state": "actual",
        "date": "2023-10-13",
        "note": "",
    }
    assert found["releases"].keys() == found["metadata"].keys()


@pytest.mark.row("RL-7")
def test_endoflife_has_the_fields_of_its_api() -> None:
    found = json.loads(formats.endoflife(REGISTRY, AS_OF, NAMES))["result"]["releases"]
    rows = {row["name"]: row for row in found}
    assert "3.15" not in rows, "it is not out yet"
    assert rows["3.12"]["isEoas"] and rows["3.12"]["isMaintained"] and not rows["3.12"]["isEol"]
    assert (rows["3.9"]["isEol"], rows["3.9"]["eolFrom"]) == (True, "2025-10-31")
    assert rows["3.14"]["latest"] == {"name": "3.14.7", "date": "2026-08-05", "link": None}
    assert rows["3.14"]["custom"] == {"pep": "PEP-0745"}


@pytest.mark.row("RL-7")
def test_the_lines_are_read_back_as_they_were_written() -> None:
    rows = list(csv.DictReader(io.StringIO(formats.as_csv(REGISTRY, AS_OF, NAMES))))
    assert [row["version"] for row in rows] == [branch.version for branch in reversed(REGISTRY.branches)]
    assert rows[1]["status"] == "prerelease"


@pytest.mark.row("RL-7", "RL-2")
def test_the_schedule_of_a_release_pep_names_the_right_weekdays() -> None:
    text = formats.rest(REGISTRY, AS_OF, NAMES)
    assert "- 3.14.0 final: Tuesday, 2025-10-07\n" in text
    assert "- 3.15.0 final: Thursday, 2026-10-01\n" in text.partition("Expected:")[2]
    assert branches_lint.lint_text(text) == []


@pytest.mark.row("RL-7")
def test_the_page_holds_the_chart_and_a_row_a_branch() -> None:
    page = formats.html(REGISTRY, AS_OF, NAMES)
    assert page.count('<tr class="') == len(REGISTRY.branches)
    assert "<svg" in page
    assert formats.html(REGISTRY, date(2026, 10, 2), NAMES) != page


@pytest.mark.row("RL-4")
def test_issue_forms_and_backport_targets_follow_the_day() -> None:
    before, after = (formats.issue_versions(REGISTRY, day, NAMES) for day in (AS_OF, date(2026, 10, 1)))
    assert '"3.10"' in before
    assert '"3.10"' not in after
    targets = json.loads(formats.backport_targets(REGISTRY, AS_OF, NAMES))
    assert (targets["3.14"], targets["3.12"]) == (["bugfix", "security"], ["security"])
    assert "3.16" not in targets
    assert "3.9" not in targets
