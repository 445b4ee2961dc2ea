"""Builds of pull requests: who may ask, for exactly which commit, on which builders, and the answer in each case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.pull_builds import COMMENT, LABEL, decide, may
from core.results import Builder
from forge.effects import Comment, Effect, RemoveLabel, SetStatus, StartBuild, StopBuilds
from forge.events import Commented, PullRequestChanged
from forge.facts import Facts, Person, PullRequest, Role
from tests.bots_facts import ADA, BOT, CORE, HEAD, MANAGER, OLD, TRIAGER, facts, pull, rabbit

pytestmark = pytest.mark.row("A4", "B9")

HAMMER, LEAKS = ":hammer: test-with-buildbots", ":hammer: test-with-refleak-buildbots"
WHEN = "2026-11-20T10:00:00Z"


def builder(name: str, branch: str, stable: bool = True) -> Builder:
    version = name.rpartition(" ")[2]
    return Builder(name, name.split()[0], 1, stable, branch, version, "http://farm/")


FARM = (
    builder("asan 1.3", "main"),
    builder("debug 1.2", "1.2"),
    builder("debug 1.3", "main"),
    builder("refleak 1.2", "1.2"),
    builder("refleak 1.3", "main"),
    builder("ubsan 1.3", "main", stable=False),
)


def fork(**fields: object) -> PullRequest:
    return replace(pull(head_repo="ada/rabbit", mergeable=True), **fields)  # type: ignore[arg-type]


def of(by: Person, pr: PullRequest, head: str = HEAD, **fields: object) -> Facts:
    return facts(pr, speaker=by, asked_head=head, builders=FARM, **fields)


def labeled(label: str = HAMMER, by: Person = CORE, head: str = HEAD) -> PullRequestChanged:
    return PullRequestChanged("labeled", 7, by.login, label=label, updated=WHEN, head=head)


def said(body: str, by: Person = CORE) -> Commented:
    return Commented(7, by.login, 99, body, sender=by.login)


def by_label(label: str = HAMMER, by: Person = CORE, **fields: object) -> list[Effect]:
    return list(decide(labeled(label, by), of(by, fork(**fields))).effects)


def by_comment(body: str, by: Person = CORE, **fields: object) -> list[Effect]:
    return list(decide(said(body, by), of(by, fork(**fields))).effects)


def started(effects: list[Effect]) -> tuple[str, ...]:
    return tuple(name for each in effects if isinstance(each, StartBuild) for name in each.names)


def answer(effects: list[Effect]) -> str:
    (told,) = [each for each in effects if isinstance(each, Comment)]
    assert told.number == 7
    return told.body


def test_the_label_schedules_the_stable_builders_of_the_base_answers_and_goes() -> None:
    effects = by_label()
    names = ("asan 1.3", "debug 1.3", "refleak 1.3")
    key = f"pull:7:{HEAD}:{HAMMER}:{WHEN}"
    about = "core-dev asked for builds of #7"
    start = StartBuild(key, "refs/pull/7/merge", HEAD, reason=about, scope="pull:7", names=names)
    assert effects[0] == start
    assert effects[-1] == RemoveLabel(7, HAMMER)
    told = answer(effects)
    assert HEAD in told and all(f"- `{name}`" in told for name in names) and "ubsan" not in told
    assert f"/commits/{HEAD}" in told and "3 builders take it" in told
    pending = [each for each in effects if isinstance(each, SetStatus)]
    assert [(each.sha, each.context, each.state) for each in pending] == [
        (HEAD, f"buildbot/{name}", "pending") for name in names
    ]
    assert decide(labeled(), of(CORE, fork())).effects == tuple(effects), (
        "the same act, told again, is the same request"
    )


def test_the_label_for_leaks_schedules_the_stable_builders_that_hunt_them() -> None:
    effects = by_label(LEAKS)
    assert started(effects) == ("refleak 1.3",)
    assert effects[-1] == RemoveLabel(7, LEAKS)


def test_a_command_chooses_among_all_builders_of_the_base_the_unstable_ones_too() -> None:
    assert started(by_comment("!buildbot .*")) == ("asan 1.3", "debug 1.3", "refleak 1.3", "ubsan 1.3")
    assert started(by_comment("!buildbot (UB)?SAN")) == ("asan 1.3", "ubsan 1.3")
    assert started(by_comment("!buildbot debug", base="1.2")) == ("debug 1.2",)


def test_matched_is_scheduled_always() -> None:
    """The builders that the answer names are the builders of the request, name by name."""
    effects = by_comment("!buildbot e")
    listed = [line[3:-1] for line in answer(effects).splitlines() if line.startswith("- `")]
    assert tuple(listed) == started(effects)


# fmt: off
MAY = [  # how, who, the pull request is a fork's, farm.label_builds, may
    (LABEL,   CORE,    True,  "core",   True),
    (LABEL,   CORE,    False, "core",   True),
    (LABEL,   MANAGER, True,  "core",   True),
    (LABEL,   TRIAGER, True,  "core",   False),
    (LABEL,   TRIAGER, True,  "triage", True),
    (LABEL,   TRIAGER, False, "core",   True),
    (LABEL,   ADA,     True,  "triage", False),
    (LABEL,   ADA,     False, "triage", False),
    (LABEL,   BOT,     False, "triage", False),
    (COMMENT, CORE,    True,  "core",   True),
    (COMMENT, CORE,    False, "triage", True),
    (COMMENT, TRIAGER, True,  "triage", False),
    (COMMENT, TRIAGER, False, "triage", False),
    (COMMENT, ADA,     True,  "triage", False),
    (COMMENT, BOT,     False, "core",   False),
]
# fmt: on


@pytest.mark.parametrize(("how", "who", "is_fork", "rule", "allowed"), MAY)
def test_who_may_ask(how: str, who: Person, is_fork: bool, rule: str, allowed: bool) -> None:
    assert may(how, who, is_fork, rule) is allowed


def test_a_release_manager_outside_of_the_core_team_may_ask() -> None:
    assert may(COMMENT, Person("rm", 5, Role.NONE, is_manager=True), True, "core")


def test_the_rule_about_labels_is_a_setting() -> None:
    allowed = rabbit(farm={"label_builds": "triage"})
    assert started(list(decide(labeled(by=TRIAGER), of(TRIAGER, fork(), settings=allowed)).effects))
    assert not started(by_label(by=TRIAGER))


# body or label, who, what is different -> a part of the answer
REFUSED: dict[str, tuple[list[Effect], str]] = {
    "no right to choose": (by_comment("!buildbot debug", ADA), "Builders are chosen by core developers; `ada` is not"),
    "a triager's label on a fork": (by_label(by=TRIAGER), "`triager` is not among them. The label is off again."),
    "nothing matches": (
        by_comment("!buildbot windows"),
        "No builder of `main` matches `windows`. There are:\n\n- `asan",
    ),
    "no pattern": (by_comment("!buildbot"), "`!buildbot refleak`"),
    "not a pattern": (by_comment("!buildbot ("), "is not a regular expression"),
    "a bomb": (by_comment("!buildbot (a+)+$"), "repeats too much"),
    "a long pattern": (by_comment("!buildbot " + "x" * 999), "write at most 200"),
    "no builder for the base": (by_label(base="feature"), "no builder for `feature`"),
    "closed": (by_label(state="closed"), "not open any more"),
    "a conflict": (by_label(mergeable=False), "does not merge into `main`"),
}


@pytest.mark.parametrize(("effects", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_built_is_answered_and_the_label_goes_all_the_same(effects: list[Effect], words: str) -> None:
    assert started(effects) == ()
    assert words in answer(effects)
    assert {type(each) for each in effects} <= {Comment, RemoveLabel}


def test_a_pattern_mentions_nobody() -> None:
    told = answer(by_comment("!buildbot (?P<@core-dev>x)"))
    assert "@core-dev" in told and told.index("`") < told.index("@core-dev") < told.rindex("`")


@pytest.mark.parametrize("event", [labeled(head=OLD), said("!buildbot debug")])
def test_only_the_commit_that_was_there_at_that_moment_is_built(event: PullRequestChanged | Commented) -> None:
    """A push between a person's act and our look at it: nobody has said that the new commit may be built."""
    effects = list(decide(event, of(CORE, fork(), head=OLD)).effects)
    assert started(effects) == ()
    assert f"nobody has said yet that {HEAD[:10]} may be built" in answer(effects)


@pytest.mark.parametrize(
    "body",
    [
        "> !buildbot debug",
        "Please !buildbot debug",
        "Thanks!\n!buildbot debug",
        "    !buildbot debug",
        "```\n!buildbot debug\n```",
        "`!buildbot debug`",
        "!buildbots debug",
        "<!-- x --> no\n!buildbot debug",
    ],
)
def test_only_a_first_line_of_ones_own_is_the_command(body: str) -> None:
    assert by_comment(body) == []


def test_an_edited_comment_asks_for_nothing() -> None:
    edited = replace(said("!buildbot debug"), edited=True, before="Hello")
    assert decide(edited, of(CORE, fork())).effects == ()


@pytest.mark.parametrize("label", ["type-bug", "hammer", ":hammer: test"])
def test_other_labels_ask_for_nothing(label: str) -> None:
    assert by_label(label) == []


def test_new_commits_and_the_end_call_builds_off() -> None:
    pushed = PullRequestChanged("synchronize", 7, "ada", head=HEAD)
    assert decide(pushed, facts(fork())).effects == (StopBuilds("pull:7", HEAD),)
    closed = PullRequestChanged("closed", 7, "ada", head=HEAD)
    assert decide(closed, facts(fork(state="closed"))).effects == (StopBuilds("pull:7", ""),)
    assert decide(PullRequestChanged("edited", 7, "ada"), facts(fork())).effects == ()


def test_an_answer_of_hundreds_of_builders_stays_short() -> None:
    many = tuple(builder(f"debug-{number} 1.3", "main") for number in range(141))
    effects = list(decide(labeled(), replace(of(CORE, fork()), builders=many)).effects)
    assert len(started(effects)) == 141
    assert "- and 101 more" in answer(effects)
    assert not [each for each in effects if isinstance(each, SetStatus)], "a hundred statuses would hold up the rest"
