"""The news status: what satisfies it, and which of the failures is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots import news
from forge.effects import SetStatus
from forge.facts import File
from tests.bots_facts import CODE_FILE, HEAD, NEWS_FILE, facts, opened, pull

FOUND = "News entry found in Misc/NEWS.d"
NONE = 'No news entry in Misc/NEWS.d/next/ or "skip news" label found'
FOLDER = "News entry not in an appropriate directory"
NAME = "News entry file name incorrectly formatted"
GOOD_NAME = "2026-11-20-10-00-00.gh-issue-1.Ab3dEf.rst"


def entry(path: str, text: str = "Close the file.", status: str = "added") -> File:
    lines = text.split("\n")
    added = "".join(f"\n+{line}" for line in lines)
    return File(f"Misc/NEWS.d/{path}", status, f"@@ -0,0 +1,{len(lines)} @@{added}")


def status(*files: File, labels: frozenset[str] = frozenset(), action: str = "opened") -> SetStatus:
    pr = pull(files=files, labels=labels)
    (effect,) = news.decide(opened(action), facts(pr)).effects
    assert isinstance(effect, SetStatus)
    assert (effect.sha, effect.context) == (HEAD, "camelot/news")
    return effect


@pytest.mark.row("NW-1", "NW-2", "NW-3", "NW-4")
@pytest.mark.parametrize(
    ("file", "text"),
    [
        (NEWS_FILE, FOUND),
        (entry("next/Core_and_Builtins/2026-11-20.gh-issue-1,2.x_=-9.rst"), FOUND),
        (
            entry("next/Core_and_Builtins/2026-11-20.gh-issue-2,3.x.rst"),
            "2026-11-20.gh-issue-2,3.x.rst is about gh-2 and gh-3, the title about gh-1",
        ),
        (entry("next/Tools-Demos/2026-11-20.bpo-1.x.rst"), FOUND),
        (entry(f"next/Library/{GOOD_NAME}", "\nOne empty line before it is fine."), FOUND),
        (replace(NEWS_FILE, status="renamed", patch=None), FOUND),  # moved into place, unchanged
        (replace(NEWS_FILE, status="modified", patch="@@ -1,2 +1,2 @@\n Old.\n-a\n+b"), FOUND),
        (CODE_FILE, NONE),
        (replace(NEWS_FILE, status="removed"), NONE),  # a deletion never satisfies
        (entry(f"next/{GOOD_NAME}"), FOLDER),
        (entry(f"Library/{GOOD_NAME}"), FOLDER),
        (entry(f"next/Libary/{GOOD_NAME}"), FOLDER),
        (entry(f"next/Library/more/{GOOD_NAME}"), FOLDER),
        (entry("next/Library/gh-issue-1.rst"), NAME),
        (entry("next/Library/2026-11-20.gh-issue-1.x.rst.txt"), NAME),
        (entry("next/Library/2026-11-20.gh-issue-0.x.rst"), "2026-11-20.gh-issue-0.x.rst: issue 0 is below"),
        (entry(f"next/Library/{GOOD_NAME}", ""), f"{GOOD_NAME}: the entry has no text"),
        (entry(f"next/Library/{GOOD_NAME}", "- Close it"), f'{GOOD_NAME}, line 1: an entry must not begin with "-"'),
        (entry(f"next/Library/{GOOD_NAME}", "\nGH-1: Close"), f'{GOOD_NAME}, line 2: an entry must not begin with "GH'),
    ],
)
def test_an_entry_counts_or_the_mistake_is_named(file: File, text: str) -> None:
    said = status(file)
    assert said.description.startswith(text)
    assert said.state == ("success" if text == FOUND else "failure")


def test_one_good_entry_is_enough() -> None:
    assert status(entry("next/wrong.rst"), NEWS_FILE).description == FOUND


@pytest.mark.row("NW-1")
def test_the_label_excuses() -> None:
    said = status(CODE_FILE, labels=frozenset({"skip news"}))
    assert (said.state, said.description) == ("success", '"skip news" label found')


@pytest.mark.row("NW-6")
def test_documentation_alone_is_green_with_the_very_delivery_that_labels_it() -> None:
    docs = File("Doc/library/os.rst", "modified")
    assert status(docs).state == "success"
    assert status(docs, action="unlabeled").state == "failure", "somebody took the label away and wants an entry"


def test_a_closed_pull_request_is_left_alone() -> None:
    assert news.decide(opened("closed"), facts(pull(state="closed"))).effects == ()


@pytest.mark.row("NW-3")
def test_a_very_long_line_gets_a_hint_and_passes() -> None:
    said = status(entry(f"next/Library/{GOOD_NAME}", "Short.\n" + "long " * 40))
    assert said.state == "success"
    assert said.description == f"{FOUND}; line 2 of {GOOD_NAME} has 200 characters, break it near 79"


@pytest.mark.row("NW-4")
def test_a_title_without_an_issue_takes_any_entry() -> None:
    pr = pull(title="Close the file", files=(entry("next/Library/2026-11-20.gh-issue-9.x.rst"),))
    (effect,) = news.decide(opened(), facts(pr)).effects
    assert isinstance(effect, SetStatus) and effect.state == "success"


@pytest.mark.row("NW-7")
def test_a_label_of_ours_that_fits_no_longer_excuses_nothing() -> None:
    skip = frozenset({"docs", "skip news"})
    pr = pull(files=(CODE_FILE,), labels=skip)
    ours_, theirs = facts(pr, own_labels=skip), facts(pr)
    descriptions = [news.judge(opened("synchronize"), each, pr).text for each in (ours_, theirs)]
    assert descriptions == [NONE, '"skip news" label found']
