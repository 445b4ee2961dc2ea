"""The real Rabbit is released as it stands: built, run and tested from its own tarball."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from release import cut, repo, verify
from tests import release_house as house_of
from tests.release_house import ENTRY, TODAY, VERSION

INTERPRETER = Path(__file__).parent.parent / "interpreter"
MADE = ("out", ".tools", "rabbit", "Makefile", "__pycache__")  # by an earlier build in the tree


@pytest.mark.skipif(not list(INTERPRETER.glob("Programs/*.c")), reason="this tree holds no interpreter that runs")
def test_rabbit_is_released_from_its_own_tree(tmp_path: Path) -> None:
    house = house_of.build(tmp_path, green=False)
    author = tmp_path / "author"
    for path in author.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(INTERPRETER, author, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*MADE))
    house_of.commit(house.origin, author, {ENTRY: "Slices keep their ends.\n"}, "Rabbit")
    house_of.all_green(house)
    result = cut.cut(house.settings, house.engine, VERSION, "release-manager", today=TODAY)
    assert (result.state, result.error) == ("done", "")
    assert result.folder is not None
    assert verify.verify(result.folder) == []
    smoke = next(step.evidence for step in cut.runs(house.engine)[0].steps if step.step == "smoke")
    commit = repo.git(house.settings.data / "rehearsal" / "1.3" / "upstream.git", "rev-parse", "v1.3.0a2^{commit}")
    assert VERSION in smoke["shown"]
    assert commit[:9] in smoke["shown"], "a tarball has no git, and still knows its commit"
    assert smoke["tests"], "the farm's own command ran some of its tests"
