"""News entries: what is taken, what is refused, and the bytes of a release's file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import settings
from core.versions import Version
from release import news, newscheck
from release.entries import new
from release.wrap import wrapped

RULES = settings.load({}, "rabbit").news
A2, DAY = Version.parse("1.3.0a2"), date(2026, 11, 20)
LONG = "A line that is much longer than seventy-six columns is filled, so that every release file reads the same.\n"

# By the description of the format: facts sorted by name, the release date in the first entry, sections in their
# order, newest first in each, a line of two dots between entries.
RELEASED = """.. date: 2026-11-03-00-00-00
.. gh-issue: 9
.. nonce: Cc
.. release date: 2026-11-20
.. section: Core and Builtins

Tuples are quicker.

..

.. date: 2026-11-02-10-00-00
.. gh-issue: 8
.. nonce: Bb
.. section: Library

Second in the folder, first in the file.

..

.. date: 2026-11-01-10-00-00
.. gh-issue: 7
.. nonce: Aa
.. section: Library

A line that is much longer than seventy-six columns is filled, so that every
release file reads the same.
"""


def put(root: Path, section: str, name: str, text: str) -> Path:
    path = root / "Misc" / "NEWS.d" / "next" / section / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    put(tmp_path, "Library", "2026-11-01-10-00-00.gh-issue-7.Aa.rst", LONG)
    put(tmp_path, "Library", "2026-11-02-10-00-00.gh-issue-8.Bb.rst", "Second in the folder, first in the file.\n")
    put(tmp_path, "Core_and_Builtins", "2026-11-03-00-00-00.gh-issue-9.Cc.rst", "Tuples are quicker.\n")
    put(tmp_path, "Library", "README.rst", "Put entries here.\n")
    return tmp_path


def released(root: Path) -> str:
    return (root / "Misc" / "NEWS.d" / "1.3.0a2.rst").read_text()


def test_a_release_gathers_the_waiting_entries_to_the_byte(tree: Path) -> None:
    gathered = news.release(tree, A2, DAY, RULES)
    assert released(tree) == RELEASED
    assert (gathered.entries, len(gathered.taken)) == (3, 3)
    assert news.next_files(tree, RULES) == []


def test_gathering_again_on_a_later_day_gives_the_same_bytes(tree: Path) -> None:
    news.release(tree, A2, DAY, RULES)
    news.release(tree, A2, date(2026, 12, 1), RULES)
    assert released(tree) == RELEASED


def test_an_entry_that_comes_late_is_put_in_its_place(tree: Path) -> None:
    late = "2026-11-02-10-00-00.gh-issue-8.Bb.rst"
    path = tree / "Misc" / "NEWS.d" / "next" / "Library" / late
    text = path.read_text()
    path.unlink()
    news.release(tree, A2, DAY, RULES)
    put(tree, "Library", late, text)
    news.release(tree, A2, DAY, RULES)
    assert released(tree) == RELEASED


def test_a_release_without_changes_says_so_until_an_entry_comes(tmp_path: Path) -> None:
    news.release(tmp_path, A2, DAY, RULES)
    assert released(tmp_path) == (
        ".. date: 2026-11-20\n.. gh-issue: 0\n.. no changes: True\n.. nonce: Rpsh9x\n.. release date: 2026-11-20\n"
        ".. section: Library\n\nThere were no new changes in version 1.3.0a2.\n"
    )
    before = released(tmp_path)
    news.release(tmp_path, A2, DAY, RULES)
    assert released(tmp_path) == before
    put(tmp_path, "Library", "2026-11-01-10-00-00.gh-issue-7.Aa.rst", "One change.\n")
    news.release(tmp_path, A2, DAY, RULES)
    assert "no new changes" not in released(tmp_path)
    assert "One change." in released(tmp_path)


def test_the_changelog_has_the_newest_release_on_top_and_finals_above_their_candidates(tree: Path) -> None:
    news.release(tree, A2, DAY, RULES)
    for version in ("1.3.0a1", "1.3.0a10", "1.2.0", "1.2.0rc1"):
        news.release(tree, Version.parse(version), date(2026, 10, 13), RULES)
    whole = news.merge(tree, "Rabbit", RULES)
    headings = [line for line in whole.splitlines() if line.startswith("What's New")]
    spoken = ("1.3.0 alpha 10", "1.3.0 alpha 2", "1.3.0 alpha 1", "1.2.0 final", "1.2.0 release candidate 1")
    assert headings == [f"What's New in Rabbit {version}?" for version in spoken]
    assert "Core and Builtins\n-----------------\n\n- gh-9: Tuples are quicker.\n" in whole
    assert "- gh-7: A line that is much longer than seventy-six columns is filled, so\n  that every" in whole


WRONG = [
    ("Misc/NEWS.d/next/Nowhere/2026-11-01-10-00-00.gh-issue-7.Aa.rst", "Good.\n", "no section has this folder"),
    ("Misc/NEWS.d/next/Library/fix.rst", "Good.\n", "name it like"),
    ("Misc/NEWS.d/next/Library/2026-11-01-10-00-00.gh-issue-0.Aa.rst", "Good.\n", "issue 0 is below the lowest one, 1"),
    ("Misc/NEWS.d/next/Library/2026-11-01-10-00-00.gh-issue-7.Aa.rst", " \n\n", "the entry has no text"),
    ("Misc/NEWS.d/next/Library/2026-11-01-10-00-00.gh-issue-7.Aa.rst", "- Good.\n", "begin with words, not with '-'"),
    ("Misc/NEWS.d/next/Library/2026-11-01-10-00-00.gh-issue-7.Aa.rst", "gh-7: Good.\n", "not with 'gh-'"),
    (
        "Misc/NEWS.d/next/Library/2026-11-01-10-00-00.gh-issue-7.Aa.rst",
        "One.\n\n..\n\nTwo.\n",
        "'..' separates entries",
    ),
]


@pytest.mark.parametrize(("path", "text", "sentence"), WRONG)
def test_a_bad_entry_is_refused_with_its_file_and_the_remedy(path: str, text: str, sentence: str) -> None:
    with pytest.raises(news.NewsError) as caught:
        news.parse_next(path, text, RULES)
    assert str(caught.value).startswith(path)
    assert sentence in str(caught.value)


def test_a_bad_entry_leaves_the_tree_as_it_was(tree: Path) -> None:
    bad = put(tree, "Library", "2026-11-09-10-00-00.gh-issue-9.Zz.rst", "- Wrong.\n")
    with pytest.raises(news.NewsError):
        news.release(tree, A2, DAY, RULES)
    assert bad.exists()
    assert len(news.next_files(tree, RULES)) == 4
    assert not (tree / "Misc" / "NEWS.d" / "1.3.0a2.rst").exists()


@pytest.mark.row("RL-10")
def test_a_dry_run_shows_the_difference_and_touches_nothing(tree: Path) -> None:
    gathered = news.plan(tree, A2, DAY, RULES)
    assert "+Tuples are quicker.\n" in news.diff(tree, gathered)
    assert not gathered.file.exists()
    assert len(news.next_files(tree, RULES)) == 3
    news.release(tree, A2, DAY, RULES)
    assert news.diff(tree, news.plan(tree, A2, DAY, RULES)) == ""


@pytest.mark.row("RL-10")
def test_a_gathering_that_ended_between_its_two_steps_is_ended_by_the_next(tree: Path) -> None:
    """As after a kill: the release's file is written, and the waiting ones are still there."""
    gathered = news.plan(tree, A2, DAY, RULES)
    gathered.file.write_text(gathered.text)
    gathered.taken[0].unlink()
    news.release(tree, A2, DAY, RULES)
    assert released(tree) == RELEASED
    assert news.next_files(tree, RULES) == []


@pytest.mark.row("RL-10")
def test_an_entry_is_named_in_utc_and_written_once(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=9)))
    entry = new("c api", "gh-12", "New function.", moment, RULES)
    path = news.add(tmp_path, entry, RULES)
    assert path.relative_to(tmp_path).as_posix().startswith("Misc/NEWS.d/next/C_API/2026-11-20-00-30-00.gh-issue-12.")
    path.write_text("Corrected by hand.\n")
    assert news.add(tmp_path, entry, RULES) == path
    assert path.read_text() == "Corrected by hand.\n"


@pytest.mark.row("RL-10")
def test_a_cve_stands_above_the_text_and_before_the_number(tmp_path: Path) -> None:
    entry = new("Security", "12", "Refuse it.", datetime(2026, 11, 20, tzinfo=UTC), RULES, cve="2026-12345")
    path = news.add(tmp_path, entry, RULES)
    assert path.read_text() == ".. cve: CVE-2026-12345\n\nRefuse it.\n"
    assert news.waiting(tmp_path, RULES) == [entry]
    news.release(tmp_path, A2, DAY, RULES)
    assert "- CVE-2026-12345, gh-12: Refuse it.\n" in news.merge(tmp_path, "Rabbit", RULES)


@pytest.mark.row("RL-10")
def test_an_export_leaves_the_changelog_alone(tree: Path) -> None:
    news.release(tree, A2, DAY, RULES)
    whole = news.merge(tree, "Rabbit", RULES)
    for _ in range(2):
        assert news.export(tree, "Rabbit", RULES).read_text() == whole
        assert not (tree / "Misc" / "NEWS.d").exists()


@pytest.mark.row("RL-10")
def test_what_is_told_twice_is_found_and_what_waits_of_it_removed(tree: Path) -> None:
    news.release(tree, A2, DAY, RULES)
    put(tree, "Library", "2026-11-02-10-00-00.gh-issue-8.Bb.rst", "Second in the folder, first in the file.\n")  # again
    put(tree, "Library", "2026-12-09-10-00-00.gh-issue-7.Zz.rst", LONG.replace(" is filled", "\nis  filled"))  # renamed
    put(tree, "Library", "2026-12-09-11-00-00.gh-issue-7.Yy.rst", "Another change for the same issue.\n")
    found = newscheck.duplicates(tree, RULES)
    assert [str(duplicate) for duplicate in found] == [
        f"Misc/NEWS.d/next/Library/{name}.rst tells again what Misc/NEWS.d/1.3.0a2.rst says: "
        f"the same words about {issue}"
        for name, issue in (
            ("2026-12-09-10-00-00.gh-issue-7.Zz", "gh-7"),
            ("2026-11-02-10-00-00.gh-issue-8.Bb", "gh-8"),
        )
    ]
    newscheck.mend(tree, found)
    assert newscheck.duplicates(tree, RULES) == []
    assert [path.name for path in news.next_files(tree, RULES)] == ["2026-12-09-11-00-00.gh-issue-7.Yy.rst"]


@pytest.mark.row("RL-10")
def test_every_problem_of_a_tree_is_named_with_its_file(tree: Path) -> None:
    put(tree, "Library", "2026-11-09-10-00-00.gh-issue-9.Zz.rst", "- Wrong.\n")
    put(tree, "Nowhere", "2026-11-09-10-00-00.gh-issue-9.Zz.rst", "Lost.\n")
    put(tree, "Library", "2026-11-09-10-00-00.gh-issue-9.Zz.txt", "Lost.\n")
    (tree / "Misc" / "NEWS.d" / "1.3.0a1.rst").write_text(".. date: 2026\n\nText.\n")
    found = [problem.partition(": ")[0].removeprefix("Misc/NEWS.d/") for problem in newscheck.problems(tree, RULES)]
    assert found == [
        "next/Library/2026-11-09-10-00-00.gh-issue-9.Zz.rst",
        "1.3.0a1.rst",
        "next/Library/2026-11-09-10-00-00.gh-issue-9.Zz.txt",
        "next/Nowhere/2026-11-09-10-00-00.gh-issue-9.Zz.rst",
    ]


@pytest.mark.row("RL-10")
def test_our_own_news_has_no_problem() -> None:
    root = Path(__file__).parents[1] / "interpreter"
    assert newscheck.problems(root, RULES) == []
    assert newscheck.duplicates(root, RULES) == []


def test_what_is_written_is_read_back_entry_by_entry() -> None:
    entries, day = news.parse_release("1.3.0a2.rst", RELEASED)
    assert day == "2026-11-20"
    assert [(entry.section, entry.issue) for entry in entries] == [
        ("Core and Builtins", "9"),
        ("Library", "8"),
        ("Library", "7"),
    ]
    assert news.written(entries, DAY) == RELEASED


def test_an_entry_of_a_release_without_a_section_is_named() -> None:
    with pytest.raises(news.NewsError, match=r"1\.3\.0a2\.rst: an entry has no line '\.\. section"):
        news.parse_release("1.3.0a2.rst", ".. date: 2026\n.. gh-issue: 7\n.. nonce: Aa\n\nText.\n")


def test_lists_and_code_are_not_filled() -> None:
    long = "word " * 30
    text = f"First ::\n\n    {long.strip()}\n\n* {long.strip()}\n"
    assert wrapped(text) == text
    after = wrapped(f"{text}\n{long}")
    assert after.startswith(text), "the list stays"
    assert max(map(len, after.removeprefix(text).splitlines())) <= 76, "what follows it is filled again"


def test_long_words_and_hyphens_are_never_broken() -> None:
    word = "x" * 90 + "-" + "y" * 20
    assert word in wrapped(f"See {word} here.").splitlines()


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1), min_size=1, max_size=60))
def test_filling_what_is_filled_changes_nothing(words: list[str]) -> None:
    once = wrapped(" ".join(words))
    assert wrapped(once) == once
