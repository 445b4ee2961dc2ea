"""Since when a builder may have been broken: of a red build, the commit on which each of its tests last worked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.results import Build
from forge.snapshot import edge_of
from tests.backport_facts import build

CUT_OFF = {"complete": False, "failed": [], "env_changed": []}


def red(commit: str, *failed: str, step: str = "test", complete: bool = True) -> Build:
    verdict = {"complete": True, "failed": list(failed), "env_changed": []} if complete else CUT_OFF
    return replace(build(commit=commit), result="failure", failed_step=step, verdict=verdict)


def green(commit: str) -> Build:
    return replace(build(commit=commit), result="success", failed_step="", verdict={})


@pytest.mark.parametrize(
    ("now", "before", "edge"),
    [
        (red("d", "test_a"), [red("c", "test_a"), green("b"), green("a")], "b"),
        (red("d", "test_a", "test_old"), [red("c", "test_old"), red("b", "test_old")], "c"),  # never green
        (red("d", "test_a", "test_b"), [red("c", "test_a"), green("b")], "b"),  # the older of two
        (red("d", "test_a"), [red("c", complete=False), red("b", "test_b")], "b"),  # a cut-off log cannot say
        (red("d", "test_a"), [red("c", "test_a")], ""),
        (red("d", "test_a"), [], ""),
        (red("d", step="compile"), [red("c", "test_a")], "c"),
        (red("d", complete=False), [green("c")], "c"),
        (green("d"), [red("c", "test_a"), green("b")], "c"),
        (green("d"), [green("c")], ""),
    ],
)
def test_the_commits_that_are_looked_at_begin_where_it_last_worked(now: Build, before: list[Build], edge: str) -> None:
    assert edge_of(now, before) == edge
