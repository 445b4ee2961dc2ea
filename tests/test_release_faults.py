"""What goes wrong around a cut: a full disk, a tag of somebody else, a branch that moved, two managers at once."""

from __future__ import annotations

import json
import os
import random
import select
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from release import cut, repo, verify
from tests import release_house as house_of
from tests.release_forked import LIMIT_S, cut_apart
from tests.release_house import TODAY, VERSION, House

MANY, FEW = 3 << 19, 1 << 20  # bytes in a file that does not compress, and how large a file may become


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = house_of.build(tmp_path)
    yield house
    house.engine.dispose()


@pytest.mark.row("RL-12", "RL-20")
def test_a_disk_that_is_full_is_a_sentence_and_with_room_the_same_cut_goes_on(house: House) -> None:
    noise = random.Random("noise").randbytes(MANY).decode("latin-1")  # noqa: S311
    house_of.commit(house.origin, house.root / "author", {"noise.bin": noise}, "Grow")
    house_of.all_green(house)
    assert cut_apart(house, "tarballs:before") == -signal.SIGKILL
    said = str(cut_apart(house, "", largest=FEW))
    assert said.startswith("failed: tarballs: there is no room for ")
    assert said.endswith("(File too large): make some, then cut again to go on here")
    assert not (house.settings.downloads / VERSION).exists()
    assert not (house.settings.downloads / "index.json").exists()
    assert cut_apart(house, "") == "done"
    assert verify.verify(house.settings.downloads / VERSION) == []
    assert not list(house.settings.downloads.rglob(".*")), "no half of a file stays"


@pytest.mark.row("RL-16")
def test_a_tag_that_somebody_else_pushed_meanwhile_is_never_moved_nor_anything_pushed(house: House) -> None:
    assert cut_apart(house, "push:before", real=True) == -signal.SIGKILL
    head = house.head
    repo.git(house.origin, "tag", f"v{VERSION}", head)
    said = str(cut_apart(house, "", real=True))
    assert said.startswith(
        f"failed: push: v{VERSION} is there already, at {head[:10]}, not by this run: it is never moved"
    )
    assert house.head == head
    assert not (house.settings.downloads / VERSION).exists()


@pytest.mark.row("RL-14", "RL-16")
def test_a_branch_that_moved_on_is_noticed_before_the_work_and_at_the_push_at_the_latest(house: House) -> None:
    author = house.root / "author"
    assert cut_apart(house, "push:before", real=True) == -signal.SIGKILL
    moved = house_of.commit(house.origin, author, {"more.txt": "more\n"}, "Go on")
    said = str(cut_apart(house, "", real=True))
    assert said.startswith("failed: push: the push was refused (git push")
    assert (house.head, repo.git(house.origin, "tag", "--list")) == (moved, ""), "all or nothing"
    (run,) = cut.runs(house.engine)
    cut.abandon(house.settings, house.engine, run.id)
    house_of.all_green(house)
    assert cut_apart(house, "target:before", real=True) == -signal.SIGKILL
    again = house_of.commit(house.origin, author, {"more.txt": "and more\n"}, "Go on again")
    said = str(cut_apart(house, "", real=True))
    assert said == (
        f"failed: target: main is at {again[:10]}, the gates looked at {moved[:10]}: abandon run 2 and cut again"
    )


@pytest.mark.row("RL-12", "RL-15")
def test_while_one_manager_pushes_another_is_sent_away_and_there_is_one_release(house: House) -> None:
    arrived, go_on = house.root / "arrived", house.root / "go-on"
    for pipe in (arrived, go_on):
        os.mkfifo(pipe)
    hook = house.origin / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho here > {arrived}\ncat {go_on} > /dev/null\n", encoding="utf-8")
    hook.chmod(0o755)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cut_apart, house, "", real=True)
        listening = os.open(arrived, os.O_RDONLY | os.O_NONBLOCK)
        heard, _, _ = select.select([listening], [], [], LIMIT_S)
        assert heard, "the first manager's push never arrived"
        with pytest.raises(cut.CutError, match=r"somebody is cutting a release of 1\.3 at this moment: wait for them"):
            cut.cut(house.settings, house.engine, VERSION, "another", False, today=TODAY)
        go_on.write_text("go on", encoding="utf-8")
        os.close(listening)
        assert first.result() == "done"
    assert [run.state for run in cut.runs(house.engine)] == ["done"]
    assert repo.git(house.origin, "tag", "--list") == f"v{VERSION}"
    index = json.loads((house.settings.downloads / "index.json").read_text(encoding="utf-8"))
    assert list(index["versions"]) == [VERSION]
