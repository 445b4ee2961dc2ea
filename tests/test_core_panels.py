"""May a branch be released? A table of farms and answers; and which changes came in between two commits."""

from __future__ import annotations

from typing import Any

import pytest

from core.panels import Severity, State, panel, severity
from core.pushes import between
from core.results import Builder
from core.standings import Standing


def farm(*rows: str) -> tuple[list[Builder], dict[tuple[str, str], Standing]]:
    """Builders written `NAME TIER stable|unstable RESULT`; a result is green, red, exception or none."""
    builders, stands = [], {}
    for name, tier, stability, result in (row.split() for row in rows):
        builders.append(Builder(name, "debug", int(tier), stability == "stable", "main", "1.3", ""))
        if result == "none":
            continue
        said = {"green": "success", "red": "failure"}.get(result, result)
        latest = {"result": said, "commit": "b" * 40, "failed": ["test_a"] if said == "failure" else [], "more": 0}
        red = said != "success"
        breaking = latest if red else None
        stands[name, "main"] = Standing(
            name, "main", "debug", int(tier), stability == "stable", latest, breaking, None, int(red), ""
        )
    return builders, stands


@pytest.mark.row("A6")
@pytest.mark.parametrize(
    ("rows", "away", "state", "why"),
    [
        ((), (), State.UNKNOWN, "No builder builds this branch."),
        (("a 1 stable none",), (), State.UNKNOWN, "None of its 1 builder has built it yet."),
        (("a 1 stable green",), (), State.RELEASABLE, "The one builder that a release waits for is green."),
        (
            ("a 3 stable green",),
            (),
            State.RELEASABLE,
            "A release of it waits for no builder, and no stable one is red.",
        ),
        (("a 1 stable green", "b 2 unstable red"), (), State.RELEASABLE, "The one builder that"),
        (("a 1 stable green", "b 3 stable red"), (), State.CONCERN, "but b since bbbbbbbbbb (test_a) is red."),
        (("a 1 stable green", "b 2 stable none"), (), State.CONCERN, "1 of 2 builders that a release waits for is"),
        (("a 1 stable green", "b 2 stable green"), ("b",), State.CONCERN, "b (no worker)"),
        (("a 1 stable exception",), (), State.CONCERN, "a (the farm failed)"),
        (("a 2 stable red", "b 1 stable exception"), (), State.UNRELEASABLE, "1 of 2 builders that a release waits"),
        (("a 1 stable red", "b 1 stable red", "c 1 stable red"), (), State.UNRELEASABLE, " and 1 more."),
    ],
)
def test_the_answer_for_a_branch_and_its_reason(
    rows: tuple[str, ...], away: tuple[str, ...], state: State, why: str
) -> None:
    builders, stands = farm(*rows)
    found = panel(builders, stands, (1, 2), away)
    assert found.state is state
    assert why in found.why
    assert sum(found.counts.values()) == len(rows)


def test_the_worst_stand_first() -> None:
    builders, stands = farm(
        "a 1 stable green", "b 1 unstable red", "c 3 stable red", "d 2 stable red", "e 1 stable red"
    )
    assert [row.builder.name for row in panel(builders, stands, (1, 2)).rows] == ["e", "d", "c", "b", "a"]


def test_a_tier_blocks_only_where_the_settings_say_so() -> None:
    (builder,), stands = farm("a 2 stable red")
    stand = stands["a", "main"]
    assert severity(builder, stand, (1,)) is Severity.CONCERNS
    assert severity(builder, stand, (1, 2)) is Severity.BLOCKS


def push(before: str, *commits: str) -> dict[str, Any]:
    rows = [{"id": commit, "message": f"{commit}\n\nmore", "author": {"name": "ada"}} for commit in commits]
    return {"before": before, "after": commits[-1], "commits": rows}


PUSHES = [push("d", "e", "f"), push("b", "c", "d"), push("", "a", "b")]  # the newest first


@pytest.mark.parametrize(
    ("good", "bad", "found"),
    [
        ("b", "d", "cd"),
        ("a", "f", "bcdef"),
        ("c", "e", "de"),  # both within a push
        ("e", "f", "f"),
        ("x", "f", ""),  # older than what we were told of
        ("a", "x", ""),
        ("f", "a", ""),  # the wrong way round
    ],
)
def test_the_changes_between_two_commits_are_those_that_were_pushed(good: str, bad: str, found: str) -> None:
    assert "".join(each.commit for each in between(PUSHES, good, bad)) == found
