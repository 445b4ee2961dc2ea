"""What only people can do is asked of them, with owner, words and evidence; the cut waits and then goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from release import cut, tasks
from release.judging import Blockers
from release.tasks import Task, TaskError
from tests import release_house as house_of
from tests.release_house import TODAY, VERSION, House

ME = "release-manager"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = house_of.build(tmp_path)
    yield house
    house.engine.dispose()


def cut_for_real(house: House, yes: str = "") -> cut.RunResult:
    """With a tracker that was asked and has nothing."""
    nothing = Blockers((), complete=True)
    return cut.cut(
        house.settings, house.engine, VERSION, ME, False, today=TODAY, tracker=lambda settings: nothing, yes=yes
    )


LETTER = "https://forge.invalid/rabbit/rabbit/issues/77"


def answer(task: Task, head: str) -> str:
    """What the task's owner would give."""
    return {"go": head[:12], "approve": task.expected, "told": LETTER}[task.step]


def the_open_one(house: House) -> Task:
    (task,) = tasks.open_tasks(house.engine)
    return task


@pytest.mark.row("RL-15")
def test_a_real_cut_stops_at_each_task_and_goes_on_once_it_is_answered(house: House) -> None:
    head = house.head
    asked: list[str] = []
    while (result := cut_for_real(house)).state == "waiting":
        task = the_open_one(house)
        assert f"task {task.id} waits for {ME}: {task.title}" in result.error
        asked.append(task.step)
        tasks.complete(house.engine, task.id, ME, answer(task, head))
    assert (result.state, asked) == ("done", ["go", "approve", "told"])
    assert tasks.open_tasks(house.engine) == []
    steps = {step.step: step for step in cut.runs(house.engine)[0].steps}
    assert steps["told"].evidence["evidence"] == LETTER
    assert steps["go"].evidence["actor"] == ME
    assert (steps["approve"].attempts, steps["smoke"].attempts) == (2, 1)


@pytest.mark.row("RL-15")
def test_before_the_go_nothing_is_touched_and_a_no_go_takes_the_question_back(house: House) -> None:
    before = house.head
    result = cut_for_real(house)
    assert result.state == "waiting"
    assert house.head == before
    assert not house.settings.downloads.exists()
    assert not (house.settings.data / "release" / "run-1").exists()
    cut.abandon(house.settings, house.engine, result.run)
    assert tasks.open_tasks(house.engine) == []
    assert [task.state for task in tasks.of_run(house.engine, result.run)] == ["withdrawn"]
    with pytest.raises(TaskError, match="task 1 is withdrawn already: nothing is left to answer"):
        tasks.complete(house.engine, 1, ME, before)


# who, what they give, what they are told
WRONG = [
    ("ada", "", "task 1 is release-manager's, not ada's: ask release-manager to answer it"),
    (ME, "", "'' is no evidence for task 1: give the commit's SHA, 10 hexadecimal digits of it or more"),
    (ME, "yes, go", "'yes, go' is no evidence for task 1"),
    (ME, "c0ffee", "'c0ffee' is no evidence for task 1"),
    (ME, "0123456789abcdef", "0123456789abcdef is not what task 1 asks about"),
    (ME, "a" * 5000, "is no evidence for task 1"),
]


@pytest.mark.row("RL-15")
def test_evidence_of_another_shape_or_about_another_commit_is_refused(house: House) -> None:
    assert cut_for_real(house).state == "waiting"
    for who, given, said in WRONG:
        with pytest.raises(TaskError) as refused:
            tasks.complete(house.engine, 1, who, given)
        assert said in str(refused.value)
    assert the_open_one(house).state == "open"


@pytest.mark.row("RL-15")
def test_the_first_answer_holds_and_asking_twice_makes_one_task(house: House) -> None:
    assert [cut_for_real(house).state for _ in range(2)] == ["waiting", "waiting"]
    tasks.complete(house.engine, the_open_one(house).id, ME.upper(), house.head)
    with pytest.raises(TaskError, match="task 1 is done already, by RELEASE-MANAGER"):
        tasks.complete(house.engine, 1, "their-deputy", house.head, also=("their-deputy",))
    with pytest.raises(TaskError, match="there is no task 7"):
        tasks.complete(house.engine, 7, ME, house.head)


@pytest.mark.row("RL-15")
def test_who_asks_nobody_says_why_and_that_is_written_down(house: House) -> None:
    assert cut_for_real(house, "I looked at all of it myself").state == "done"
    steps = {step.step: step.evidence for step in cut.runs(house.engine)[0].steps}
    assert steps["approve"] == {"asked": False, "why": "I looked at all of it myself"}
    assert tasks.of_run(house.engine, 1) == []
