"""The plain parts of the story of a version's life: its days, what is killed, what is read off."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
import tomlkit

from buildmaster import builders
from console import releasing
from console.story import life, life_plan
from core import branches, branches_edit, branches_lint
from core.branches import Status
from core.versions import Version
from release import calendar
from release.cut import Progress
from release.formats import Names
from release.plan import plan

NAMES = Names("Rabbit", "rabbit", "rabbit/rabbit")
MAKEFILE = Path(__file__).parent.parent / "Makefile"


def test_the_registry_of_the_story_holds_and_plans_its_releases_in_order() -> None:
    registry = branches.parse(life_plan.registry())
    assert branches_lint.lint(registry, life_plan.ALPHA.eve) == []
    (branch,) = registry
    assert [str(row.version) for row in branch.releases] == [cut.version for cut in life_plan.CUTS]
    days = (life_plan.ALPHA, life_plan.BETA, life_plan.CANDIDATE, life_plan.FINAL, life_plan.BUGFIX, life_plan.LAST)
    assert [branch.status(cut.day) for cut in days] == [
        Status.FEATURE,
        Status.PRERELEASE,
        Status.PRERELEASE,
        Status.BUGFIX,
        Status.BUGFIX,
        Status.SECURITY,
    ]
    assert branch.status(life_plan.END) is Status.END_OF_LIFE


def test_each_release_is_cut_from_the_branch_that_its_version_lives_on_the_day_before() -> None:
    (branch,) = branches.parse(life_plan.registry())
    assert [branch.ref(cut.eve) for cut in life_plan.CUTS] == [cut.ref for cut in life_plan.CUTS]


def test_once_postponed_nothing_of_the_next_version_is_due_while_this_one_lives() -> None:
    document = tomlkit.parse(life_plan.registry())
    fields = {
        "release-manager": "release-manager",
        "start-of-development": life_plan.BETA.day,
        "feature-freeze": date(2028, 5, 2),
        "first-release": date(2028, 10, 3),
        "end-of-bugfix": date(2029, 4, 3),
        "end-of-life": date(2029, 10, 2),
    }
    branches_edit.born("1.4", fields, [], {"template": "modern", "year": 2028})(document)
    assert life_plan.postponed(document)
    registry = branches.parse(tomlkit.dumps(document))
    found = registry.find("1.4")
    assert found is not None
    assert found.start_of_development == life_plan.BETA.day
    assert min(row.date for row in found.releases) > life_plan.END
    assert found.status(life_plan.END) is Status.FEATURE
    for cut in life_plan.CUTS:
        branches_edit.released(Version.parse(cut.version), cut.day)(document)
    whole, tags = branches.parse(tomlkit.dumps(document)), [f"v{cut.version}" for cut in life_plan.CUTS]
    assert branches_lint.lint(whole, life_plan.END, tags) == [], "when all of it has happened"


def test_the_same_seed_kills_the_same_steps_and_all_of_them_are_steps() -> None:
    def chosen(seed: int) -> list[str]:
        chance = random.Random(seed)  # noqa: S311  # not for secrets
        return [life_plan.kill_of_cut(chance, cut.version) for cut in life_plan.CUTS]

    assert chosen(7) == chosen(7) != chosen(8)
    for cut, kill in zip(life_plan.CUTS, chosen(7), strict=True):
        step, when = kill.split(":")
        assert when in ("before", "after")
        assert step in [row.id for row in plan(Version.parse(cut.version), "real")]


def test_of_a_transition_only_a_step_that_is_still_to_be_done_is_killed() -> None:
    rows = [
        {"id": "status", "state": "done"},
        {"id": "label", "state": "to do"},
        {"id": "builders", "state": "by itself"},
    ]
    chance = random.Random(1)  # noqa: S311
    assert {life_plan.kill_of_turn(chance, rows) for _ in range(30)} == {"label:before", "label:after"}
    with pytest.raises(IndexError):
        life_plan.kill_of_turn(chance, rows[:1])


def test_the_time_of_each_step_is_read_from_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    steps = plan(Version.parse("1.3.0a1"))
    for position, step in enumerate(steps, start=1):
        releasing._report(Progress(1, step, position, len(steps), "running"))
        releasing._report(Progress(1, step, position, len(steps), "done", took_s=position / 10))
    found = life_plan.times(capsys.readouterr().out)
    assert list(found) == [step.id for step in steps]
    assert list(found.values()) == pytest.approx([position / 10 for position in range(1, len(steps) + 1)])


def test_events_are_read_from_a_calendar_by_their_name() -> None:
    text = calendar.ical(branches.parse(life_plan.registry()), life_plan.BETA.day, NAMES)
    found = life_plan.events(text)
    assert found["rabbit-1.3.0b1"] == (life_plan.BETA.day, "TENTATIVE", 0)
    assert found["rabbit-1.3-feature-freeze"] == (life_plan.BETA.day, "CONFIRMED", 0)


def test_what_was_built_is_told_from_sources() -> None:
    names = ["Rabbit-1.3.2.tgz", "Rabbit-1.3.2.tar.xz", "Rabbit-1.3.2.tgz.spdx.json", "SHA256SUMS", "rabbit-1.3.2.whl"]
    assert life_plan.built_things(names) == ["rabbit-1.3.2.whl"]


def test_the_house_has_the_storys_registry_and_few_kinds(tmp_path: Path) -> None:
    environ = life.told(tmp_path, ("debug",))
    assert Path(environ["CAMELOT_REGISTRY"]).read_text(encoding="utf-8") == life_plan.registry()
    assert 'kinds = ["debug"]' in Path(environ["CAMELOT_CONFIG"]).read_text(encoding="utf-8")


def test_a_farm_may_have_few_kinds_of_its_table_and_no_others() -> None:
    assert [kind.name for kind in builders.table("rabbit", ("release", "debug"))] == ["debug", "release"]
    assert builders.table("rabbit", ()) == builders.table("rabbit")
    with pytest.raises(
        ValueError, match=r"farm.kinds names 'jit', which the table rabbit lacks: it has debug, release"
    ):
        builders.table("rabbit", ("debug", "jit"))


def test_the_story_is_made_by_one_word_that_help_lists() -> None:
    lines = MAKEFILE.read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("story-life:") and "## " in line for line in lines)
    assert "story-life" in next(line for line in lines if line.startswith(".PHONY"))
