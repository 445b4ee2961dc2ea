"""A release cannot half-happen: cut, blocked, killed at every step, resumed, refused."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from core import branches_edit, records
from core.models import release_runs, release_steps, released
from core.versions import Version
from release import cut, index, repo, verify
from release.artifacts import sha256
from release.judging import Blockers
from release.plan import plan
from release.steps import STEPS
from tests import release_house as house_of
from tests.release_forked import cut_apart
from tests.release_house import TODAY, VERSION, House

AN_ALPHAS = [step.id for step in plan(Version.parse(VERSION))]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = house_of.build(tmp_path)
    yield house
    house.engine.dispose()


def cut_for_real(house: House) -> cut.RunResult:
    """With a tracker that was asked and has nothing."""
    nothing = Blockers((), complete=True)
    return cut.cut(
        house.settings,
        house.engine,
        VERSION,
        "release-manager",
        False,
        today=TODAY,
        tracker=lambda settings: nothing,
        yes="nobody is there to be asked in a test",
    )


def cut_it(house: House) -> cut.RunResult:
    return cut.cut(house.settings, house.engine, VERSION, "release-manager", today=TODAY)


def world(house: House) -> dict[str, str]:
    """Everything that a cut leaves: the refs of its target with their trees, and every published byte."""
    target = house.settings.data / "rehearsal" / "1.3" / "upstream.git"
    refs = repo.git(target, "for-each-ref", "--format=%(refname) %(objectname) %(tree)").splitlines()
    files = {
        path.relative_to(house.settings.downloads).as_posix(): sha256(path)
        for path in house.settings.downloads.rglob("*")
        if path.is_file()
    }
    with house.engine.begin() as connection:
        rows = connection.execute(select(released.c.version, released.c.commit, released.c.files)).all()
        runs = connection.execute(select(func.count()).select_from(release_runs)).scalar_one()
    return {**files, "refs": "\n".join(refs), "rows": repr([tuple(row) for row in rows]), "runs": str(runs)}


def test_every_step_of_the_plan_has_its_function_and_no_other_exists() -> None:
    assert [step.id for step in plan(Version.parse("1.3.0b1"))] == list(STEPS)
    assert [step for step in STEPS if step != "branch"] == AN_ALPHAS


def test_a_release_is_cut_published_and_verifies(house: House) -> None:
    head, heard = house.head, []
    result = cut.cut(
        house.settings, house.engine, VERSION, "release-manager", today=TODAY, report=lambda p: heard.append(p)
    )
    assert (result.state, result.error) == ("done", "")
    assert result.folder is not None
    assert verify.verify(result.folder) == []
    assert sorted(path.name for path in result.folder.iterdir()) == [
        "Rabbit-1.3.0a2.dsse.json",
        "Rabbit-1.3.0a2.tar.xz",
        "Rabbit-1.3.0a2.tar.xz.spdx.json",
        "Rabbit-1.3.0a2.tgz",
        "Rabbit-1.3.0a2.tgz.spdx.json",
        "Rabbit-1.3.0a2.tlog-proof",
        "SHA256SUMS",
        "log-key.txt",
        "signing-key.json",
    ]
    assert [p.step.id for p in heard if p.state == "done"] == list(AN_ALPHAS)
    assert house.head == head, "a rehearsal pushes nothing to the repository"
    assert not list(house.settings.downloads.glob(".*")), "nothing half-made stays behind"


def test_the_tag_is_the_release_commit_and_the_branch_goes_one_commit_further(house: House) -> None:
    head = house.head
    cut_it(house)
    target = house.settings.data / "rehearsal" / "1.3" / "upstream.git"
    log = repo.git(target, "log", "--format=%s", f"{head}..main").splitlines()
    assert log == ["Post 1.3.0a2", "Rabbit 1.3.0a2"]
    assert repo.git(target, "rev-parse", "v1.3.0a2^{commit}") == repo.git(target, "rev-parse", "main^")
    assert repo.git(target, "cat-file", "-t", "v1.3.0a2") == "tag"
    assert '"1.3.0a2"' in repo.read(target, "v1.3.0a2", "Include/patchlevel.h")
    assert '"1.3.0a2+"' in repo.read(target, "main", "Include/patchlevel.h")
    assert repo.read(target, "main", "README.md").startswith("This is Rabbit version 1.3.0 alpha 2+\n====")
    assert repo.names(target, "v1.3.0a2", "Misc/NEWS.d") == ["Misc/NEWS.d/1.3.0a2.rst"]


def test_the_program_was_built_from_the_download_and_says_its_version(house: House) -> None:
    cut_it(house)
    smoke = next(step for step in cut.runs(house.engine)[0].steps if step.step == "smoke")
    assert smoke.state == "done"
    assert smoke.evidence["shown"] == "Rabbit 1.3.0a2"


def test_a_red_builder_blocks_before_anything_is_touched_and_a_green_one_lets_it_pass(house: House) -> None:
    house_of.built(house, "refleak", "failure", house.head)
    result = cut_it(house)
    assert result.state == "blocked"
    assert "builders: refleak: FAILURE at the release commit" in result.error
    assert not house.settings.downloads.exists()
    assert [run.state for run in cut.runs(house.engine)] == ["blocked"]
    house_of.built(house, "refleak", "success", house.head)
    assert cut_it(house).state == "done"


def test_killed_before_and_after_every_step_it_ends_as_if_nothing_had_happened(house: House, tmp_path: Path) -> None:
    assert cut_it(house).state == "done"
    other = house_of.build(tmp_path / "other")
    shutil.copytree(house.settings.data / "keys", other.settings.data / "keys")
    for step in AN_ALPHAS:
        for moment in ("before", "after"):
            done = cut_apart(other, f"{step}:{moment}")
            assert done == -signal.SIGKILL, (step, moment, done)
    assert cut_apart(other, "") == "done"
    assert world(other) == world(house)
    steps = cut.runs(other.engine)[0].steps
    assert [(step.state, step.attempts) for step in steps] == [("done", 3)] * len(AN_ALPHAS)


def test_what_a_killed_git_and_a_half_written_file_leave_behind_is_mended(house: House) -> None:
    work = house.settings.data / "release" / "run-1" / "work"
    assert cut_apart(house, "bump:after") == -signal.SIGKILL
    (work / "Include" / "patchlevel.h").write_text("")
    (work / ".git" / "index.lock").touch()
    assert cut_apart(house, "commit:before") == -signal.SIGKILL
    (work / ".git" / "HEAD.lock").touch()
    assert cut_apart(house, "") == "done"
    target = house.settings.data / "rehearsal" / "1.3" / "upstream.git"
    assert '"1.3.0a2"' in repo.read(target, "v1.3.0a2", "Include/patchlevel.h")


def test_a_second_rehearsal_takes_the_place_of_the_first(house: House) -> None:
    assert cut_it(house).state == "done"
    first = world(house)
    assert cut_it(house).state == "done"
    assert {**world(house), "runs": "1"} == first


def test_a_real_release_takes_the_place_of_its_rehearsal_and_is_recorded_on_its_own_day(house: House) -> None:
    assert cut_apart(house, "") == "done"
    assert cut_apart(house, "", real=True) == "done"
    assert index.entries(house.settings.downloads)[VERSION]["mode"] == "real"
    with house.engine.begin() as connection:
        rows = connection.execute(select(released.c.mode, released.c.at)).all()
    assert [(row.mode, row.at[:10]) for row in rows] == [("real", TODAY.isoformat())]
    assert repo.git(house.origin, "tag", "--list") == f"v{VERSION}"


def test_a_failed_step_is_resumed_not_begun_anew(house: House) -> None:
    house.settings.downloads.parent.mkdir(parents=True, exist_ok=True)
    house.settings.downloads.write_text("a file where the folder should be")
    result = cut_it(house)
    assert result.state == "failed"
    assert result.error.startswith("tarballs: ")
    house.settings.downloads.unlink()
    assert cut_it(house).run == result.run
    attempts = {step.step: step.attempts for step in cut.runs(house.engine)[0].steps}
    assert attempts["tarballs"] == 2
    assert attempts["commit"] == 1


def test_another_version_of_the_branch_waits_for_an_unfinished_cut_until_it_is_abandoned(house: House) -> None:
    house.settings.downloads.parent.mkdir(parents=True, exist_ok=True)
    house.settings.downloads.write_text("in the way")
    result = cut_it(house)
    with pytest.raises(cut.CutError, match=r"run 1 \(1\.3\.0a2, rehearse\) of 1\.3 is unfinished"):
        cut.cut(house.settings, house.engine, "1.3.0a3", "release-manager", today=TODAY)
    cut.abandon(house.settings, house.engine, result.run)
    other = cut.cut(house.settings, house.engine, "1.3.0a3", "release-manager", today=TODAY)
    assert (other.state, other.run) == ("blocked", 2)
    assert "the registry plans 1.3.0a2 next" in other.error


def test_a_plan_that_was_changed_meanwhile_is_shown_and_must_be_accepted(house: House) -> None:
    assert cut_apart(house, "news:after") == -signal.SIGKILL
    with house.engine.begin() as connection:  # as if this run had begun before there was a step "push"
        inputs = dict(connection.execute(select(release_runs.c.inputs)).scalar_one())
        inputs["plan"] = [row for row in inputs["plan"] if row[0] != "push"]
        connection.execute(update(release_runs).values(inputs=inputs))
        connection.execute(delete(release_steps).where(release_steps.c.step == "push"))
    with pytest.raises(cut.CutError, match=r"the plan of run 1 was changed since it began: \+ push: push main and v"):
        cut_it(house)
    accepted = cut.cut(house.settings, house.engine, VERSION, "release-manager", today=TODAY, accept=True)
    assert (accepted.run, accepted.state) == (1, "done")
    assert [step.step for step in cut.runs(house.engine)[0].steps] == AN_ALPHAS


def test_two_managers_cannot_cut_from_one_branch_at_once(house: House) -> None:
    lock = house.settings.data / "release" / "1.3.lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(cut.CutError, match="somebody is cutting a release of 1.3"):
            cut_it(house)
    assert cut.runs(house.engine) == []


def test_what_is_no_version_is_refused_with_the_forms_that_are() -> None:
    with pytest.raises(ValueError, match="write 3.14.0, 3.14.0a1"):
        Version.parse("3.14.0rcx; rm -rf")


def test_a_real_cut_stops_at_what_a_rehearsal_only_mentions(house: House) -> None:
    result = cut.cut(house.settings, house.engine, VERSION, "release-manager", rehearse=False, today=TODAY)
    assert result.state == "blocked"
    assert result.error == "blockers: no pull request is labelled release-blocker; the issues were not asked"


def test_a_real_cut_moves_the_repository_and_is_never_replaced(house: House) -> None:
    assert cut_for_real(house).state == "done"
    assert repo.git(house.origin, "log", "-1", "--format=%s", "main") == "Post 1.3.0a2"
    again = cut_it(house)
    assert again.state == "blocked"
    assert "tag: v1.3.0a2 exists already" in again.error


@pytest.mark.row("RL-3", "RL-21")
def test_a_real_release_writes_its_tags_day_into_the_registry_once_and_a_rehearsal_does_not(house: House) -> None:
    file = house.root / "registry.toml"
    planned = file.read_bytes()
    assert cut_it(house).state == "done"
    assert file.read_bytes() == planned
    for crash in ("registry:before", "registry:after", "announce:before"):
        assert cut_apart(house, crash, real=True) == -signal.SIGKILL
    assert cut_apart(house, "", real=True) == "done"
    wanted = house.root / "wanted.toml"
    wanted.write_bytes(planned)
    branches_edit.edit(wanted, branches_edit.released(Version.parse(VERSION), TODAY))
    assert file.read_bytes() == wanted.read_bytes(), "one row, once"
    env = {"CAMELOT_DATA": str(house.settings.data), "CAMELOT_REGISTRY": str(file), "CAMELOT_TODAY": str(TODAY)}
    words = [sys.executable, "-m", "console", "branches", "--json"]
    shown = subprocess.run(words, env={**house_of.environment(), **env}, capture_output=True, text=True, check=True)
    row = next(row for row in json.loads(shown.stdout) if row["version"] == "1.3")
    assert (row["latest"], row["latest_date"], row["next_release"]) == (VERSION, "2026-11-20", "1.3.0a3")


def test_an_open_breakage_notice_blocks_until_it_is_closed(house: House) -> None:
    records.open_notice(house.engine, "main:test_list:refleak", 12, house.head, {})
    assert "notices: 1 breakage not mended: main:test_list:refleak" in cut_it(house).error
    records.close_notice(house.engine, "main:test_list:refleak")
    assert cut_it(house).state == "done"


def test_the_index_names_every_file_with_its_checksum(house: House) -> None:
    result = cut_it(house)
    assert result.folder is not None
    entry = json.loads((house.settings.downloads / "index.json").read_text())["versions"][VERSION]
    assert entry["mode"] == "rehearse"
    assert entry["files"] == {path.name: sha256(path) for path in result.folder.iterdir()}
    page = (house.settings.downloads / "index.html").read_text()
    assert all(name in page for name in entry["files"])


def test_a_tree_that_does_not_build_is_not_published_and_says_why(house: House) -> None:
    house_of.commit(house.origin, house.root / "author", {"rabbit.c": "int main(void) { return oops; }\n"}, "Break it")
    result = cut_it(house)
    assert result.state == "failed"
    assert result.error.startswith("smoke: make -j2 ended with 2 in the unpacked tarball: rabbit.c:1:")
    assert "oops" in result.error
    assert not (house.settings.downloads / VERSION).exists()
    assert not (house.settings.downloads / "index.json").exists()


def test_an_abandoned_cut_leaves_no_half_made_files_in_the_downloads(house: House) -> None:
    house_of.commit(house.origin, house.root / "author", {"rabbit.c": "int main(void) { return oops; }\n"}, "Break it")
    result = cut_it(house)
    assert sorted(path.name for path in house.settings.downloads.iterdir()) == [".staging-1", "log"]
    cut.abandon(house.settings, house.engine, result.run)
    assert [path.name for path in house.settings.downloads.iterdir()] == ["log"], "what was signed stays told"
    with pytest.raises(cut.CutError, match="run 1 is abandoned"):
        cut.abandon(house.settings, house.engine, result.run)


def test_a_repository_that_cannot_be_reached_is_a_sentence_and_nothing_is_touched(house: House) -> None:
    shutil.rmtree(house.origin)
    result = cut_it(house)
    assert result.state == "failed"
    assert result.error.startswith("gates: git fetch --quiet --prune: ")
    assert not house.settings.downloads.exists()
