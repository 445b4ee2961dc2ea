"""The one comment that tells a contributor what to do, and later that nothing is left."""

from __future__ import annotations

import pytest

from bots import welcome
from bots.news import NAME
from forge.effects import Comment
from forge.facts import Facts
from tests.bots_facts import BOT, CODE_FILE, CORE, TRIAGER, facts, opened, ours, pull

BARE = pull(title="Close the file", files=(CODE_FILE,))


def told(whole: Facts) -> list[Comment]:
    return [effect for effect in welcome.decide(opened(), whole).effects if isinstance(effect, Comment)]


@pytest.mark.row("NW-5")
def test_a_contributor_is_told_everything_that_is_missing_in_one_comment() -> None:
    (comment,) = told(facts(BARE, unsigned=("ada",)))
    assert comment.topic == "help"
    assert "http://127.0.0.1:8080/cla" in comment.body
    assert "gh-12: Close the file" in comment.body
    assert "Misc/NEWS.d/next/Library/2026-11-20-00-00-00.gh-issue-12.aB3dEf.rst" in comment.body
    assert "@" not in comment.body, "nobody is called"


def test_the_example_of_a_news_file_is_one_that_passes() -> None:
    (comment,) = told(facts(pull(files=(CODE_FILE,))))
    name = comment.body.split("next/Library/")[1].split("`")[0]
    assert NAME.fullmatch(name)
    assert "gh-issue-1." in name, "the issue of the title is used"


def test_only_what_is_missing_is_named() -> None:
    (comment,) = told(facts(pull(), unsigned=("ada",)))
    assert "contributor agreement" in comment.body
    assert "news entry" not in comment.body
    assert "begin the title" not in comment.body


def test_who_did_everything_right_is_not_disturbed() -> None:
    assert told(facts(pull())) == []


@pytest.mark.row("NW-5")
def test_the_comment_follows_what_is_still_missing_and_ends_in_thanks() -> None:
    (first,) = told(facts(BARE, unsigned=("ada",)))
    again = ours("help", first.body)
    assert told(facts(pull(title=BARE.title, files=BARE.files, comments=(again,)), unsigned=("ada",))) == []
    (done,) = told(facts(pull(comments=(again,))))
    assert done.topic == "help"
    assert "Everything that we ask for is there" in done.body


def test_people_with_rights_here_and_programs_are_not_told() -> None:
    for author in (CORE, TRIAGER, BOT):
        assert told(facts(pull(title="Close", files=(CODE_FILE,), author=author), unsigned=("x",))) == []


def test_a_title_cannot_break_out_of_its_code_span() -> None:
    (comment,) = told(facts(pull(title="Close` @everybody `")))
    assert "`gh-12: Close @everybody `" in comment.body
