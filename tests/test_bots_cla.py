"""The contributor agreement: who must sign, by what a signature is recognised, and what is shown of it."""

from __future__ import annotations

from typing import Any

import pytest

from bots import cla
from core.records import Signature
from forge.effects import Recheck, SetStatus
from forge.events import Signed
from forge.facts import Commit, PullRequest
from tests.bots_facts import ADA, BOT, HEAD, commit, facts, labels_after, opened, pull, rabbit


def signature(account: int = 11, login: str = "ada", email: str = "ada@example.org") -> Signature:
    return Signature(account, login, email, "contributor-agreement-1", "f" * 64, False, "2026-11-20T10:00:00Z")


def missing(pr: PullRequest, *signatures: Signature) -> tuple[str, ...]:
    return cla.unsigned(rabbit(), pr, signatures)


def of(*commits: Commit, **fields: Any) -> PullRequest:
    return pull(commits=commits, **fields)


UNLINKED = commit(author_login="", author_id=0, author_email="stranger@example.org", committer_login="ada")
MERGED_IN_BROWSER = commit(committer_login="web-flow", committer_email="noreply@github.com")
WITH_HELP = commit(message="Close the file\n\nCo-authored-by: Bob <bob@example.org>\n")
PUSHED_BY_BOB = commit(committer_login="bob", committer_email="bob@example.org")
BY_PROGRAM = commit(author_login="robot[bot]", author_id=77, author_email="robot@example.org")


@pytest.mark.parametrize(
    ("pr", "who"),
    [
        (of(commit()), ()),
        (of(UNLINKED), ("s…@example.org",)),
        (of(MERGED_IN_BROWSER), ()),
        (of(WITH_HELP), ("b…@example.org",)),
        (of(PUSHED_BY_BOB), ("bob",)),
        (of(UNLINKED, UNLINKED, PUSHED_BY_BOB), ("s…@example.org", "bob")),
        (of(commit(author_login="robot[bot]", author_id=77, committer_login="robot[bot]")), ()),
        (of(commit(committer_login="", committer_email="x@example.org"), author=BOT), ()),  # we committed it ourselves
    ],
)
def test_beside_the_author_who_signed_these_are_missing(pr: PullRequest, who: tuple[str, ...]) -> None:
    assert missing(pr, signature()) == who


def test_the_author_of_the_pull_request_is_asked_even_without_a_commit_of_the_own() -> None:
    assert missing(of(BY_PROGRAM, author=ADA)) == ("ada",)


def test_an_account_is_known_by_its_number_and_never_by_a_name() -> None:
    impostor = commit(author_login="Ada", author_id=999, author_email="ada@example.org", committer_login="Ada")
    assert missing(of(impostor), signature()) == ("Ada",)


def test_an_address_without_an_account_is_known_by_the_address_alone() -> None:
    assert missing(of(UNLINKED), signature(), signature(99, "stranger", "Stranger@Example.org")) == ()
    assert missing(of(UNLINKED), signature(), signature(99, "stranger", "")) == ("s…@example.org",)
    nobody = commit(author_login="", author_id=0, author_email="", committer_login="ada")
    assert missing(of(nobody), signature(), signature(0, "", "")) == ("…@",), "empty matches nothing"


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


def test_where_no_agreement_is_required_the_status_says_so_and_is_never_missing() -> None:
    settings = rabbit(cla={"required": False})
    assert cla.unsigned(settings, pull(), []) == ()
    (status,) = cla.decide(opened(), facts(pull(), settings=settings)).effects
    assert isinstance(status, SetStatus)
    assert (status.state, status.description) == ("success", "No contributor agreement is required here")


def test_a_signature_lets_every_waiting_pull_request_be_looked_at_again() -> None:
    effects = cla.decide(Signed("ada"), facts(open_pulls=(3, 7))).effects
    assert [effect.number for effect in effects if isinstance(effect, Recheck)] == [3, 7]
