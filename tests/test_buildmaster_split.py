"""A suite is split over workers: near the bound that no plan beats, each test once, whoever goes away meanwhile."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildmaster import recorded, split
from buildmaster.split import MOST_FILES, Chunk, Piece, Queue
from console.bench import split as bench


@pytest.mark.row("B6")
@pytest.mark.parametrize("version", bench.VERSIONS)
@pytest.mark.parametrize("workers", [2, 4, 8, 16])
def test_of_recorded_suites_no_plan_is_much_better(version: str, workers: int) -> None:
    took = bench.durations(version)
    assert bench.ratio(took, took, workers) <= 1.05
    assert bench.by_class(took, bench.classes_of(version), workers) <= 1.05
    for seed in (1, 2):
        assert bench.ratio(took, bench.wrong(took, seed), workers) <= 1.2


@pytest.mark.row("B6")
@pytest.mark.parametrize("workers", [2, 4, 8, 16])
def test_a_first_run_is_planned_by_what_was_recorded_of_another_version(workers: int) -> None:
    """Its files are not quite the same: some are new, some were one file, some are a folder now."""
    took, guess = bench.durations("3.12"), bench.elsewhere("3.12", recorded.NEWEST["cpython"])
    assert guess != took
    assert bench.ratio(took, guess, workers) <= 1.2


@pytest.mark.row("B6")
@pytest.mark.parametrize("version", bench.VERSIONS)
@pytest.mark.parametrize("workers", [2, 4, 8, 16])
def test_a_first_run_without_any_record_is_planned_by_the_number_of_cases(version: str, workers: int) -> None:
    assert bench.never_timed(version, workers) <= 1.2


def test_untimed_files_with_many_cases_are_split_and_each_class_is_run_once() -> None:
    cases = {"test_many": {"A": 60.0, "B": 30.0, "C": 20.0}, "test_one": {"A": 500.0}, "test_few": {"A": 9.0, "B": 9.0}}
    plan = split.untimed(["test_many", "test_one", "test_few", "test_silent"], cases)
    assert [(piece.name, piece.classes) for piece in plan] == [
        ("test_one", ()),
        ("test_many", ("A",)),
        ("test_many", ("B",)),
        ("test_many", ("C",)),
        ("test_few", ()),
        ("test_silent", ()),
    ]
    assert split.is_untimed(["test_a"], {}, {"test_b": 1.0})
    assert not split.is_untimed(["test_a"], {}, {"test_a": 1.0})


def test_beyond_what_the_longest_file_allows_its_classes_go_to_several_workers() -> None:
    assert bench.by_class(bench.durations("3.13"), bench.classes_of("3.13"), 32) < 0.6


def test_a_folder_of_test_files_counts_as_one_file_too() -> None:
    known = {"test.test_io.test_raw": 2.0, "test.test_io.test_text": 3.0, "test_a": 1.0}
    assert recorded.with_folders(known) == {**known, "test_io": 5.0}
    assert recorded.seconds("cpython")["test_asyncio"] > recorded.seconds("cpython")["test.test_asyncio.test_tasks"]
    assert recorded.seconds("rabbit") == {}, "nothing was recorded of it: its suite is not worth sharing"


SPANS = st.dictionaries(st.sampled_from([f"test_{letter}" for letter in "abcdefghijklmnopqrst"]), st.floats(0, 100))


@settings(deadline=None, max_examples=80)
@given(SPANS, st.integers(1, 5), st.integers(0, 2**30))
def test_every_test_is_done_once_though_workers_go_away_in_the_middle(
    seconds: dict[str, float], workers: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (who goes away)
    queue, running, done = Queue(split.pieces(seconds, workers), workers), list[Chunk](), list[str]()
    while not queue.finished:
        if (chunk := queue.take()) is not None:
            assert 1 <= len(chunk.pieces) <= MOST_FILES
            running.append(chunk)
        gone = running.pop(chance.randrange(len(running)))
        if chance.random() < 0.3:
            queue.give_back(gone)
        else:
            queue.done(gone)
            done += [piece.name for piece in gone.pieces]
    assert sorted(done) == sorted(seconds)
    assert queue.take() is None


def test_what_goes_back_is_the_next_and_the_longest_goes_first() -> None:
    queue = Queue(split.pieces({"test_a": 1.0, "test_b": 9.0, "test_c": 5.0}, 3), 3)
    first = queue.take()
    assert first and [piece.name for piece in first.pieces] == ["test_b"]
    queue.give_back(first)
    assert queue.take() == first


def test_times_come_from_this_builder_or_another_one_scaled_or_are_the_longest() -> None:
    known = {"test_a": 10.0, "test_b": 20.0}
    elsewhere = {"test_a": 1.0, "test_b": 2.0, "test_c": 4.0}
    found = split.estimate(["test_a", "test_b", "test_c", "test_d"], known, elsewhere)
    assert found == {"test_a": 10.0, "test_b": 20.0, "test_c": 40.0, "test_d": 40.0}, "what nobody knows begins early"
    assert split.estimate(["test_x"], {}) == {"test_x": split.UNKNOWN_S}
    slowest = {"test_a": 9.0, "test_b": 8.0}
    names = ["test_a", "test_b", "test_c", "test_d", "test_e"]
    assert split.estimate(names, slowest) == {**slowest, **dict.fromkeys(names[2:], 8.0)}, "a list of the slowest"
    third = {"test_c": 8.0, "test_d": 2.0}  # twice as slow as the second, which is ten times as fast as the first
    assert split.estimate(["test_d"], known, elsewhere, third) == {"test_d": 2.0}
    assert split.estimate(["test_a", "test_b", "test_c", "test_d"], known, elsewhere, third)["test_d"] == 10.0


def test_classes_are_asked_for_by_pattern_and_stand_alone() -> None:
    parts = {"test_long": {"Alpha": 40.0, "Beta": 30.0, "Gamma": 30.0}}
    plan = split.pieces({"test_long": 100.0, "test_short": 1.0}, 4, parts)
    queue, chunks = Queue(plan, 4), list[Chunk]()
    while chunk := queue.take():
        chunks.append(chunk)
    assert sorted(each for chunk in chunks for piece in chunk.pieces for each in piece.classes) == [
        "Alpha",
        "Beta",
        "Gamma",
    ]
    assert Chunk((Piece("test_long", 40.0, ("Alpha",)),)).options == ("-m", "*.Alpha.*", "test_long")
    assert all(len(chunk.pieces) == 1 for chunk in chunks if chunk.pieces[0].classes)


CLASSES = ("Alpha", "Beta", "Gamma")


@settings(deadline=None, max_examples=100)
@given(SPANS, SPANS, st.integers(1, 6), st.integers(0, 2**30))
def test_what_is_done_is_not_done_again_though_the_second_plan_is_another_one(
    first: dict[str, float], second: dict[str, float], workers: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (what was done)
    names = sorted(first)
    parts = {name: dict.fromkeys(CLASSES, 1.0) for name in names if chance.random() < 0.5}
    done = [piece for piece in split.pieces(first, workers, parts) if chance.random() < 0.5]
    plan = split.pieces(split.estimate(names, second), workers, parts)
    rest = split.left(plan, [(piece.name, *piece.classes) for piece in done], parts)
    ran = [(piece.name, each) for piece in (*done, *rest) for each in (piece.classes or parts.get(piece.name, ("",)))]
    wanted = [(name, each) for name in names for each in parts.get(name, [""])]
    assert sorted(ran) == sorted(wanted)


def part(name: str, state: str = "passed", **more: Any) -> dict[str, Any]:
    file = {"name": name, "state": state, "reason": "", "duration_s": 1.0, "rerun": None, "cases": [], "leaks": []}
    lists: dict[str, Any] = {"failed": [], "flaky": [], "env_changed": [], "leaked": []}
    totals = {"tests": {"run": 3}, "files": {"run": 1, "run_of": 1}, "duration_s": 1.0}
    return {"result": "", "complete": True, "files": [file | more.pop("file", {})], **lists, "totals": totals, **more}


def test_the_parts_verdicts_become_the_suites() -> None:
    leak = {"resource": "references", "deltas": [1, 1, 1]}
    leaking = part("test_a", "refleak", file={"leaks": [leak]}, failed=["test_a"], leaked=["test_a"])
    verdict = split.merged([part("test_b"), leaking, part("test_a")], ["test_a", "test_b"])
    assert (verdict["complete"], verdict["result"]) == (True, "failure")
    assert (verdict["failed"], verdict["leaked"]) == (["test_a"], ["test_a"])
    files: Any = verdict["files"]
    assert [(file["name"], file["state"], file["leaks"], file["duration_s"]) for file in files] == [
        ("test_b", "passed", [], 1.0),
        ("test_a", "refleak", [leak], 2.0),
    ]
    assert verdict["totals"] == {"tests": {"run": 9}, "files": {"run": 2, "run_of": 2}, "duration_s": 3.0}


@pytest.mark.parametrize("parts", [[], [part("test_a", complete=False, failed=["test_a"])], [part("test_b")]])
def test_a_part_that_is_missing_or_cut_off_accuses_nobody(parts: list[dict[str, Any]]) -> None:
    verdict = split.merged(parts, ["test_a", "test_b"] if len(parts) and parts[0]["complete"] else ["test_a"])
    assert (verdict["complete"], verdict["failed"]) == (False, [])


def test_the_classes_of_a_file_are_read_from_the_ids_of_its_cases() -> None:
    lines = ["test.test_a.Alpha.test_m", "test.test_a.Alpha.test_n", "test_a.Beta.test_m", "test_b.C.test_m", "noise"]
    assert split.classes_in(lines, ["test_a"]) == {"test_a": {"Alpha": 2, "Beta": 1}}
    folder = ["test.test_io.test_raw.Reads.test_m", "test.test_io.test_text.Reads.test_m", "test.test_ion.C.test_m"]
    assert split.classes_in(folder, ["test.test_io.test_raw"]) == {"test.test_io.test_raw": {"Reads": 1}}
    assert split.classes_in(folder, ["test_io"]) == {"test_io": {"Reads": 2}}
    assert split.too_long({"test_a": 100.0, "test_b": 60.0, "test_c": 1.0}, 2) == ["test_a", "test_b"]
