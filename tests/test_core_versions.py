"""A version is read, said and put in order as releases are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.versions import LEVELS, Version, branch_key

IN_ORDER = [
    "3.9.20",
    "3.14.0a1",
    "3.14.0a1+",
    "3.14.0a2",
    "3.14.0a10",
    "3.14.0b1",
    "3.14.0rc1",
    "3.14.0rc2",
    "3.14.0",
    "3.14.0+",
    "3.14.1rc1",
    "3.14.1",
    "3.15.0a1",
]


def test_releases_sort_as_they_come_out() -> None:
    shuffled = [Version.parse(text) for text in IN_ORDER]
    random.Random(7).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    assert [str(version) for version in sorted(shuffled)] == IN_ORDER


@given(
    st.builds(
        Version,
        st.integers(0, 99),
        st.integers(0, 99),
        st.integers(0, 99),
        st.sampled_from(LEVELS[:-1]),
        st.integers(1, 99),
        st.booleans(),
    )
)
def test_what_is_written_is_read_back(version: Version) -> None:
    assert Version.parse(str(version)) == version


@pytest.mark.parametrize("text", IN_ORDER)
def test_every_form_is_read_back(text: str) -> None:
    assert str(Version.parse(text)) == text


WRONG = [
    "",
    "3.14",
    "v3.14.0",
    "3.14.0c1",
    "3.14.0a0",
    "3.14.0rc",
    "3.14.0rcx; rm -rf",
    "3.14.0 ",
    "3.14.0a1++",
    "٣.1.0",
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_version_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version: write 3.14.0, 3.14.0a1, 3.14.0b1 or 3.14.0rc1"):
        Version.parse(text)


def test_a_version_knows_its_branch_and_how_it_is_said() -> None:
    version = Version.parse("3.14.0rc2+")
    assert version.branch == "3.14"
    assert version.spoken() == "3.14.0 release candidate 2+"
    assert Version.parse("1.3.0a2").spoken() == "1.3.0 alpha 2"
    assert Version.parse("3.14.1").spoken() == "3.14.1"


def test_released_takes_the_plus_away() -> None:
    assert str(Version.parse("3.14.0a1+").released()) == "3.14.0a1"
    assert Version.parse("3.14.0").is_final
    assert not Version.parse("3.14.0rc1").is_final


def test_branches_sort_by_number() -> None:
    assert sorted(["3.10", "3.9", "3.14"], key=branch_key) == ["3.9", "3.10", "3.14"]
    with pytest.raises(ValueError, match="'main' is not a maintenance branch"):
        branch_key("main")


@pytest.mark.parametrize(
    ("stage", "version"),
    [
        ("3.14.0 alpha 1", "3.14.0a1"),
        ("3.14.0 beta 2", "3.14.0b2"),
        ("3.14.0 candidate 3", "3.14.0rc3"),
        ("3.14.0 final", "3.14.0"),
        ("3.14.5", "3.14.5"),
    ],
)
def test_a_stage_of_a_schedule_is_a_version_and_back(stage: str, version: str) -> None:
    assert str(Version.of_stage(stage)) == version
    assert Version.parse(version).stage() == stage


@pytest.mark.parametrize(
    "stage", ["3.14.0 alpha", "3.14.0 final 1", "3.14.0 gamma 1", "3.14", "3.14.0 beta 0", "3.14.0a1"]
)
def test_what_is_no_stage_is_refused_with_the_forms_that_are(stage: str) -> None:
    with pytest.raises(ValueError, match=r"is not a stage: write 3\.14\.0 alpha 1"):
        Version.of_stage(stage)


def test_a_tree_before_its_first_release_calls_itself_a0() -> None:
    assert str(Version.of_tree("3.15.0a0")) == "3.15.0a0"
    assert Version.of_tree("3.15.0a0") < Version.parse("3.15.0a1")
    assert Version.of_tree("3.14.0b1+") == Version.parse("3.14.0b1+")
    with pytest.raises(ValueError, match="is not a version"):
        Version.of_tree("3.15.0b0")
