"""Labels by files: at the first look those that fit; at a push our own go that fit no longer."""

from __future__ import annotations

import pytest

from bots import paths
from forge.facts import File
from tests.bots_facts import NEWS_FILE, facts, labels_after, opened, pull, rabbit


def files(*names: str) -> tuple[File, ...]:
    return tuple(File(name, "modified") for name in names)


@pytest.mark.parametrize(
    ("touched", "labels"),
    [
        (files("Lib/os.py"), set()),
        (files("Doc/library/os.rst"), {"docs", "skip news"}),
        (files("README.md", "Doc/tools/.nitignore"), {"docs", "skip news"}),
        ((*files("Doc/library/os.rst"), NEWS_FILE), {"docs"}),
        (files("Lib/test/test_os.py"), {"tests"}),
        (files("Lib/test/_test_multi.py", "Doc/os.rst"), {"tests"}),
        (files("Lib/test/test_os.py", "Lib/os.py"), set()),
        (files("Lib/test/support/__init__.py"), set()),
        (files("Lib/mytest_os.py"), set()),
        ((), set()),
    ],
)
def test_the_files_say_which_labels(touched: tuple[File, ...], labels: set[str]) -> None:
    pr = pull(files=touched)
    assert labels_after(pr, paths.decide(opened(), facts(pr)).effects) == labels


@pytest.mark.row("NW-7")
def test_a_label_that_somebody_took_away_stays_away() -> None:
    pr = pull(files=files("Doc/library/os.rst"))
    for action in ("synchronize", "unlabeled", "edited", "recheck"):
        assert paths.decide(opened(action), facts(pr)).effects == ()


def test_a_label_that_is_there_is_not_put_on_again() -> None:
    pr = pull(files=files("Doc/library/os.rst"), labels=frozenset({"docs", "skip news"}))
    assert paths.decide(opened(), facts(pr)).effects == ()


@pytest.mark.row("NW-7")
def test_what_becomes_code_loses_our_labels_and_keeps_those_of_people() -> None:
    labels = frozenset({"docs", "skip news", "type-bug"})
    pr = pull(files=files("Doc/library/os.rst", "Lib/os.py"), labels=labels)
    ours = facts(pr, own_labels=frozenset({"docs", "skip news"}))
    assert labels_after(pr, paths.decide(opened("synchronize"), ours).effects) == {"type-bug"}
    partly = facts(pr, own_labels=frozenset({"docs"}))
    assert labels_after(pr, paths.decide(opened("synchronize"), partly).effects) == {"skip news", "type-bug"}
    assert paths.decide(opened("synchronize"), facts(pr)).effects == ()


RULES = [
    {"label": "topic-asyncio", "paths": ["Lib/asyncio/**", "Lib/test/test_asyncio/**"]},
    {"label": "stdlib", "paths": ["Lib/**"], "unless": ["Lib/test/**"]},
    {"label": "topic-C-API", "paths": ["Include/*.h", "**/pycore_?.c"]},
]


@pytest.mark.row("NW-9")
@pytest.mark.parametrize(
    ("touched", "labels"),
    [
        (files("Lib/asyncio/base/events.py"), {"topic-asyncio", "stdlib"}),
        (files("Lib/test/test_asyncio/test_x.py"), {"topic-asyncio", "tests"}),
        (files("Lib/test/support.py"), set()),
        (files("Include/object.h"), {"topic-C-API"}),
        (files("Include/cpython/object.h"), set()),
        (files("pycore_x.c"), {"topic-C-API"}),
        ((File("Objects/moved.c", "renamed", None, "Lib/moved.c"),), {"stdlib"}),
    ],
)
def test_rules_of_the_settings_give_labels_by_paths(touched: tuple[File, ...], labels: set[str]) -> None:
    pr = pull(files=touched)
    about = facts(pr, settings=rabbit(path_labels=RULES))
    assert labels_after(pr, paths.decide(opened(), about).effects) == labels
