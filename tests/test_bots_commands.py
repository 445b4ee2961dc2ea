"""Commands in comments: whose lines count, who may ask for what, and one reply for what went wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots import commands
from bots.commands import Command
from forge.effects import AddLabel, Comment, Effect, Recheck, RecordBackport, WriteFile
from forge.events import Commented
from forge.facts import BackportState, Facts, Person, PullRequest
from tests.backport_facts import merged
from tests.bots_facts import ADA, BOB, BOT, CORE, MANAGER, TRIAGER, facts, pull


def said(body: str, by: Person = TRIAGER, before: str | None = None, sender: str = "") -> Commented:
    edited = before is not None
    return Commented(7, by.login, 99, body, before or "", edited, sender or by.login)


def answers(body: str, by: Person = TRIAGER, pr: PullRequest | None = None, **about: object) -> list[Effect]:
    whole: Facts = facts(pr or pull(), speaker=by, **about)
    return list(commands.decide(said(body, by), whole).effects)


def reply(effects: list[Effect]) -> str:
    (told,) = [each for each in effects if isinstance(each, Comment)]
    assert (told.number, told.topic) == (7, "reply-99")
    return told.body


@pytest.mark.row("CM-1")
@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("/backport 1.2", ["backport"]),
        ("Thanks!\r\n\r\n/backport 1.2\r\n/cla-recheck", ["backport", "cla-recheck"]),
        ("  /cla-recheck  ", ["cla-recheck"]),
        ("> /backport 1.2", []),
        ("```\n/backport 1.2\n```", []),
        ("    /backport 1.2", []),
        ("`/backport 1.2`", []),
        ("`code that\n/backport 1.2\ngoes on`", []),
        ("<!-- /backport 1.2 -->", []),
        ("Say /backport 1.2", []),
        ("/usr/bin/env python", []),
        ("/", []),
        ("//backport", []),
        ("/News Library x", []),
    ],
)
def test_only_a_persons_own_line_that_begins_with_a_slash_is_a_command(body: str, names: list[str]) -> None:
    assert [each.name for each in commands.parse(body)] == names


def test_code_in_a_commands_line_is_a_part_of_it() -> None:
    assert commands.parse("/news Library Fix ``os.path`` again.") == [Command("news", "Library Fix ``os.path`` again.")]


@pytest.mark.row("CM-1")
def test_an_edited_comment_runs_only_what_is_new_in_it() -> None:
    new = Command("backport", "1.1")
    assert commands.fresh(said("/backport 1.2\n/backport 1.1", before="/backport 1.2")) == [new]
    assert commands.fresh(said("/backport 1.2, please", before="/backport 1.2")) == [Command("backport", "1.2, please")]
    assert commands.fresh(said("Hello\n/backport 1.2", before="/backport 1.2")) == []
    assert commands.fresh(said("/backport 1.2", before="", sender="bob")) == [], "somebody else's edit asks for nothing"


@pytest.mark.row("CM-1")
def test_an_unknown_command_gets_one_reply_that_lists_the_others() -> None:
    told = reply(answers("/frobnicate\n/frobnicate", ADA))
    assert "`/frobnicate`" in told and told.count("I do not know") == 1
    assert all(f"`/{name}" in told for name in ("backport", "cla-recheck", "news"))


@pytest.mark.row("CM-1", "BP-1")
def test_who_may_not_is_told_who_may() -> None:
    effects = answers("/backport 1.2", ADA, merged())
    assert len(effects) == 1
    assert reply(effects) == "`/backport` is for members of the triage and core teams; `ada` is not among them."


def test_a_program_asks_for_nothing() -> None:
    assert answers("/backport 1.2", replace(BOT, login="other[bot]")) == []


@pytest.mark.row("BP-1")
def test_after_the_merge_each_branch_is_asked_for_and_looked_at() -> None:
    assert answers("/backport 1.2 1.1 1.2", CORE, merged()) == [
        RecordBackport(7, "1.2", "asked", "asked for by core-dev"),
        RecordBackport(7, "1.1", "asked", "asked for by core-dev"),
        Recheck(7, "core-dev asked for backports"),
    ]
    manager = replace(MANAGER, is_manager=True)
    assert RecordBackport(7, "1.1", "allowed", "asked for by release-manager") in answers(
        "/backport 1.1", manager, merged()
    )


@pytest.mark.row("BP-1")
def test_before_the_merge_a_label_remembers_it() -> None:
    pr = pull(labels=frozenset({"needs backport to 1.1"}))
    assert answers("/backport 1.2 1.1", TRIAGER, pr) == [
        AddLabel(7, "needs backport to 1.2"),
        Recheck(7, "triager asked for backports"),
    ]


@pytest.mark.parametrize(
    ("line", "pr", "words"),
    [
        ("/backport", merged(), "Name the branches"),
        ("/backport main 9.9 @everyone", merged(), "There is no branch `@everyone`; the maintained ones are 1.1, 1.2."),
        ("/backport 1.2", pull(state="closed"), "closed without a merge"),
    ],
)
def test_what_cannot_be_asked_for_is_said(line: str, pr: PullRequest, words: str) -> None:
    effects = answers(line, CORE, pr)
    assert len(effects) == 1 and words in reply(effects)


@pytest.mark.row("BP-8")
def test_a_closed_backport_is_made_again_only_with_the_word_for_it() -> None:
    rows = (BackportState("1.2", "declined", "closed", 50), BackportState("1.1", "opened", "", 51))
    told = answers("/backport 1.2 1.1", CORE, merged(), backports=rows)
    assert reply(told) == (
        "#50 was closed without a merge; `/backport --again 1.2` makes a new one.\nThe backport to 1.1 is opened: #51."
    )
    asked = RecordBackport(7, "1.2", "asked", "asked for by core-dev")
    for line in ("/backport --again 1.2", "/backport --again"):
        assert asked in answers(line, CORE, merged(), backports=rows)


@pytest.mark.row("CL-6")
def test_anybody_may_ask_for_a_new_look_at_the_agreement() -> None:
    assert answers("/cla-recheck", BOB) == [Recheck(7, "bob asked for a new look at the agreement")]


# --- /news ---

OURS = pull(head_repo="rabbit/rabbit", head_ref="fix")


@pytest.mark.row("NW-8")
@pytest.mark.parametrize("section", ["Core and Builtins", "Core_and_Builtins", "core and builtins"])
def test_an_entry_is_written_to_the_branch_under_a_name_that_stays(section: str) -> None:
    line = f"/news {section} Close ``os.path`` and many other files, each at the time at which it should be closed."
    (made,) = answers(line, ADA, OURS)
    assert isinstance(made, WriteFile)
    assert (made.branch, made.message) == ("fix", "gh-1: Add a news entry")
    assert made.path.startswith("Misc/NEWS.d/next/Core_and_Builtins/2026-11-20-00-00-00.gh-issue-1.")
    assert made.text == ("Close ``os.path`` and many other files, each at the time at which it should be\nclosed.\n")
    assert answers(line, ADA, OURS) == [made]


@pytest.mark.row("NW-8")
@pytest.mark.parametrize(
    ("by", "line", "pr", "words"),
    [
        (BOB, "/news Library x", OURS, "is for the author and members of the triage and core teams"),
        (ADA, "/news Nonsense x", OURS, "the sections are `Security`"),
        (ADA, "/news Library", OURS, "the sections are `Security`"),
        (ADA, "/news Library - Close", OURS, "An entry must not begin with `-`"),
        (ADA, "/news Library Close", replace(OURS, title="Close"), "Begin the title with the issue"),
        (ADA, "/news Library Close", replace(OURS, state="closed"), "not open any more"),
        (ADA, "/news Library Close @ada", replace(OURS, head_repo="ada/rabbit"), "We write to no fork"),
        (ADA, "/news Library Close", replace(OURS, head_ref="main"), "We write to no fork"),
        (ADA, "/news Library Close", replace(OURS, head_ref="1.2"), "We write to no fork"),
    ],
)
def test_an_entry_that_cannot_be_written_is_answered(by: Person, line: str, pr: PullRequest, words: str) -> None:
    effects = answers(line, by, pr)
    assert len(effects) == 1 and words in reply(effects)
