"""Several changes came in and one broke a test: builds of that test alone find it, and one comment says so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bots import builds, culprit
from bots.decision import Decision
from core.flakes import Flake
from core.results import Build
from core.settings import Settings
from forge.effects import CloseNotice, Comment, Effect, OpenNotice, StartBuild
from forge.events import BuildFinished
from forge.facts import Facts, FarmFacts, Notice, Suspect
from tests.backport_facts import FAIL, GOOD, LEAK, build, red, verdict
from tests.bots_facts import facts

KEY = "main test_list leaked"
METHODS = [{"id": "test.test_list.ListTest.test_pop", "outcome": "leak", "traceback": ""}]
NAMED = {**LEAK, "cases": METHODS}  # what the runner says when it is asked for the methods
PEOPLE = ("ada", "bob")


def suspects(count: int, files: Sequence[str] = ()) -> tuple[Suspect, ...]:
    """One pull request each, 101 and on, oldest first."""
    return tuple(
        Suspect(f"{number:040}", 100 + number, PEOPLE[number % 2], f"gh-{number}: Change {number}", tuple(files))
        for number in range(1, count + 1)
    )


@dataclass
class Farm:
    """Answers every request with a build: the test breaks from change `culprit` on (0 is the oldest)."""

    changes: tuple[Suspect, ...]
    culprit: int
    broken: dict[str, Any] = field(default_factory=lambda: NAMED)
    notices: dict[str, Notice] = field(default_factory=dict)
    probes: list[Build] = field(default_factory=list)
    said: list[Comment] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)
    asked: list[StartBuild] = field(default_factory=list)
    flakes: dict[str, Flake] = field(default_factory=dict)
    settings: Settings | None = None

    def head(self) -> Build:
        return red(LEAK if self.broken is NAMED else self.broken, commit=self.changes[-1].commit, number=9)

    def push(self) -> None:
        """The newest change was built and is red; then whatever is asked for is built."""
        before = (build(commit=GOOD, number=1),)
        waiting = self.hear(FarmFacts(self.head(), before, self.changes, (), tuple(self.probes), self.flakes))
        while waiting:
            waiting = [each for ask in waiting for each in self.answer(ask)]

    def answer(self, ask: StartBuild) -> list[StartBuild]:
        if ask.key in {each.key for each in self.asked}:
            return []
        self.asked.append(ask)
        self.probes.append(self.built(ask))
        return self.hear(FarmFacts(self.probes[-1], (), (), tuple(self.notices.values()), tuple(self.probes)))

    def built(self, ask: StartBuild) -> Build:
        place = [each.commit for each in self.changes].index(ask.commit)
        number = 10 + len(self.asked)
        if place >= self.culprit:
            return red(self.broken, commit=ask.commit, number=number, tests=ask.tests)
        return build(commit=ask.commit, number=number, tests=ask.tests)

    def hear(self, farm: FarmFacts) -> list[StartBuild]:
        told: Facts = facts(farm=farm)
        if self.settings:
            told = replace(told, settings=self.settings)
        decision = culprit.decide(BuildFinished(farm.build.key), told)
        self.whys.append(decision.why)
        return self.carry_out(decision)

    def carry_out(self, decision: Decision) -> list[StartBuild]:
        asks: list[StartBuild] = []
        for effect in decision.effects:
            match effect:
                case OpenNotice():
                    self.notices[effect.key] = Notice(effect.key, effect.number, effect.commit, effect.body)
                case CloseNotice():
                    del self.notices[effect.key]
                case Comment():
                    self.said.append(effect)
                case StartBuild():
                    asks.append(effect)
        return asks


class Stuck(Farm):
    """From change `culprit` on the tree does not compile."""

    def head(self) -> Build:
        return red(commit=self.changes[-1].commit, number=9, failed_step="compile", verdict={})

    def built(self, ask: StartBuild) -> Build:
        whole = super().built(ask)
        return whole if whole.green else replace(whole, failed_step="compile", verdict={})


@pytest.mark.parametrize("count", [2, 3, 7, 16])
def test_the_one_change_is_found_with_few_builds_and_told_once(count: int) -> None:
    for guilty in range(count):
        farm = Farm(suspects(count), guilty)
        farm.push()
        assert len(farm.asked) <= math.ceil(math.log2(count)) + 1
        found = farm.notices[KEY]
        assert (found.number, found.commit) == (101 + guilty, farm.changes[guilty].commit)
        (comment,) = farm.said
        assert comment.number == 101 + guilty


def test_the_comment_names_test_method_deltas_commit_and_how_sure_it_is() -> None:
    farm = Farm(suspects(7), 3)
    farm.push()
    body = farm.said[0].body
    for part in (
        "- test_list leaked [3, 3, 3] references and [1, 1, 1] memory blocks",
        "`test.test_list.ListTest.test_pop`",
        farm.changes[3].commit,
        "Yes, as far as builds can tell (100%): it came in together with 6 other changes",
        "3 builds of this test alone on `refleak 1.3` found it: test_list works at",
        'TESTOPTS="-R 3:3 test_list"',
        "Hi @ada!",
    ):
        assert part in body, part


def test_each_build_is_of_the_broken_test_on_the_builder_that_saw_it_break() -> None:
    farm = Farm(suspects(7), 3)
    farm.push()
    assert {(ask.tests, ask.builders, ask.branch) for ask in farm.asked} == {("test_list", "^refleak\\ 1\\.3$", "main")}
    assert len({ask.key for ask in farm.asked}) == len(farm.asked)
    assert all(len(ask.key) <= 200 for ask in farm.asked)


def test_while_it_is_searched_the_notice_says_so_and_nobody_is_told() -> None:
    farm = Farm(suspects(4), 1)
    waiting = farm.hear(FarmFacts(farm.head(), (build(commit=GOOD, number=1),), farm.changes))
    assert len(waiting) == 1
    assert farm.notices[KEY].number is None
    assert farm.said == []
    assert "nobody was told yet: #101, #102, #103, #104 are searched, 1 builds so far" in farm.whys[0]


def test_a_build_that_is_heard_of_twice_asks_for_nothing_new() -> None:
    farm = Farm(suspects(4), 1)
    now = FarmFacts(farm.head(), (build(commit=GOOD, number=1),), farm.changes)
    first = farm.hear(now)
    again = farm.hear(replace(now, notices=tuple(farm.notices.values())))
    assert first == again


def test_builds_that_others_asked_for_are_used() -> None:
    farm = Farm(suspects(7), 3)
    farm.probes = [build(commit=farm.changes[2].commit, number=3), red(LEAK, commit=farm.changes[3].commit, number=4)]
    farm.push()
    assert farm.asked == []
    assert farm.notices[KEY].number == 104


def test_a_change_that_does_not_compile_is_gone_round() -> None:
    farm = Farm(suspects(8), 6)
    stuck = farm.changes[3].commit
    farm.probes = [red(commit=stuck, number=3, tests="test_list", failed_step="compile", verdict={})]
    farm.push()
    assert stuck not in {ask.commit for ask in farm.asked}
    assert farm.notices[KEY].number == 107


def test_a_build_of_another_test_says_nothing_of_this_one() -> None:
    """Two tests broke in one burst: that the other one passes at a change is no news of this one."""
    farm = Farm(suspects(8), 2)
    others = (build(commit=each.commit, number=20 + at, tests="test_int") for at, each in enumerate(farm.changes))
    farm.probes = [*others]
    farm.push()
    assert farm.notices[KEY].number == 103
    assert farm.asked, "the builds of the other test answered nothing"


@pytest.mark.parametrize("count", [2, 3, 7, 16])
def test_what_does_not_compile_is_found_with_builds_that_run_no_test(count: int) -> None:
    for guilty in range(count):
        farm = Stuck(suspects(count), guilty)
        farm.push()
        assert len(farm.asked) <= math.ceil(math.log2(count)) + 1
        assert {ask.tests for ask in farm.asked} == {"no-tests"}
        (found,) = farm.notices.values()
        assert (found.key, found.number) == ("main step:compile", 101 + guilty)
        (comment,) = farm.said
        assert comment.number == 101 + guilty
        builds_taken = f"{len(farm.asked)} build{'s' * (len(farm.asked) > 1)} without tests on `refleak 1.3` found it"
        assert f"{builds_taken}: compile works at " in comment.body
        assert "the step compile failed" in comment.body and "./configure --with-pydebug && make" in comment.body


def test_a_change_to_what_is_compiled_is_tried_before_one_to_a_module() -> None:
    changes = suspects(8, ["Lib/list.py"])
    touched = (*changes[:5], replace(changes[5], files=("Objects/list.c",)), *changes[6:])
    farm = Stuck(touched, 5)
    farm.push()
    assert {ask.commit for ask in farm.asked[:2]} == {changes[4].commit, changes[5].commit}
    assert farm.notices["main step:compile"].number == 106


def test_a_change_from_no_pull_request_is_written_down_and_told_to_nobody() -> None:
    changes = tuple(replace(each, number=None) if at == 2 else each for at, each in enumerate(suspects(5)))
    farm = Farm(changes, 2)
    farm.push()
    assert farm.notices[KEY].number is None
    assert farm.said == []
    assert "came from no pull request" in farm.whys[-1] and "100% sure" in farm.whys[-1]


def test_commits_of_one_pull_request_are_searched_as_one() -> None:
    first, second, third = suspects(3)
    farm = Farm((first, replace(first, commit="9" * 40), second, third), 1)
    farm.push()
    assert farm.notices[KEY].number == 101
    assert farm.notices[KEY].commit == "9" * 40


def test_a_change_that_touches_the_test_is_tried_first() -> None:
    changes = tuple(
        replace(each, files=("Objects/listobject.c",) if at == 12 else ("Doc/a.rst",))
        for at, each in enumerate(suspects(16))
    )
    farm = Farm(changes, 12)
    farm.push()
    assert {ask.commit for ask in farm.asked[:2]} <= {changes[11].commit, changes[12].commit}
    assert farm.notices[KEY].number == 113


def test_a_wavering_test_accuses_nobody_unless_it_failed_again() -> None:
    once = {**FAIL, "rerun": None}
    waver = Flake(True, "it passed when run again in 3 of 20 builds", 0.15)
    farm = Farm(suspects(1), 0, broken=once, flakes={"test_list": waver})
    farm.push()
    assert (farm.notices, farm.said) == ({}, [])
    assert "the test wavers: it passed when run again in 3 of 20 builds" in farm.whys[0]
    farm = Farm(suspects(1), 0, broken=FAIL, flakes={"test_list": waver})
    farm.push()
    assert len(farm.said) == 1


def test_a_flake_that_people_know_accuses_nobody_until_its_day() -> None:
    plain = facts().settings
    rule = "test_list until 2026-12-31 when leaked because gh-9: the cache fills"
    known = plain.model_copy(update={"farm": plain.farm.model_copy(update={"known_flakes": rule})})
    farm = Farm(suspects(1), 0, settings=known)
    farm.push()
    assert (farm.notices, farm.said) == ({}, [])
    assert "known until 2026-12-31: gh-9: the cache fills" in farm.whys[0]
    over = plain.model_copy(
        update={"farm": plain.farm.model_copy(update={"known_flakes": rule.replace("2026-12", "2026-01")})}
    )
    farm = Farm(suspects(1), 0, settings=over)
    farm.push()
    assert len(farm.said) == 1


def test_a_build_of_one_test_is_no_verdict_on_its_commit_and_mends_nothing() -> None:
    probe = build(commit=GOOD, number=30, tests="test_list", verdict=verdict())
    open_ = Notice(KEY, 8, GOOD, {"branch": "main", "test": "test_list", "kind": "leaked", "builders": {}})
    told = facts(farm=FarmFacts(probe, (), (), (open_,)))
    effects: tuple[Effect, ...] = culprit.decide(BuildFinished(probe.key), told).effects
    assert effects == ()
    assert builds.decide(BuildFinished(probe.key), told).effects == ()
