"""A branch's status follows from its days, and what it takes follows from its status."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from core import branches
from core.branches import Branch, Change, Registry, Status

ONE_DAY = timedelta(days=1)
TODAY, AS_OF = date(2026, 11, 20), date(2026, 8, 22)


@pytest.fixture(scope="module")
def rabbit() -> Registry:
    return branches.load(branches.registry_path("rabbit"))


@pytest.fixture(scope="module")
def cpython() -> Registry:
    return branches.load(branches.registry_path("cpython"))


# Each phase begins with its day and the one before it lasts until the evening before.
PHASES = [
    (Status.PLANNED, Status.FEATURE),
    (Status.FEATURE, Status.PRERELEASE),
    (Status.PRERELEASE, Status.BUGFIX),
    (Status.BUGFIX, Status.SECURITY),
    (Status.SECURITY, Status.END_OF_LIFE),
]


@pytest.mark.parametrize(("before", "after"), PHASES)
@pytest.mark.parametrize("version", ["3.8", "3.12", "3.16"])
def test_a_phase_begins_with_its_day(cpython: Registry, version: str, before: Status, after: Status) -> None:
    branch = cpython.find(version)
    assert branch is not None
    turn = branch.begins(after)
    assert (branch.status(turn - ONE_DAY), branch.status(turn)) == (before, after)


# What the developer's guide showed on these days.
SHOWN = [
    (date(2021, 10, 2), {"3.8": "security", "3.9": "bugfix", "3.10": "prerelease", "3.11": "feature"}),
    (
        date(2026, 8, 22),
        {"3.9": "end-of-life", "3.10": "security", "3.13": "bugfix", "3.14": "bugfix", "3.16": "feature"},
    ),
    (date(2026, 8, 22), {"3.15": "prerelease"}),
]


@pytest.mark.parametrize(("day", "shown"), SHOWN)
def test_computed_statuses_are_those_that_were_published(cpython: Registry, day: date, shown: dict[str, str]) -> None:
    computed = {branch.version: branch.status(day).value for branch in cpython}
    assert {version: computed[version] for version in shown} == shown


# As python-releases.toml had them typed on 2026-08-22.
TYPED = {
    **dict.fromkeys(("3.8", "3.9"), "end-of-life"),
    **dict.fromkeys(("3.10", "3.11", "3.12"), "security"),
    **dict.fromkeys(("3.13", "3.14"), "bugfix"),
    "3.15": "prerelease",
    "3.16": "feature",
}


@pytest.mark.row("RL-1")
def test_every_status_that_was_typed_by_hand_is_the_computed_one(cpython: Registry) -> None:
    assert {branch.version: branch.status(AS_OF).value for branch in cpython} == TYPED


@pytest.mark.row("RL-1")
def test_the_day_of_a_release_counts_more_than_the_day_planned_for_it(cpython: Registry) -> None:
    branch = cpython.find("3.16")
    assert branch is not None
    assert (branch.first_release, branch.begins(Status.BUGFIX)) == (date(2027, 10, 6), date(2027, 10, 5))


def with_override(day: str, status: str, reason: str = "the council decided so") -> Branch:
    text = f'{FIRST}\n[[override."1.0"]]\ndate = {day}\nstatus = "{status}"\nreason = "{reason}"\n'
    return branches.parse(text).branches[0]


@pytest.mark.row("RL-1")
def test_somebody_may_decide_otherwise_from_a_day_on_with_a_reason() -> None:
    longer = with_override("2025-10-07", "bugfix")
    assert longer.status(date(2025, 11, 1)) is Status.BUGFIX
    assert longer.status(date(2025, 12, 16)) is Status.END_OF_LIFE, "the end comes as planned"
    turn = longer.turn(date(2025, 11, 1))
    assert turn is not None
    assert turn.why == "the council decided so"


@pytest.mark.row("RL-1")
def test_what_was_planned_never_leads_a_branch_back() -> None:
    ended = with_override("2025-01-01", "end-of-life")
    assert ended.status(date(2024, 12, 31)) is Status.BUGFIX
    assert ended.status(date(2025, 10, 8)) is Status.END_OF_LIFE, "not security again"


@pytest.mark.parametrize(("status", "reason"), [("asleep", "why not"), ("security", ""), ("security", "  ")])
def test_an_override_needs_a_status_and_a_reason(status: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"override of 1\.0: needs a date, a status"):
        with_override("2025-01-01", status, reason)


def test_a_recalled_release_is_never_the_latest(cpython: Registry) -> None:
    branch = cpython.find("3.9")
    assert branch is not None
    latest = [branch.latest(date.fromisoformat(day)) for day in ("2021-04-03", "2021-11-10", "2019-01-01")]
    assert [str(row.version) if row else None for row in latest] == ["3.9.2", "3.9.7", None]


def test_a_registry_that_has_not_changed_is_read_once_and_a_changed_one_again(tmp_path: Path) -> None:
    path = tmp_path / "branches.toml"
    path.write_text(FIRST)
    first = branches.load(path)
    assert branches.load(path) is first
    path.write_text(FIRST.replace("2025-12-16", "2025-12-23"))
    assert branches.load(path).branches[0].end_of_life == date(2025, 12, 23)


def test_rabbit_stands_where_the_story_needs_it(rabbit: Registry) -> None:
    assert [branch.status(TODAY).value for branch in rabbit] == ["end-of-life", "security", "bugfix", "feature"]
    assert [branch.version for branch in rabbit.live(TODAY)] == ["1.1", "1.2", "1.3"]
    assert [branch.version for branch in rabbit.maintained(TODAY)] == ["1.1", "1.2"]
    assert [branch.version for branch in rabbit.maintained(date(2026, 12, 16))] == ["1.2"]


def test_main_is_the_newest_feature_branch_and_the_others_have_their_own(rabbit: Registry) -> None:
    found = {ref: rabbit.by_ref(ref, TODAY) for ref in ("main", "1.2", "1.3", "2.0")}
    assert {ref: branch.version if branch else None for ref, branch in found.items()} == {
        "main": "1.3",
        "1.2": "1.2",
        "1.3": None,  # it lives on main until its first beta
        "2.0": None,
    }
    frozen = rabbit.by_ref("1.3", date(2027, 5, 4))
    assert frozen is not None
    assert frozen.status(date(2027, 5, 4)) is Status.PRERELEASE


def test_the_next_release_is_the_first_that_is_still_expected(rabbit: Registry) -> None:
    coming = {branch.version: branch.next_release(TODAY) for branch in rabbit}
    assert {version: str(row.version) for version, row in coming.items() if row} == {"1.2": "1.2.1", "1.3": "1.3.0a2"}


TAKES = [
    ("1.3", Change.FEATURE, True, "1.3 is in its feature phase"),
    ("1.2", Change.BUGFIX, True, "1.2 is in its bugfix phase"),
    ("1.2", Change.FEATURE, False, "1.2 is in its bugfix phase and takes no feature changes"),
    ("1.1", Change.SECURITY, True, "1.1 is in its security phase"),
    ("1.1", Change.BUGFIX, False, "1.1 takes only security fixes since 2026-10-06 (until 2026-12-15"),
    ("1.0", Change.SECURITY, False, "1.0 reached its end of life on 2025-12-16"),
    ("1.7", Change.BUGFIX, False, "there is no branch 1.7; the maintained ones are 1.1, 1.2"),
]


@pytest.mark.parametrize(("version", "change", "allowed", "reason"), TAKES)
def test_a_branch_takes_what_its_status_allows_and_says_why(
    rabbit: Registry, version: str, change: Change, allowed: bool, reason: str
) -> None:
    verdict = rabbit.takes(version, change, TODAY)
    assert verdict.allowed is allowed
    assert verdict.reason.startswith(reason)


def test_a_branch_before_its_time_takes_nothing(rabbit: Registry) -> None:
    verdict = rabbit.takes("1.3", Change.SECURITY, date(2026, 1, 1))
    assert not verdict.allowed
    assert verdict.reason == "1.3 does not exist before 2026-05-05"


FIRST = """[metadata."1.0"]
release-manager = "release-manager"
start-of-development = 2023-10-03
feature-freeze = 2024-05-07
first-release = 2024-10-01
end-of-bugfix = 2025-10-07
end-of-life = 2025-12-16
"""

# what is replaced, by what, what the error says
FAULTS = [
    ("2024-05-07", "2023-05-07", "branch 1.0: feature-freeze 2023-05-07 lies before the day of the phase before it"),
    ("end-of-life = 2025-12-16", "", "branch 1.0: end-of-life is None: write a date as in 2026-10-07"),
    ("2025-12-16", '"soon"', "branch 1.0: end-of-life is 'soon'"),
    ("[metadata", "[metadata[", "not TOML"),
    ('"1.0"', '"one"', "'one' is not a maintenance branch"),
    ("release-manager", "release-manger", "branch 1.0: release-manger is not a field"),
    ("[metadata", '[releases."1.0"]\n[metadata', "releases is no table here"),
    ("[metadata", '[[release."1.1"]]\n[metadata', 'release 1.1: there is no [metadata."1.1"]'),
]


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_a_fault_in_the_file_is_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = tmp_path / "branches.toml"
    path.write_text(FIRST.replace(old, new))
    with pytest.raises(ValueError, match=r".") as caught:
        branches.load(path)
    assert sentence in str(caught.value)


def test_a_release_without_a_state_is_named(tmp_path: Path) -> None:
    path = tmp_path / "branches.toml"
    path.write_text(FIRST + '[[release."1.0"]]\nversion = "1.0.0"\ndate = 2024-10-01\n')
    with pytest.raises(ValueError, match=r"release '1\.0\.0' of 1\.0: needs a date and a state, actual or expected"):
        branches.load(path)


@pytest.mark.parametrize("profile", ["rabbit", "cpython"])
def test_releases_of_a_branch_are_its_own_and_each_comes_once(profile: str) -> None:
    for branch in branches.load(branches.registry_path(profile)):
        versions = [release.version for release in branch.releases]
        assert len(set(versions)) == len(versions)
        assert {version.branch for version in versions} <= {branch.version}


def test_first_rows_of_a_real_branch_are_the_published_ones(cpython: Registry) -> None:
    branch = cpython.find("3.8")
    assert branch is not None
    dated = {str(release.version): release.date for release in branch.releases}
    assert (dated["3.8.0a1"], dated["3.8.0"]) == (date(2019, 2, 3), date(2019, 10, 14))
