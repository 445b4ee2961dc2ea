"""Records: snapshots replace one another, signatures only add up, a breakage has one open notice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from core import database, models, records
from core.records import Pull, Signature

PULL = Pull(
    number=7,
    title="gh-1: Close the file",
    author="ada",
    state="open",
    draft=False,
    base="main",
    head_sha="a" * 40,
    merge_sha="",
    stage="awaiting review",
    why="nobody reviewed it",
    labels=("awaiting review", "tests"),
)
SIGNED = Signature(11, "ada", "ada@example.org", "agreement-1", "f" * 64, False, "2026-11-20T10:00:00.000+00:00")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return database.connect(f"sqlite:///{tmp_path / 'camelot.db'}")


def test_the_last_snapshot_of_a_pull_request_is_the_one_that_counts(engine: Engine) -> None:
    merged = replace(PULL, state="merged", merge_sha="b" * 40, stage="", labels=())
    for snapshot in (PULL, merged, merged):
        records.remember_pull(engine, snapshot)
    assert records.pulls(engine) == [merged]
    assert records.pull(engine, 7) == merged
    assert records.pull(engine, 8) is None


def test_the_snapshot_follows_a_label_that_we_put_on_or_took_away(engine: Engine) -> None:
    records.relabel(engine, 7, "docs", there=True)
    assert records.pull(engine, 7) is None, "nothing is known of it yet"
    records.remember_pull(engine, PULL)
    records.relabel(engine, 7, "docs", there=True)
    records.relabel(engine, 7, "awaiting review", there=False)
    records.relabel(engine, 7, "awaiting review", there=False)
    assert records.pull(engine, 7) == replace(PULL, labels=("docs", "tests"))


def test_a_commit_on_a_branch_leads_to_the_pull_request_whose_merge_made_it(engine: Engine) -> None:
    records.remember_pull(engine, PULL)
    records.remember_pull(engine, replace(PULL, number=8, state="merged", merge_sha="c" * 40))
    found = records.pull_of_merge(engine, "c" * 40)
    assert found is not None
    assert found.number == 8
    assert records.pull_of_merge(engine, "") is None, "an open pull request has no merge commit to be found by"


def test_a_backport_has_one_row_a_branch_that_moves_on(engine: Engine) -> None:
    records.set_backport(engine, 7, "1.2", "failed", "the network was away")
    records.set_backport(engine, 7, "1.2", "opened", result=9)
    records.set_backport(engine, 7, "1.0", "refused", "1.0 reached its end of life")
    assert [(row.branch, row.state, row.result) for row in records.backports_of(engine, 7)] == [
        ("1.0", "refused", None),
        ("1.2", "opened", 9),
    ]
    origin = records.backport_by_result(engine, 9)
    assert origin is not None
    assert origin.number == 7
    assert records.backport_by_result(engine, 10) is None


def test_a_signature_is_written_once_and_never_changed_and_a_revocation_is_a_row_of_its_own(engine: Engine) -> None:
    assert records.add_signature(engine, SIGNED)
    assert not records.add_signature(engine, SIGNED)
    assert records.in_force(engine, "agreement-1") == [SIGNED]
    assert records.in_force(engine, "agreement-2") == []
    assert records.add_signature(engine, replace(SIGNED, revoked=True))
    assert records.in_force(engine, "agreement-1") == []
    assert records.add_signature(engine, SIGNED), "who took it back may sign again"
    assert records.in_force(engine, "agreement-1") == [SIGNED]
    with engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(models.signatures)).scalar() == 3


def test_a_breakage_has_one_open_notice_and_may_break_again_after_it_was_mended(engine: Engine) -> None:
    assert records.open_notice(engine, "main:test_list:leak", 7, "a" * 40, {"test": "test_list"})
    assert not records.open_notice(engine, "main:test_list:leak", 8, "b" * 40, {})
    assert [notice.number for notice in records.open_notices(engine)] == [7]
    assert records.close_notice(engine, "main:test_list:leak")
    assert not records.close_notice(engine, "main:test_list:leak")
    assert records.open_notice(engine, "main:test_list:leak", None, "c" * 40, {}, "three commits, no bisection")
    assert [notice.state for notice in records.all_notices(engine)] == ["closed", "open"]


def test_an_open_notice_takes_the_newer_body_and_learns_once_whom_it_is_told_to(engine: Engine) -> None:
    records.open_notice(engine, "main test_list leaked", None, "a" * 40, {"n": 1}, "two commits")
    records.open_notice(engine, "main test_list leaked", None, "b" * 40, {"n": 2})
    records.open_notice(engine, "main test_list leaked", 7, "b" * 40, {"n": 3}, "told on #7")
    records.open_notice(engine, "main test_list leaked", 8, "c" * 40, {"n": 4}, "told on #8")
    (notice,) = records.open_notices(engine)
    assert (notice.number, notice.commit, notice.why, notice.body) == (7, "b" * 40, "told on #7", {"n": 4})
