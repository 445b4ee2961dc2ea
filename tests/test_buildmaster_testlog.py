"""A test log becomes a verdict: every state of regrtest, whatever the pieces, and no accusation from half a log."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildmaster import logscan
from buildmaster.testfiles import CUT, HEAD, TAIL
from buildmaster.testlog import LogReader

# Written from the formats of regrtest 3.13, not copied from a run.
LOG = f"""\
== CPython 3.13.0 (main, Oct  7 2024) [GCC 12.2.0]
Using random seed: 3405691582
0:00:00 load avg: 2.34 Run 8 tests in parallel using 2 worker processes (timeout: 15 min, worker timeout: 20 min)
0:00:01 load avg: 2.34 [1/8] test_good passed
0:00:34 load avg: 2.30 [2/8] test_slow passed (33.2 sec) -- running (1): test_bad (31.0 sec)
0:00:35 load avg: 2.30 [3/8/1] test_bad failed (1 error, 1 failure) (31.5 sec)
test_one (test.test_bad.Numbers.test_one) ... FAIL
test_two (test.test_bad.Numbers.test_two) ... ERROR

{"=" * 70}
FAIL: test_one (test.test_bad.Numbers.test_one) (i=3)
Compares what it should not
{"-" * 70}
Traceback (most recent call last):
  File "test_bad.py", line 4, in test_one
    self.assertEqual(1, 2)
AssertionError: 1 != 2

{"=" * 70}
ERROR: test_two (test.test_bad.Numbers.test_two)
{"-" * 70}
Traceback (most recent call last):
NameError: name 'x' is not defined

{"-" * 70}
Ran 2 tests in 0.001s

FAILED (failures=1, errors=1)
0:00:36 load avg: 2.30 [4/8/2] test_wavers failed (1 failure)
Warning -- os.environ was modified by test_env
Warning --   Before: {{'SECRET': 'hunter2'}}
0:00:37 load avg: 2.30 [5/8/3] test_env failed (env changed)
test_leaky leaked [43, 43, 43] references, sum=129
test_leaky leaked [2, 2, 3] memory blocks, sum=7
test_noisy leaked [0, 8, 0] memory blocks, sum=8 (this is fine)
0:00:38 load avg: 2.30 [6/8/4] test_leaky failed (reference leak)
0:00:39 load avg: 2.30 [7/8/4] test_noisy passed
0:00:40 load avg: 2.30 [8/8/5] test_crash worker non-zero exit code (Exit code -11 (SIGSEGV))

== Tests result: FAILURE ==

1 test altered the execution environment (env changed):
    test_env

4 tests failed:
    test_bad test_crash
    test_leaky test_wavers

0:00:41 load avg: 2.20 Re-running 4 failed tests in verbose mode in subprocesses
0:00:42 load avg: 2.20 [1/4] test_wavers passed
0:00:43 load avg: 2.20 [2/4/1] test_bad failed (1 failure)
0:00:44 load avg: 2.20 [3/4/2] test_leaky failed (reference leak)
0:00:45 load avg: 2.20 [4/4/3] test_crash worker non-zero exit code (Exit code -11 (SIGSEGV))

3 tests failed again:
    test_bad test_crash test_leaky

== Tests result: FAILURE then FAILURE ==

1 test altered the execution environment (env changed):
    test_env

4 re-run tests:
    test_bad test_crash test_leaky test_wavers

3 tests failed:
    test_bad test_crash test_leaky

4 tests OK.

Total duration: 1 min 5 sec
Total tests: run=1,775 failures=3 skipped=2
Total test files: run=12/8 failed=3 env_changed=1 rerun=4
Result: FAILURE then FAILURE
make: *** [Makefile:63: buildbottest] Error 2
"""


def read(text: str) -> dict[str, Any]:
    reader = LogReader()
    reader.feed(text)
    return reader.verdict()


def file(verdict: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in verdict["files"] if row["name"] == name)


def closed(*lines: str, result: str = "SUCCESS", lists: str = "") -> dict[str, Any]:
    """The verdict of a log of these lines with a summary below."""
    return read("\n".join([*lines, "", f"== Tests result: {result} ==", "", lists, f"Result: {result}", ""]))


@pytest.mark.row("B1")
def test_a_whole_log_names_what_failed_wavered_leaked_and_changed() -> None:
    verdict = read(LOG)
    assert verdict["complete"] is True
    assert verdict["result"] == "failure then failure"
    assert verdict["failed"] == ["test_bad", "test_crash", "test_leaky"]
    assert verdict["flaky"] == ["test_wavers"]
    assert verdict["leaked"] == ["test_leaky"]
    assert verdict["env_changed"] == ["test_env"]
    assert verdict["totals"] == {
        "duration_s": 65.0,
        "tests": {"run": 1775, "failures": 3, "skipped": 2},
        "files": {"run": 12, "run_of": 8, "failed": 3, "env_changed": 1, "rerun": 4},
    }


def test_a_leak_has_the_deltas_of_each_resource_and_noise_is_none() -> None:
    verdict = read(LOG)
    assert file(verdict, "test_leaky")["leaks"] == [
        {"resource": "references", "deltas": [43, 43, 43]},
        {"resource": "memory blocks", "deltas": [2, 2, 3]},
    ]
    assert file(verdict, "test_noisy")["leaks"] == []  # (this is fine)


def test_a_falling_number_of_file_descriptors_is_a_leak_too_and_names_keep_their_package() -> None:
    verdict = closed(
        "0:00:01 [1/1/1] test.test_asyncio.test_tasks failed (reference leak)",
        "test.test_asyncio.test_tasks leaked [0, -1, 0] file descriptors, sum=-1",
        result="FAILURE",
        lists="1 test failed:\n    test.test_asyncio.test_tasks\n",
    )
    assert verdict["leaked"] == ["test.test_asyncio.test_tasks"]
    assert verdict["files"][0]["leaks"] == [{"resource": "file descriptors", "deltas": [0, -1, 0]}]


def test_cases_have_their_traceback_and_nothing_of_the_next_paragraph() -> None:
    first, second = file(read(LOG), "test_bad")["cases"]
    assert (first["id"], first["outcome"]) == ("test.test_bad.Numbers.test_one (i=3)", "fail")
    assert first["traceback"].splitlines()[0] == "Traceback (most recent call last):"
    assert first["traceback"].splitlines()[-1] == "AssertionError: 1 != 2"
    assert second == {
        "id": "test.test_bad.Numbers.test_two",
        "outcome": "error",
        "traceback": "Traceback (most recent call last):\nNameError: name 'x' is not defined",
    }


@pytest.mark.row("B15")
def test_values_of_a_dumped_environment_are_not_kept() -> None:
    verdict = read(LOG)
    assert file(verdict, "test_env")["reason"] == "os.environ was modified"
    assert "hunter2" not in str(verdict)


# the words of a result, its state in libregrtest, reason and duration in seconds
RESULTS = [
    ("passed", "passed", "", None),
    ("passed (33.2 sec)", "passed", "", 33.2),
    ("passed (1 min 30 sec)", "passed", "", 90.0),
    ("failed (2 errors, 3 failures)", "failed", "2 errors, 3 failures", None),
    ("failed (2 failures) (1 hour 2 min)", "failed", "2 failures", 3720.0),
    ("failed (2 failures) in 31.0 sec", "failed", "2 failures", 31.0),
    ("failed (uncaught exception)", "uncaught_exc", "", None),
    ("failed (reference leak)", "refleak", "", None),
    ("failed (env changed)", "env_changed", "", None),
    ("skipped", "skipped", "", None),
    ("skipped (resource denied)", "resource_denied", "", None),
    ("interrupted", "interrupted", "", None),
    ("ran no tests", "did_not_run", "", None),
    ("worker non-zero exit code (Exit code -11 (SIGSEGV))", "worker_failed", "Exit code -11 (SIGSEGV)", None),
    ("crashed (Exit code -11)", "worker_failed", "Exit code -11", None),  # 3.11.2
    ("worker bug (no result)", "worker_bug", "no result", None),
    ("timed out (1 min 30 sec)", "timeout", "", 90.0),
]


@pytest.mark.parametrize(("words", "state", "reason", "duration"), RESULTS)
def test_every_state_is_known(words: str, state: str, reason: str, duration: float | None) -> None:
    row = read(f"0:00:01 load avg: 0.10 [ 1/14] test_x {words}\n")["files"][0]
    assert (row["name"], row["state"], row["reason"], row["duration_s"]) == ("test_x", state, reason, duration)


def test_one_process_reports_a_result_beside_the_next_start_and_the_last_one_alone() -> None:
    verdict = closed(
        "0:00:00 [1/3] test_a",
        "0:00:31 [2/3/1] test_b -- test_a failed (2 failures) in 31.0 sec",
        "0:00:31 [3/3/1] test_c",
        "test_c failed (1 failure)",
        result="FAILURE",
        lists="2 tests failed:\n    test_a test_c\n",
    )
    states = {row["name"]: row["state"] for row in verdict["files"]}
    assert states == {"test_a": "failed", "test_b": "passed", "test_c": "failed"}
    assert verdict["failed"] == ["test_a", "test_c"]


def test_the_old_closing_line_ends_a_log_too() -> None:
    verdict = read(
        "0:00:01 [1/1] test_a passed\n\n== Tests result: SUCCESS ==\n\n1 test OK.\n\nTests result: SUCCESS\n"
    )
    assert (verdict["complete"], verdict["result"]) == (True, "success")


def test_a_test_that_passed_on_its_re_run_is_flaky_and_not_failed() -> None:
    verdict = read(
        "0:00:01 [1/1/1] test_a failed (1 failure)\n\n== Tests result: FAILURE ==\n\n1 test failed:\n    test_a\n\n"
        "0:00:02 Re-running 1 failed tests in verbose mode in subprocesses\n0:00:03 [1/1] test_a passed\n\n"
        "== Tests result: FAILURE then SUCCESS ==\n\n1 re-run test:\n    test_a\n\nAll 1 test OK.\n\n"
        "Result: FAILURE then SUCCESS\n"
    )
    assert verdict["failed"] == []
    assert verdict["flaky"] == ["test_a"]
    assert file(verdict, "test_a") | {"cases": []} == {
        "name": "test_a",
        "state": "failed",
        "reason": "1 failure",
        "duration_s": None,
        "rerun": "passed",
        "cases": [],
        "leaks": [],
    }


def test_a_test_that_changes_its_environment_again_when_re_run_is_not_flaky() -> None:
    changed = "1 test altered the execution environment (env changed):\n    test_env\n\n"
    verdict = read(
        f"0:00:01 [1/1/1] test_env failed (env changed)\n\n== Tests result: ENV CHANGED ==\n\n{changed}"
        "0:00:02 Re-running 1 failed tests in verbose mode in subprocesses\n"
        "0:00:03 [1/1/1] test_env failed (env changed)\n\n== Tests result: ENV CHANGED then ENV CHANGED ==\n\n"
        f"{changed}1 re-run test:\n    test_env\n\nResult: ENV CHANGED then ENV CHANGED\n"
    )
    assert (verdict["env_changed"], verdict["flaky"]) == (["test_env"], [])
    assert file(verdict, "test_env")["rerun"] == "failed"


def test_what_a_test_prints_is_not_taken_for_the_end_of_the_log() -> None:
    verdict = read("0:00:01 [1/2] test_a passed\n== Tests result: SUCCESS ==\nResult: SUCCESS\n0:00:02 [2/2] test_b\n")
    assert verdict["complete"] is False


def test_make_tells_the_exit_code_of_its_recipe() -> None:
    reader = LogReader()
    reader.feed("make[1]: *** [Makefile:63: buildbottest] Error 5\n")
    assert reader.recipe_code == 5


def test_line_ends_of_windows_change_nothing() -> None:
    assert read(LOG.replace("\n", "\r\n")) == read(LOG)


@settings(deadline=None)
@given(st.integers(0, len(LOG)))
def test_a_log_cut_off_anywhere_accuses_nobody_whom_the_whole_log_does_not(end: int) -> None:
    verdict = read(LOG[:end])
    closing = LOG.index("Result: FAILURE then FAILURE\n") + len("Result: FAILURE then FAILURE\n")
    assert verdict["complete"] is (end >= closing)
    whole = read(LOG)
    for name in ("failed", "leaked", "env_changed", "flaky"):
        assert set(verdict[name]) <= set(whole[name]), name


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, len(LOG)), max_size=30))
def test_the_pieces_in_which_a_log_arrives_change_nothing(cuts: list[int]) -> None:
    reader, start = LogReader(), 0
    for end in [*sorted(cuts), len(LOG)]:
        reader.feed(LOG[start:end])
        start = end
    assert reader.verdict() == read(LOG)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("=-[]() \n0123456789:/abTFRtestfailed.,"), max_size=400))
def test_nonsense_raises_nothing_and_accuses_nobody(text: str) -> None:
    assert read(text)["failed"] == []


BEGINNINGS = [logscan.unnamed(each) for each in (*logscan.CERTAIN, *logscan.SAYS_NOTHING, *logscan.OTHERS)]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(BEGINNINGS).flatmap(st.from_regex), st.sampled_from(["", "o", "e"]), st.sampled_from(["", "é\n"])
)
def test_what_the_sieve_passes_over_means_nothing(text: str, mark: str, before: str) -> None:
    """It is looser than the patterns: where one of them finds a line, it does too."""
    block = f"\n{before}{mark}{text} and so on"
    found = logscan.pattern(bool(mark), frozenset()).regex.search(block)
    if found:
        assert logscan.sieve(frozenset()).search(block.encode("utf-8", "surrogatepass"))


def test_the_sieve_still_finds_what_is_looked_for_when_other_kinds_are_not() -> None:
    for kind in ("progress", "end", "leak", "bar"):
        without = frozenset({"progress", "end", "leak", "bar"} - {kind})
        for text in ("[1/1] test_a passed", "Result: SUCCESS", "test_a leaked [1, 1, 1] references", "=" * 70):
            block = f"\n{text}"
            if logscan.pattern(False, without).regex.search(block):
                assert logscan.sieve(without).search(block.encode())


def test_a_line_without_end_and_a_huge_traceback_take_bounded_room() -> None:
    reader = LogReader()
    reader.feed(
        f"0:00:01 [1/1/1] test_a failed (1 failure)\n{'=' * 70}\nFAIL: test_m (test.test_a.C.test_m)\n{'-' * 70}\n"
    )
    for _ in range(2_000):
        reader.feed("x" * 100 + "\n")
    for _ in range(2_000):
        reader.feed("y" * 1000)
    case = reader.verdict()["files"][0]["cases"][0]
    assert len(case["traceback"]) <= HEAD + len(CUT) + TAIL


NAMES = [f"test_{letter}" for letter in "abcdefgh"]
ENDS = {
    "passed": "",
    "failed (1 failure)": "failed",
    "failed (env changed)": "env_changed",
    "timed out (9 sec)": "failed",
}


def made(ends: dict[str, str], order: list[str]) -> str:
    """A whole log of these ends, told in this order, as the main process of regrtest prints it."""
    said = [f"0:00:01 load avg: 0.10 [{at}/{len(order)}] {name} {ends[name]}" for at, name in enumerate(order, 1)]
    lists = []
    for title, kind in (("altered the execution environment (env changed)", "env_changed"), ("failed", "failed")):
        if found := sorted(name for name in order if ENDS[ends[name]] == kind):
            lists.append(f"{len(found)} test{'s' * (len(found) > 1)} {title}:\n    {' '.join(found)}\n")
    return "\n".join([*said, "", "== Tests result: FAILURE ==", "", *lists, "Result: FAILURE", ""])


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(list(ENDS)), min_size=1).flatmap(
        lambda ends: st.tuples(st.just(ends), st.permutations(list(ends)))
    ),
    st.floats(0, 1),
)
def test_the_order_of_results_changes_nothing_and_a_beginning_says_less_but_nothing_else(
    given_: tuple[dict[str, str], list[str]], cut: float
) -> None:
    ends, order = given_
    log = made(ends, order)
    verdict, plain = read(log), read(made(ends, sorted(order)))
    assert sorted(verdict["files"], key=lambda row: str(row["name"])) == plain["files"]
    assert {**verdict, "files": []} == {**plain, "files": []}
    part = read(log[: int(len(log) * cut)])
    assert {row["name"]: row["state"] for row in part["files"]}.items() <= {
        row["name"]: row["state"] for row in verdict["files"]
    }.items()
    assert part["complete"] or not any(part[name] for name in ("failed", "flaky", "env_changed", "leaked"))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**30), st.booleans())
def test_a_log_cut_or_broken_at_any_byte_raises_nothing(seed: int, broken: bool) -> None:
    raw = LOG.encode()
    at = seed % len(raw)
    raw = raw[:at] + (bytes([seed % 256]) + raw[at + 1 :] if broken else b"")
    verdict = read(raw.decode("utf-8", "replace"))
    assert set(verdict["flaky"]) <= {"test_wavers"}


def test_a_log_that_a_test_prints_inside_the_log_says_nothing() -> None:
    inner = (
        "0:00:00 [1/3/1] test_inner failed (1 failure)\n== Tests result: FAILURE ==\n\n"
        "1 test failed:\n    test_inner\n\nTotal test files: run=1/3 failed=1\nResult: FAILURE\n"
    )
    outer = "0:00:01 [1/2/1] test_regrtest failed (1 failure)\n"
    assert read(outer + inner)["complete"] is False
    end = "\n== Tests result: FAILURE ==\n\n1 test failed:\n    test_regrtest\n\nResult: FAILURE\n"
    verdict = read(outer + inner + "0:00:02 [2/2/1] test_z passed\n" + end)
    assert verdict["failed"] == ["test_regrtest"]
    assert [row["name"] for row in verdict["files"]] == ["test_regrtest", "test_z"]


@pytest.mark.parametrize(
    "how", ["0:00:00 load avg: 1.00 Run 2 tests in parallel using 2 worker processes", "Run tests"]
)
def test_what_the_compiler_counts_before_the_tests_are_no_tests(how: str) -> None:
    compiled = "[0/3] Regenerating\n[1/3] Compiling C object a.o\n[2/3] Compiling C object b.o\n[3/3] Linking rabbit\n"
    begins = f"{how} in parallel using 2 child processes\n" if how == "Run tests" else f"{how} (timeout: 20 min)\n"
    run = "0:00:01 [1/2/1] test_a failed (1 failure)\n0:00:01 [2/2/1] test_b passed\n"
    end = "\n== Tests result: FAILURE ==\n\n1 test failed:\n    test_a\n\nResult: FAILURE\n"
    verdict = read(compiled + begins + run + end)
    assert (verdict["complete"], verdict["failed"]) == (True, ["test_a"])
    assert [row["name"] for row in verdict["files"]] == ["test_a", "test_b"]


def test_in_one_process_only_the_test_that_ran_is_running_when_the_log_is_cut() -> None:
    verdict = read("0:00:00 [1/3] test_a\n0:00:00 [2/3] test_b\n")
    assert {row["name"]: row["state"] for row in verdict["files"]} == {"test_a": "passed", "test_b": "running"}


def test_unexpected_successes_stand_together_below_one_bar() -> None:
    verdict = read(
        f"0:00:01 [1/1/1] test_a failed\n{'=' * 70}\nUNEXPECTED SUCCESS: test_m (test.test_a.C.test_m)\n"
        f"UNEXPECTED SUCCESS: test_n (test.test_a.C.test_n)\n{'-' * 70}\nRan 2 tests in 0.001s\n"
    )
    assert [(case["id"][-6:], case["outcome"], case["traceback"]) for case in verdict["files"][0]["cases"]] == [
        ("test_m", "unexpected_success", ""),
        ("test_n", "unexpected_success", ""),
    ]


def test_a_mark_is_taken_from_a_marked_log_and_from_no_other() -> None:
    head = f"0:00:01 [1/1/1] test_a failed\n{'=' * 70}\nFAIL: test_m (test_a.C.test_m)\n{'-' * 70}\n"
    log = head + "ook\nerror: e\nh\n\n.\n"
    (plain,) = read(log)["files"][0]["cases"]
    assert plain["traceback"] == "ook\nerror: e\nh\n\n."
    marked = "hmake\n" + "".join(f"o{line}\n" for line in log.splitlines()) + "hprogram finished with exit code 2\n"
    assert read(marked)["files"][0]["cases"] == [plain]


def test_of_a_long_traceback_the_beginning_and_the_end_are_kept_and_no_secret_half() -> None:
    reader = LogReader()
    reader.feed(f"0:00:01 [1/1/1] test_a failed\n{'=' * 70}\nFAIL: test_m (test_a.C.test_m)\n{'-' * 70}\nTraceback\n")
    for number in range(3_000):
        reader.feed(f"  File {number}\n" + "{'API_TOKEN': '" + f"hunter{number} " * 300 + "'}\n")
    reader.feed("AssertionError: at last\n")
    text = reader.verdict()["files"][0]["cases"][0]["traceback"]
    assert text.startswith("Traceback") and text.endswith("AssertionError: at last") and CUT.strip() in text
    assert "hunter" not in text


@pytest.mark.parametrize(
    "line",
    [
        "[1/2/1] test_b failed (9 failures)",
        "test_b leaked [1, 1, 1] references, sum=3",
        "=" * 70,
        "-" * 70,
        "FAIL: test_m (test_b.C.test_m)",
        "test test_b failed -- Traceback (most recent call last):",
        "Warning -- os.environ was modified by test_b",
        "test_b passed",
    ],
)
def test_lines_that_no_run_prints_so_often_are_looked_at_no_more_and_the_summary_has_its_word(line: str) -> None:
    reader = LogReader()
    reader.feed("0:00:01 [1/2] test_b passed\n0:00:02 [2/2/1] test_a failed (1 failure)\n")
    for _ in range(25):
        reader.feed(f"{line}\n" * 1_000)
    reader.feed("\n== Tests result: FAILURE ==\n\n1 test failed:\n    test_a\n\n1 test OK.\n\nResult: FAILURE\n")
    verdict = reader.verdict()
    assert (verdict["complete"], verdict["failed"], verdict["flaky"]) == (True, ["test_a"], [])


def test_a_log_with_thousands_of_summaries_is_given_up_and_accuses_nobody() -> None:
    reader = LogReader()
    for _ in range(10):
        reader.feed("== Tests result: FAILURE ==\n1 test failed:\n    test_a\nResult: FAILURE\n" * 1_000)
    assert reader.verdict()["complete"] is False
    assert reader.verdict()["failed"] == []


def test_the_slowest_files_have_their_durations() -> None:
    verdict = closed("0:00:01 [1/1] test_a passed", lists="10 slowest tests:\n- test_a: 1.5 sec\n")
    assert verdict["files"][0]["duration_s"] == 1.5
