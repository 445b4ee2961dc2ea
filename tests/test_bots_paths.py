"""Labels by files: `docs` or `tests`, only when nothing else is touched, and only at the first look."""

from __future__ import annotations

import pytest

from bots import paths
from forge.facts import File
from tests.bots_facts import NEWS_FILE, facts, labels_after, opened, pull


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


def test_a_label_that_somebody_took_away_stays_away() -> None:
    pr = pull(files=files("Doc/library/os.rst"))
    for action in ("synchronize", "unlabeled", "edited", "recheck"):
        assert paths.decide(opened(action), facts(pr)).effects == ()


def test_a_label_that_is_there_is_not_put_on_again() -> None:
    pr = pull(files=files("Doc/library/os.rst"), labels=frozenset({"docs", "skip news"}))
    assert paths.decide(opened(), facts(pr)).effects == ()
