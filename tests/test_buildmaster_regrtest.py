"""What CPython's own regrtest prints is read right: real runs of 3.11, 3.12 and 3.13, side by side and one by one."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from buildmaster import junit
from buildmaster.testlog import LogReader
from buildmaster.teststep import outcome
from console.__main__ import camelot
from tests.regrtest_folder import FILES, SECRET, Ran, run

# file -> state, reason, re-run, and what its cases are called with their outcomes, in the order of names
WHOLE: dict[str, tuple[str, str, str | None, dict[str, str]]] = {
    "good": ("passed", "", None, {}),
    "bad": (
        "failed",
        "2 errors, 2 failures",
        "failed",
        {
            "test_bad.Bad.test_first": "fail",
            "test_bad.Bad.test_fourth": "unexpected_success",  # only the JUnit file tells
            "test_bad.Bad.test_second": "error",
            "test_bad.Bad.test_third (i=1)": "fail",  # only the log tells
            "test_bad.Fixture.setUpClass": "error",  # only the log tells
        },
    ),
    "single": ("failed", "1 failure", "failed", {"test_single.Single.test_only": "fail"}),
    "fixture": ("failed", "1 error", "failed", {"test_fixture.setUpModule": "error"}),
    "import": ("uncaught_exc", "", "failed", {"test_import": "error"}),
    "wavers": ("failed", "1 failure", "passed", {"test_wavers.Wavers.test_second_time": "fail"}),
    "environ": ("env_changed", "os.environ was modified", "failed", {}),
    "tells": ("failed", "1 failure", "failed", {"test_tells.Tells.test_tells": "fail"}),
    "leaves": ("env_changed", "files was modified", "failed", {}),
    "skips": ("skipped", "not here", None, {}),
    "denied": ("resource_denied", "Use of the 'network' resource not enabled", None, {}),
    "empty": ("did_not_run", "", None, {}),
}
SIGSEGV = "Exit code -11 (SIGSEGV); Fatal Python error: Segmentation fault"
DEADLY: dict[str, tuple[str, str, str | None, dict[str, str]]] = {  # each would end a run in one process
    "dies": ("worker_failed", SIGSEGV, "failed", {"test_dies.Dies.test_dies": "crash"}),
    "exits": ("worker_failed", "Exit code 7", "failed", {}),
    "hangs": ("worker_failed", "Exit code 1; Timeout (0:00:15)", "failed", {"test_hangs.Hangs.test_hangs": "timeout"}),
}


def read(text: str) -> LogReader:
    reader = LogReader()
    reader.feed(text)
    return reader


def judged(ran: Ran) -> dict[str, Any]:
    return junit.merged(read(ran.log).verdict(), junit.read([ran.junit.read_bytes()]))


def rows(verdict: dict[str, Any]) -> dict[str, tuple[str, str, str | None, dict[str, str]]]:
    return {
        file["name"].removeprefix("test_"): (
            file["state"],
            file["reason"],
            file["rerun"],
            {case["id"]: case["outcome"] for case in sorted(file["cases"], key=lambda case: str(case["id"]))},
        )
        for file in verdict["files"]
    }


def named(*names: str) -> list[str]:
    return [f"test_{name}" for name in names]


def holds(verdict: dict[str, Any], expected: dict[str, tuple[str, str, str | None, dict[str, str]]]) -> None:
    """Every list of the verdict follows from the table."""
    assert rows(verdict) == expected
    assert (verdict["complete"], verdict["result"]) == (True, "failure then failure")
    bad = ("failed", "uncaught_exc", "worker_failed")
    again = {name: row[2] for name, row in expected.items()}
    assert verdict["failed"] == sorted(
        named(*(name for name, row in expected.items() if row[0] in bad and again[name] == "failed"))
    )
    assert verdict["flaky"] == named(*(name for name in expected if again[name] == "passed"))
    assert verdict["env_changed"] == sorted(named(*(name for name, row in expected.items() if row[0] == "env_changed")))
    assert verdict["leaked"] == []
    assert SECRET not in json.dumps(verdict)
    assert verdict["totals"]["files"]["run_of"] == len(expected)


def test_3_13_in_parallel_tells_every_state_and_its_log_holds_whatever_is_done_to_it(tmp_path: Path) -> None:
    expected = WHOLE | DEADLY
    ran = run("3.13", tmp_path, list(expected), "-j2", "--timeout", "15", "--junit-xml", "junit.xml")
    assert (ran.code, outcome(ran.code, read(ran.log))) == (2, 2)
    verdict = judged(ran)
    holds(verdict, expected)
    tracebacks = {case["id"]: case["traceback"] for file in verdict["files"] for case in file["cases"]}
    assert "AssertionError: ook\noerror: missing\nResult: SUCCESS" in tracebacks["test_single.Single.test_only"]
    assert tracebacks["test_bad.Bad.test_first"].startswith("Traceback (most recent call last):")
    assert "in test_dies" in tracebacks["test_dies.Dies.test_dies"]
    assert SECRET in ran.log, "the run did dump its environment"
    for disturb in (_shorter, _in_pieces, _with_marks, _from_windows):
        disturb(ran.log, read(ran.log).verdict())
    _printed(ran, tmp_path)


def _shorter(log: str, whole: dict[str, Any]) -> None:
    """Cut off anywhere, nobody is accused; what is known of a file is true of the whole log too."""
    closing = log.index("Result: FAILURE then FAILURE\n") + len("Result: FAILURE then FAILURE\n")
    states = {file["name"]: file["state"] for file in whole["files"]}
    for end in random.Random(1).sample(range(closing), 150):  # noqa: S311 (which cuts are tried)
        verdict = read(log[:end]).verdict()
        assert not verdict["complete"], log[end - 200 : end]
        assert (verdict["failed"], verdict["flaky"], verdict["leaked"], verdict["env_changed"]) == ([], [], [], [])
        assert all(file["state"] in ("running", states[file["name"]]) for file in verdict["files"])
    assert read(log[:closing]).verdict() == whole


def _in_pieces(log: str, whole: dict[str, Any]) -> None:
    chance = random.Random(2)  # noqa: S311
    for longest in (1, 7, 100, 5000):
        reader, start = LogReader(), 0
        while start < len(log):
            end = start + chance.randint(1, longest)
            reader.feed(log[start:end])
            start = end
        assert reader.verdict() == whole


def _with_marks(log: str, whole: dict[str, Any]) -> None:
    """As Buildbot keeps it: a letter before each line, and lines of its own."""
    chance = random.Random(3)  # noqa: S311
    lines = [f"{chance.choice('oe')}{line}" for line in log.split("\n")]
    said = ["hmake buildbottest", "h in dir build", *lines, "hprogram finished with exit code 2", ""]
    assert read("\n".join(said)).verdict() == whole


def _from_windows(log: str, whole: dict[str, Any]) -> None:
    assert read(log.replace("\n", "\r\n")).verdict() == whole


def _printed(ran: Ran, folder: Path) -> None:
    """`camelot testlog` says the same."""
    log = folder / "run.log"
    log.write_text(ran.log, encoding="utf-8")
    printed = CliRunner().invoke(camelot, ["testlog", str(log), "--junit", str(ran.junit), "--json"])
    assert json.loads(printed.output) == judged(ran)
    short = CliRunner().invoke(camelot, ["testlog", str(log)]).output
    assert "failed: test_dies (Exit code -11 (SIGSEGV)" in short
    assert "flaky: test_wavers" in short


def test_3_12_one_by_one_tells_the_same(tmp_path: Path) -> None:
    ran = run("3.12", tmp_path, list(WHOLE), "--junit-xml", "junit.xml")
    assert ran.code == 2
    holds(judged(ran), WHOLE)


def test_3_11_in_parallel_tells_the_same(tmp_path: Path) -> None:
    expected = {name: WHOLE[name] for name in ("good", "bad", "wavers", "environ")} | {"dies": DEADLY["dies"]}
    ran = run("3.11", tmp_path, list(expected), "-j2", "--junit-xml", "junit.xml")
    holds(judged(ran), expected)


@pytest.mark.parametrize(
    ("names", "options", "code", "lists"),
    [
        (("good",), (), 0, {}),
        (("good", "wavers"), ("--fail-rerun",), 5, {"flaky": ["test_wavers"]}),
        (("environ",), (), 3, {"env_changed": ["test_environ"]}),
        (("empty",), (), 4, {}),
    ],
)
def test_each_exit_code_of_3_13_goes_with_its_lists(
    tmp_path: Path, names: tuple[str, ...], options: tuple[str, ...], code: int, lists: dict[str, list[str]]
) -> None:
    ran = run("3.13", tmp_path, names, *options)
    verdict = read(ran.log).verdict()
    assert (ran.code, verdict["complete"]) == (code, True)
    for name in ("failed", "flaky", "env_changed", "leaked"):
        assert verdict[name] == lists.get(name, []), name


@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_a_hunt_for_leaks_names_the_file_and_its_deltas(tmp_path: Path, version: str) -> None:
    ran = run(version, tmp_path, ["good", "leaks"], "-R", "3:3", "-j2")
    verdict = read(ran.log).verdict()
    assert (verdict["complete"], verdict["failed"], verdict["leaked"]) == (True, ["test_leaks"], ["test_leaks"])
    (leaks,) = [file["leaks"] for file in verdict["files"] if file["leaks"]]
    (blocks,) = [leak["deltas"] for leak in leaks if leak["resource"] == "memory blocks"]
    assert len(blocks) == 3 and min(blocks) >= 100


def test_every_file_of_the_folder_is_asked_about() -> None:
    assert {*WHOLE, *DEADLY, "leaks"} == set(FILES)
