"""The contributor agreement: who must sign, by what a signature is recognised, and what is shown of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots import cla, commands
from core.records import Signature
from forge.effects import Recheck, SetStatus
from forge.events import Commented, Revoked, Signed
from forge.facts import Commit, Person, PullRequest, Said
from tests.bots_facts import BOT, HEAD, commit, facts, labels_after, opened, pull, rabbit


def signature(account: int = 11, login: str = "ada", email: str = "ada@example.org") -> Signature:
    return Signature(account, login, email, "contributor-agreement-1", "f" * 64, False, "2026-11-20T10:00:00Z")


def missing(pr: PullRequest, *signatures: Signature) -> tuple[str, ...]:
    return cla.unsigned(rabbit(), pr, signatures)


def of(*commits: Commit, **fields: Any) -> PullRequest:
    return pull(commits=commits, **fields)


SHORT = HEAD[:7]
UNLINKED = commit(author_login="", author_id=0, author_email="stranger@example.org")
MERGED_IN_BROWSER = commit(committer_login="web-flow", committer_id=5, committer_email="noreply@github.com")
WITH_HELP = commit(message="Close the file\n\nCo-authored-by: Bob <bob@example.org>\n")
PUSHED_BY_BOB = commit(committer_login="bob", committer_id=12, committer_email="bob@example.org")
BY_PROGRAM = commit(author_login="robot[bot]", author_id=77, author_email="robot@example.org")


@pytest.mark.row("CL-1")
@pytest.mark.parametrize(
    ("pr", "who"),
    [
        (of(commit()), ()),
        (of(UNLINKED), (f"s…@example.org ({SHORT})",)),
        (of(MERGED_IN_BROWSER), ()),
        (of(WITH_HELP), (f"b…@example.org ({SHORT})",)),
        (of(PUSHED_BY_BOB), (f"bob ({SHORT})",)),
        (of(UNLINKED, UNLINKED, PUSHED_BY_BOB), (f"s…@example.org ({SHORT})", f"bob ({SHORT})")),
        (of(commit(committer_login="", committer_id=0, committer_email="x@example.org"), author=BOT), ()),  # by us
    ],
)
def test_beside_the_author_who_signed_these_are_missing(pr: PullRequest, who: tuple[str, ...]) -> None:
    assert missing(pr, signature()) == who


@pytest.mark.row("CL-3")
def test_a_program_is_trusted_by_its_number_and_by_nothing_else() -> None:
    trusting = rabbit(cla={"trusted_ids": [77]})
    imitations = (
        commit(author_login="robot[bot]", author_id=78),
        commit(author_login="robot-bot", author_id=79),
        commit(author_login="", author_id=0, author_email="77+robot[bot]@users.noreply.github.com"),
    )
    assert cla.unsigned(trusting, of(BY_PROGRAM), [signature()]) == ()
    for imitation in imitations:
        assert len(cla.unsigned(trusting, of(imitation), [signature()])) == 1
    assert len(missing(of(BY_PROGRAM), signature())) == 1, "no program is trusted unless the settings name it"


@pytest.mark.row("CL-1")
@pytest.mark.parametrize(
    ("people", "who"),
    [
        (["opener"], ("ada",)),
        (["author"], (f"s…@example.org ({SHORT})",)),
        (["committer"], (f"bob ({SHORT})",)),
        (["co-author"], (f"b…@example.org ({SHORT})",)),
    ],
)
def test_the_settings_say_which_people_have_to_have_signed(people: list[str], who: tuple[str, ...]) -> None:
    stranger = replace(UNLINKED, committer_login="bob", committer_id=12, committer_email="bob@example.org")
    whole = of(replace(stranger, message=WITH_HELP.message))
    assert cla.unsigned(rabbit(cla={"people": people}), whole, []) == who


def test_commits_that_github_does_not_list_are_not_passed_over_in_silence() -> None:
    (told,) = missing(of(commit(), commit_count=251), signature())
    assert "after the first 250" in told


def spoken(*said: tuple[int, str, str]) -> PullRequest:
    return pull(comments=tuple(Said(number, "bob", body, f"2026-11-20T10:{at}Z") for number, at, body in said))


@pytest.mark.row("CL-6")
def test_anybody_may_ask_to_check_again_once_a_minute_in_words_of_their_own() -> None:
    def rechecks(pr: PullRequest, comment: int) -> bool:
        body = next(said.body for said in pr.comments if said.id == comment)
        found = commands.decide(Commented(7, "bob", comment, body), facts(pr, speaker=Person("bob", 12))).effects
        return any(isinstance(effect, Recheck) for effect in found)

    pr = spoken((1, "00:00", "/cla-recheck"), (2, "00:59", "Please:\n/cla-recheck"), (3, "01:05", "> /cla-recheck"))
    assert [rechecks(pr, number) for number in (1, 2, 3)] == [True, False, False]
    assert rechecks(spoken((1, "00:00", "/cla-recheck"), (2, "01:01", "/cla-recheck")), 2)
    assert not rechecks(spoken((1, "00:00", "`/cla-recheck` is the command")), 1)


def test_the_author_of_the_pull_request_is_asked_even_without_a_commit_of_the_own() -> None:
    merged = of(MERGED_IN_BROWSER, author=Person("bob", 12))
    assert missing(merged, signature()) == ("bob",)


def test_an_account_is_known_by_its_number_and_never_by_a_name() -> None:
    impostor = commit(author_login="Ada", author_id=999, committer_login="Ada", committer_id=999)
    assert missing(of(impostor), signature()) == (f"Ada ({SHORT})",)


@pytest.mark.row("CL-2")
def test_an_address_without_an_account_is_known_by_the_address_alone() -> None:
    assert missing(of(UNLINKED), signature(), signature(99, "stranger", "Stranger@Example.org")) == ()
    assert missing(of(UNLINKED), signature(), signature(99, "stranger", "")) == (f"s…@example.org ({SHORT})",)
    nobody = commit(author_login="", author_id=0, author_email="")
    assert missing(of(nobody), signature(), signature(0, "", "")) == (f"…@ ({SHORT})",), "empty matches nothing"


def decide(pr: PullRequest, unsigned: tuple[str, ...]) -> tuple[SetStatus, frozenset[str]]:
    effects = cla.decide(opened(), facts(pr, unsigned=unsigned)).effects
    assert isinstance(effects[0], SetStatus)
    return effects[0], labels_after(pr, effects)


def test_an_unsigned_pull_request_is_red_with_the_label_and_the_page_to_sign_at() -> None:
    status, labels = decide(pull(labels=frozenset({"CLA signed"})), ("ada", "s…@example.org"))
    assert (status.sha, status.context, status.state) == (HEAD, "CLA Signing", "failure")
    assert status.description == "Not signed yet by ada, s…@example.org"
    assert status.url.endswith("/cla")
    assert labels == {"CLA not signed"}


def test_a_signed_pull_request_is_green_with_the_label() -> None:
    status, labels = decide(pull(labels=frozenset({"CLA not signed"})), ())
    assert status.state == "success"
    assert labels == {"CLA signed"}
    assert cla.decide(opened(), facts(pull(labels=labels))).effects[1:] == ()


@pytest.mark.row("CL-9")
def test_where_no_agreement_is_required_the_status_says_so_and_is_never_missing() -> None:
    settings = rabbit(cla={"required": False})
    assert cla.unsigned(settings, pull(), []) == ()
    (status,) = cla.decide(opened(), facts(pull(), settings=settings)).effects
    assert isinstance(status, SetStatus)
    assert (status.state, status.description) == ("success", "No contributor agreement is required here")


def test_a_signature_lets_every_waiting_pull_request_be_looked_at_again() -> None:
    effects = cla.decide(Signed("ada"), facts(open_pulls=(3, 7))).effects
    assert [effect.number for effect in effects if isinstance(effect, Recheck)] == [3, 7]
    assert len(cla.decide(Revoked("ada"), facts(open_pulls=(3, 7))).effects) == 2
