"""Every result is a row; a test that wavers is told from one that broke, with the reason; rules of people end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine

from core import database, flakes, outcomes, results, settings
from core.outcomes import Outcome
from tests.backport_facts import FAIL, LEAK, build, red, verdict

TODAY = date(2026, 11, 20)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = database.connect(database_url)
    yield made
    made.dispose()


def row(commit: int, state: str = "passed", rerun: str = "", builder: str = "debug 1.3") -> Outcome:
    return Outcome(builder, "main", f"{commit:040}", "test_x", "", state, rerun, None, "")


def told(text: str, builder: str = "debug 1.3") -> list[Outcome]:
    """Newest first, from oldest first: `.` passed, `F` failed, `f` failed and passed when run again."""
    states = {".": ("passed", ""), "F": ("failed", "failed"), "f": ("failed", "passed")}
    return [row(at, *states[each], builder=builder) for at, each in enumerate(text)][::-1]


def test_every_file_and_every_case_that_went_wrong_is_a_row(engine: Engine) -> None:
    good = {"name": "test_int", "state": "passed", "duration_s": 1.5, "cases": [], "leaks": []}
    quiet = {"name": "test_skip", "state": "skipped", "cases": [], "leaks": []}
    files = verdict(FAIL) | {"files": [good, quiet, FAIL]}
    results.record(engine, red(verdict=files), "branch:main")
    found = outcomes.of_build(engine, "refleak 1.3/2")
    assert [(each.test, each.case, each.state, each.rerun, each.duration_s) for each in found] == [
        ("test_int", "", "passed", "", 1.5),
        ("test_list", "", "failed", "failed", None),
        ("test_list", "test_pop (test.test_list.ListTest.test_pop)", "FAIL", "failed", None),
    ]
    assert outcomes.of_test(engine, "main", "test_list") == [found[1]]
    assert outcomes.of_cases(engine, "main", "test_list") == [found[2]]
    assert outcomes.of_test(engine, "1.2", "test_list") == []
    assert outcomes.of_test(engine, "main", "test_list", "debug 1.3") == []


def test_of_an_unfinished_log_only_what_passed_is_kept(engine: Engine) -> None:
    good = {"name": "test_int", "state": "passed", "cases": [], "leaks": []}
    results.record(engine, red(verdict=verdict(good, LEAK, complete=False)), "branch:main")
    assert [each.test for each in outcomes.of_build(engine, "refleak 1.3/2")] == ["test_int"]


def test_a_build_of_a_few_tests_is_no_result_of_its_builder(engine: Engine) -> None:
    results.record(engine, build(tests="test_list", number=7), "branch:main")
    assert results.history(engine, "refleak 1.3", "main") == []
    assert results.latest(engine, "main") == {}
    assert results.of_commit(engine, build().commit) == []
    assert [each.number for each in results.searched(engine, "refleak 1.3", [build().commit])] == [7]


def test_failing_since_and_last_pass() -> None:
    history = told("..F.FFF")
    since, last = outcomes.failing_since(history), outcomes.last_pass(history)
    assert since and last and (int(since.commit), int(last.commit)) == (4, 3)
    assert outcomes.failing_since(told("FF.")) is None
    assert outcomes.last_pass(told("FF")) is None


@pytest.mark.parametrize(
    ("history", "wavers", "reason"),
    [
        (told("....."), False, "never failed"),
        (told("...F"), False, "by the commit"),
        (told("...FFFF"), False, "by the commit"),
        (told("..FFFF.."), False, "by the commit"),  # broken, and mended
        (told("..F.."), False, "by the commit"),  # once: broken and mended at once, for all we know
        (told("...f."), True, "passed when run again in 1 of 5 builds"),
        (told("..F...F.."), True, "failed 2 times between passes"),
        (told("..FFFF..FFFF..."), False, "by the commit"),
        ([row(1), row(1, "failed", "failed")], True, "commit 0000000000 both failed and passed on one builder"),
        ([row(1), row(1, "failed", "failed", "asan 1.3")], False, "by the commit"),
        # four builders at once: that is the commit
        ([each for name in "abcd" for each in told("..F...F..", name)], False, "by the commit"),
    ],
)
def test_a_test_that_wavers_is_told_with_its_reason(history: list[Outcome], wavers: bool, reason: str) -> None:
    found = flakes.judge(history)
    assert (found.wavers, reason in found.reason) == (wavers, True), found


def test_labelled_histories_are_judged_with_precision_and_recall() -> None:
    """Histories whose truth is known: tests that waver at 5 to 40 %, tests that break and are mended."""
    chance = random.Random(20)  # noqa: S311 (which histories are made)
    right = {True: 0, False: 0}
    told_so = {True: 0, False: 0}
    for number in range(300):
        truly = number % 2 == 0
        judged = flakes.judge(_wavering(chance) if truly else _broken(chance)).wavers
        told_so[judged] += 1
        right[judged] += judged == truly
    assert right[True] / told_so[True] >= 0.95, "precision"
    assert right[True] / 150 >= 0.9, "recall"


def _wavering(chance: random.Random) -> list[Outcome]:
    rate = chance.uniform(0.05, 0.4)
    history = []
    for commit in range(60):
        for builder in "abc":
            bad = chance.random() < rate
            again = "failed" if chance.random() < rate else "passed"
            history.append(row(commit, "failed" if bad else "passed", again if bad else "", builder))
    return history[::-1]


def _broken(chance: random.Random) -> list[Outcome]:
    start = chance.randint(5, 50)
    end = start + chance.choice([1, 2, 3, 5, 20])
    return [
        row(commit, "failed" if start <= commit < end else "passed", "failed" if start <= commit < end else "", builder)
        for commit in range(60)
        for builder in "abc"
    ][::-1]


def test_the_rate_leaves_out_what_broke_just_now() -> None:
    assert flakes.judge(told("........FFFF")).rate == 0
    assert flakes.judge(told("f...f.....")).rate == 0.2


RULES = """
# what we know
test_socket until 2026-12-31 on ^asan when failed because gh-12: the port is taken now and then
test_asyncio* until 2026-11-20 because slow machines
"""


def test_rules_cover_what_they_say_until_their_day() -> None:
    found = flakes.rules(RULES)
    rule = flakes.known(found, "test_socket", "failed", "asan 1.3", TODAY)
    assert rule and rule.why.startswith("gh-12: the port")
    assert flakes.known(found, "test_asyncio.test_tasks", "leaked", "refleak 1.3", TODAY)
    for test, kind, builder, day in (
        ("test_socket", "leaked", "asan 1.3", TODAY),
        ("test_socket", "failed", "debug 1.3", TODAY),
        ("test_sockets", "failed", "asan 1.3", TODAY),
        ("test_asyncio.test_tasks", "leaked", "refleak 1.3", date(2026, 11, 21)),
    ):
        assert flakes.known(found, test, kind, builder, day) is None


def test_settings_with_a_rule_that_cannot_be_read_are_refused() -> None:
    config = {"CAMELOT_CONFIG": ""}
    assert settings.load(config).farm.known_flakes == ""
    with pytest.raises(ValueError, match="is no rule"):
        settings.Farm(known_flakes="test_x now and then")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("test_x until tomorrow because why", "'tomorrow' is no day"),
        ("test_x because why", "line 1: 'test_x because why' is no rule"),
        ("\ntest_x until 2026-12-31 when red because why", "line 2: 'red' is no kind"),
        ("test_x until 2026-12-31 on (a because why", "'(a' is not a regular expression"),
        ("test_x until 2026-12-31 because " + "y" * 600, "is no rule"),
    ],
)
def test_a_rule_that_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=".") as raised:
        flakes.rules(text)
    assert said in str(raised.value)
