"""What the documentation and the compiled files say of a version, before and after it is released."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.versions import Version
from release import cut, docs, gates, repo
from release.judging import Blocker, Blockers, Excuse, judge
from tests import release_house as house_of
from tests.release_house import TODAY, VERSION, House

NEXT = """\
.. function:: close()

   .. versionadded:: next
      It closes.

   .. versionchanged::   next
.. deprecated:: next
   And of the next things.
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return house_of.build(tmp_path)


@pytest.mark.row("RL-16")
@pytest.mark.parametrize(("version", "said"), [("3.15.0a4", "3.15"), ("3.15.0", "3.15"), ("3.15.2", "3.15.2")])
def test_directives_that_say_next_say_the_version_that_brings_it(version: str, said: str) -> None:
    after = docs.settled(NEXT, Version.parse(version))
    assert after == NEXT.replace(":: next", f":: {said}").replace("::   next", f"::   {said}")
    assert docs.settled(after, Version.parse("3.16.0")) == after


@pytest.mark.parametrize(
    "text", ["next", ".. versionadded:: next-gen", ".. versionadded:: nextly", ".. note:: next", "versionadded:: next"]
)
def test_whatever_else_says_next_stays(text: str) -> None:
    assert docs.settled(text, Version.parse("3.15.0")) == text


@pytest.mark.row("RL-16")
def test_the_release_commit_says_the_version_in_its_documentation(house: House) -> None:
    house_of.commit(house.origin, house.root / "author", {"Doc/library/files.rst": NEXT}, "Tell of it")
    for name in ("debug", "refleak"):
        house_of.built(house, name, "success", house.head)
    ended = cut.cut(house.settings, house.engine, VERSION, "release-manager", today=TODAY)
    assert ended.state == "done", ended.error
    target = house.settings.data / "rehearsal" / "1.3" / "upstream.git"
    assert (
        repo.read(target, f"v{VERSION}", "Doc/library/files.rst") == docs.settled(NEXT, Version.parse(VERSION)).strip()
    )


@pytest.mark.row("RL-14")
def test_unreleased_in_the_documentation_is_named_with_its_place(house: House) -> None:
    text = "What's new\n==========\n\nRabbit 1.3 (unreleased) is quick.\n"
    house_of.commit(house.origin, house.root / "author", {"Doc/new.rst": text, "other.txt": "(unreleased)\n"}, "Tell")
    found = {each.gate: each for each in gates.excuses(house.settings, house.engine, VERSION, TODAY)}
    assert (found["docs"].state, found["docs"].evidence["places"]) == ("unknown", ["Doc/new.rst:4"])


def asked(house: House, gate: str, version: str, tree: dict[str, Any] | None = None, *found: Blocker) -> Excuse:
    """The gate's answer where the tree says this and these are the open blockers."""
    seen = gates.case(house.settings, house.engine, Version.parse(version), TODAY, None, 0)
    more: dict[str, Any] = {"tree": replace(seen.tree, **(tree or {})), "blockers": Blockers(found, complete=True)}
    return next(answer for answer in judge(replace(seen, **more)) if answer.gate == gate)


HEADER = "/* numbers */\n#define PYC_MAGIC_NUMBER 3663\n"


@pytest.mark.row("RL-14")
@pytest.mark.parametrize(
    ("version", "test", "state"),
    [
        ("1.3.0a2", "    EXPECTED_MAGIC_NUMBER = 3663\n", "pass"),
        ("1.3.0a2", "    EXPECTED_MAGIC_NUMBER = 3662\n", "unknown"),
        ("1.3.0rc1", "    EXPECTED_MAGIC_NUMBER = 3662\n", "block"),
        ("1.3.0", "", "block"),
    ],
)
def test_the_number_of_compiled_files_agrees_with_its_test(house: House, version: str, test: str, state: str) -> None:
    assert asked(house, "magic", version, {"magic": HEADER, "magic_test": test}).state == state
    assert asked(house, "magic", version).state == "pass", "a tree that has no such number"


@pytest.mark.row("RL-14")
def test_what_was_deferred_holds_back_candidates_and_is_named_before(house: House) -> None:
    deferred = Blocker(7, "Slow start", "deferred-blocker")
    early, late = (
        asked(house, "blockers", "1.3.0b2", None, deferred),
        asked(house, "blockers", "1.3.0rc1", None, deferred),
    )
    assert (early.state, late.state) == ("pass", "block")
    assert early.reason.endswith("labelled deferred-blocker: #7 Slow start")
    assert late.reason == "labelled deferred-blocker: #7 Slow start"
    both = asked(house, "blockers", "1.3.0rc1", None, deferred, Blocker(5, "Crash in list"))
    assert both.reason == "labelled release-blocker: #5 Crash in list; labelled deferred-blocker: #7 Slow start"
