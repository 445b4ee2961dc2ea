"""The linter finds the known faults of the published data, all of them and nothing else; and each kind of fault."""

from __future__ import annotations

from datetime import date

import pytest

from core import branches, branches_lint
from core.branches import Registry

AS_OF, TODAY = date(2026, 8, 22), date(2026, 11, 20)

# python-releases.toml of 2026-08-22 as others found it (release PEPs, endoflife.date's tags). No tool reported these.
KNOWN = {
    ("3.9", "3.9.0b2"): "3.9.0b2 has no row, but 3.9.0b3 has: add it, even if it was recalled",
    ("3.11", "end-of-bugfix"): "end-of-bugfix is 2024-04-24, 22 days after the last bug-fix release, 2024-04-02",
    ("3.16", "first-release"): "first-release is 2027-10-06, but 3.16.0 is on 2027-10-05: make them the same",
}
UNKNOWN_TAGS = {"v3.10.21": "3.10", "v3.11.16": "3.11", "v3.12.14": "3.12"}


def real(profile: str) -> Registry:
    return branches.load(branches.registry_path(profile))


def tags_of(registry: Registry) -> set[str]:
    return {f"v{row.version}" for branch in registry for row in branch.releases if row.state == "actual"}


@pytest.mark.row("RL-2")
def test_the_known_faults_of_the_published_data_are_found_and_no_other() -> None:
    found = branches_lint.lint(real("cpython"), AS_OF)
    assert {(fault.branch, fault.about): fault.sentence for fault in found} == KNOWN


@pytest.mark.row("RL-2", "RL-3")
def test_tags_that_the_published_data_did_not_have_yet_are_found_too() -> None:
    registry = real("cpython")
    tags = tags_of(registry) | {*UNKNOWN_TAGS, "v3.9.0b2", "3.8", "legacy-trunk"}
    found = {(fault.branch, fault.about): fault.sentence for fault in branches_lint.lint(registry, AS_OF, tags)}
    missing = {(branch, tag[1:]): f"{tag} is tagged, but has no row: add it" for tag, branch in UNKNOWN_TAGS.items()}
    assert found == KNOWN | missing


@pytest.mark.row("RL-2")
def test_our_own_registry_has_no_fault() -> None:
    registry = real("rabbit")
    assert branches_lint.lint(registry, TODAY, tags_of(registry)) == []


GOOD = """[metadata."1.0"]
start-of-development = 2023-10-03
feature-freeze = 2024-05-07
first-release = 2024-10-01
end-of-bugfix = 2025-10-07
end-of-life = 2025-12-16

[metadata."1.1"]
start-of-development = 2024-05-07
feature-freeze = 2025-05-06
first-release = 2025-10-07
end-of-bugfix = 2026-10-06
end-of-life = 2026-12-15
"""
RELEASES = {
    "1.0": (("1.0.0 beta 1", "2024-05-07"), ("1.0.0 final", "2024-10-01"), ("1.0.1", "2025-10-07")),
    "1.1": (("1.1.0 alpha 1", "2024-11-12"), ("1.1.0 final", "2025-10-07"), ("1.1.1", "2026-10-06")),
}
OUT = 'stage = "{}"\nstate = "actual"\ndate = {}'
LAST = OUT.format("1.1.1", "2026-10-06")
TOO_LATE = f'{LAST}\n\n[[release."1.1"]]\n{OUT.format("1.1.2", "2026-12-16")}'
WHOLE = GOOD + "".join(
    f'[[release."{branch}"]]\nstage = "{stage}"\nstate = "actual"\ndate = {day}\n'
    for branch, rows in RELEASES.items()
    for stage, day in rows
)

# what is replaced, by what, the only fault then
FAULTS = [
    ("", "", None),
    (
        OUT.format("1.0.0 beta 1", "2024-05-07"),
        OUT.format("1.0.0 beta 1", "2024-05-06"),
        "2024-05-07, but 1.0.0b1 is on",
    ),
    ("first-release = 2025-10-07", "first-release = 2025-10-08", "first-release is 2025-10-08, but 1.1.0 is on"),
    (
        "start-of-development = 2024-05-07",
        "start-of-development = 2024-05-08",
        "2024-05-08, but 1.0 froze on 2024-05-07",
    ),
    ('stage = "1.0.1"', 'stage = "1.0.2"', "1.0.1 has no row, but 1.0.2 has"),
    ('stage = "1.1.0 alpha 1"', 'stage = "1.1.0 alpha 2"', "1.1.0a1 has no row, but 1.1.0a2 has"),
    ("2024-11-12", "2025-10-08", "1.1.0 is on 2025-10-07, before 1.1.0a1, 2025-10-08"),
    ("end-of-life = 2026-12-15", "end-of-life = 2026-10-06\n", None),
    (LAST, TOO_LATE, "1.1.2 is on 2026-12-16, after the end of life, 2026-12-15"),
    ("end-of-bugfix = 2025-10-07", "end-of-bugfix = 2025-11-07", "31 days after the last bug-fix release, 2025-10-07"),
    (
        '[metadata."1.1"]',
        '[metadata."1.1"]\nstatus = "bugfix"',
        "status is typed as bugfix, but its dates say end-of-life",
    ),
    ('stage = "1.0.1"', 'stage = "1.0.0 final"', "1.0.0 has two rows: take one out"),
]


@pytest.mark.row("RL-2")
@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_each_kind_of_fault_is_found_once(old: str, new: str, sentence: str | None) -> None:
    found = branches_lint.lint(branches.parse(WHOLE.replace(old, new, 1) if old else WHOLE), date(2027, 1, 1))
    assert [sentence in fault.sentence for fault in found if sentence] == ([True] if sentence else [])
    assert sentence or not found


@pytest.mark.row("RL-2")
def test_a_release_that_is_out_but_still_to_come_is_found() -> None:
    found = branches_lint.lint(branches.parse(WHOLE), date(2026, 1, 1))
    assert [fault.sentence for fault in found] == ["1.1.1 is actual, but 2026-10-06 is still to come"]


@pytest.mark.row("RL-2", "RL-3")
def test_a_release_without_its_tag_and_a_tag_before_its_release_are_found() -> None:
    text = WHOLE.replace('stage = "1.1.1"\nstate = "actual"', 'stage = "1.1.1"\nstate = "expected"')
    registry = branches.parse(text)
    tags = (tags_of(registry) - {"v1.0.1"}) | {"v1.1.1"}
    assert [fault.sentence for fault in branches_lint.lint(registry, date(2027, 1, 1), tags)] == [
        "1.0.1 is actual, but there is no tag v1.0.1",
        "v1.1.1 is tagged, but its row says expected",
    ]


@pytest.mark.row("RL-2")
def test_a_published_weekday_that_does_not_fit_its_date_is_found() -> None:
    """As PEP 619 once had it."""
    text = "- 3.10.0 beta 1: Monday, 2021-05-03\n- 3.10.0 final: Monday, 2020-10-04\n"
    assert branches_lint.lint_text(text) == ["2020-10-04 is called a Monday, but is a Sunday"]


def test_a_release_that_is_late_is_named() -> None:
    assert [str(row.version) for row in branches_lint.overdue(real("rabbit"), TODAY)] == ["1.3.0a2"]
