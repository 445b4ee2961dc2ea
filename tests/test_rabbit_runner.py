"""Rabbit's test runner: its exit codes, its lines, and what it does when a test crashes, hangs or leaks.

The farm and the bots read these lines, so the tests hold each form. They run twice, on Rabbit and on CPython,
because the driver serves both; hunting leaks needs Rabbit's debug build.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rabbit_build import SOURCE, build, shared_folder
from tests.rabbit_judges import load

hosts = load("hosts")
DRIVER = SOURCE / "Tools" / "regrtest"
STORY = SOURCE.parent / "console" / "story"
CLOCK = r"\d:\d\d:\d\d load avg: \d+\.\d\d "
LIMIT_S = 300

FILES = {
    "test_good": """
        def test_one(self):
            self.assertEqual(1 + 1, 2)
        def test_two(self):
            print("seen only when asked for")
    """,
    "test_bad": """
        def test_equal(self):
            self.assertEqual(1, 2)
        def test_error(self):
            {}["x"]
        def test_sub(self):
            for i in range(2):
                with self.subTest(i=i):
                    self.assertEqual(i, 0)
    """,
    "test_single": """
        def test_equal(self):
            self.assertEqual(1, 2)
    """,
    "test_some_skipped": """
        @unittest.skip("a reason")
        def test_skipped(self):
            pass
        def test_run(self):
            pass
    """,
    "test_env": """
        def test_environ(self):
            os.environ["RABBIT_TEST_SECRET"] = "hidden value"
    """,
    "test_litter": """
        def test_file(self):
            open("left_behind", "w").close()
    """,
    "test_abort": """
        def test_abort(self):
            print("last words", flush=True)
            os.abort()
    """,
    "test_kill": """
        def test_kill(self):
            os.kill(os.getpid(), 9)
    """,
    "test_exit": """
        def test_exit(self):
            os._exit(7)
    """,
    "test_hang": """
        def test_hang(self):
            print("hanging", flush=True)
            while True:
                pass
    """,
    "test_flaky": """
        def test_flaky(self):
            marker = os.environ["RABBIT_TEST_MARKER"]
            if not os.path.exists(marker):
                open(marker, "w").close()
                self.fail("the first time")
        def test_steady(self):
            pass
    """,
    "test_unexpected": """
        @unittest.expectedFailure
        def test_surprise(self):
            pass
    """,
    "test_many": """
        def test_a(self):
            pass
        def test_b(self):
            pass
        def test_c(self):
            self.fail("c")
    """,
}
WHOLE_FILES = {
    "test_skip": "import unittest\nraise unittest.SkipTest('no such thing here')\n",
    "test_denied": "from test import support\nsupport.requires('network')\n",
    "test_none": "import unittest\n",
    "test_import": "1 / 0\n",
}


@dataclass(frozen=True)
class Run:
    """A finished run of the driver. `lines` are those of its standard output."""

    code: int
    text: str
    errors: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def after(self, title: str) -> str:
        """The line below the one that says `title`, without its indent."""
        return self.lines[self.lines.index(title) + 1].strip()


Driver = Callable[..., Run]


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


@pytest.fixture(params=["rabbit", "cpython"])
def program(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue("rabbit")) if request.param == "rabbit" else Path(sys.executable)


@pytest.fixture
def testdir(tmp_path: Path) -> Path:
    """A folder of test files, each of which ends in its own way."""
    folder = tmp_path / "tests"
    folder.mkdir()
    for name, body in FILES.items():
        head = "import os\nimport unittest\n\n\nclass Tests(unittest.TestCase):"
        (folder / f"{name}.py").write_text(head + body)
    for name, text in WHOLE_FILES.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture
def drive(program: Path, testdir: Path, tmp_path: Path) -> Driver:
    """Run the driver on files of `testdir` with more options."""

    def run(*arguments: str) -> Run:
        return run_driver(program, ["--testdir", str(testdir), "--tempdir", str(tmp_path), *arguments], tmp_path)

    return run


def run_driver(program: Path, arguments: Sequence[str], folder: Path, driver: Path = DRIVER) -> Run:
    env = {**os.environ, "RABBIT_TEST_MARKER": str(folder / "marker")}
    command = [sys.executable, str(driver), "--python", str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=LIMIT_S, check=False)
    return Run(done.returncode, done.stdout, done.stderr)


def test_all_good_is_exit_code_0_and_says_so(drive: Driver) -> None:
    run = drive("-j2", "-W", "test_good", "test_some_skipped")
    assert run.code == 0
    assert re.match(r"Using random seed: \d+$", run.lines[0])
    assert re.fullmatch(CLOCK + "Run 2 tests in parallel using 2 worker processes", run.lines[1])
    assert sorted(re.sub(CLOCK, "", line)[5:] for line in run.lines[2:4]) == [
        " test_good passed",
        " test_some_skipped passed",
    ]
    assert re.fullmatch(CLOCK + r"\[1/2\] test_\w+ passed", run.lines[2])
    assert "== Tests result: SUCCESS ==" in run.lines
    assert "All 2 tests OK." in run.lines
    assert re.fullmatch(r"Total duration: \d+ ms|Total duration: \d+\.\d sec", run.lines[-4])
    assert run.lines[-3:] == ["Total tests: run=4 skipped=1", "Total test files: run=2/2", "Result: SUCCESS"]
    assert "seen only when asked for" not in run.text


def test_output_of_a_good_file_is_shown_without_capital_w(drive: Driver) -> None:
    assert "seen only when asked for" in drive("-j1", "test_good").lines


def test_a_failure_is_exit_code_2_with_blocks_between_lines_of_70(drive: Driver, testdir: Path) -> None:
    run = drive("-j1", "-W", "test_good", "test_bad")
    assert run.code == 2
    assert any(re.fullmatch(CLOCK + r"\[2/2/1\] test_bad failed \(1 error, 2 failures\)", line) for line in run.lines)
    assert "test_equal (test_bad.Tests.test_equal) ... FAIL" in run.lines
    assert "  test_sub (test_bad.Tests.test_sub) (i=1) ... FAIL" in run.lines
    start = run.lines.index("FAIL: test_sub (test_bad.Tests.test_sub) (i=1)")
    assert (run.lines[start - 1], run.lines[start + 1]) == ("=" * 70, "-" * 70)
    assert run.lines[start + 2] == "Traceback (most recent call last):"
    assert run.lines[start + 3].startswith(f'  File "{testdir}/test_bad.py", line ')
    assert "AssertionError: 1 != 0" in run.lines
    assert "FAILED (failures=2, errors=1)" in run.lines
    assert run.after("1 test failed:") == "test_bad"
    assert run.lines[-3:] == [
        "Total tests: run=5 failures=2",
        "Total test files: run=2/2 failed=1",
        "Result: FAILURE",
    ]


def test_a_quiet_failure_is_told_in_one_line(drive: Driver) -> None:
    assert "test test_single failed -- Traceback (most recent call last):" in drive("-j1", "test_single").lines
    several = "test test_bad failed -- multiple errors occurred; run in verbose mode for details"
    assert several in drive("-j1", "test_bad").lines


def test_an_unexpected_success_fails_the_file(drive: Driver) -> None:
    run = drive("-j1", "-W", "test_unexpected")
    assert run.code == 2
    assert "UNEXPECTED SUCCESS: test_surprise (test_unexpected.Tests.test_surprise)" in run.lines


def test_a_changed_environment_is_exit_code_3_and_shows_no_values(drive: Driver) -> None:
    run = drive("-j1", "-W", "--fail-env-changed", "test_good", "test_env")
    assert run.code == 3
    assert any(line.endswith("test_env failed (env changed)") for line in run.lines)
    assert "Warning -- os.environ was modified by test_env" in run.lines
    assert "Warning --   After:  ['RABBIT_TEST_SECRET']" in run.lines
    assert "hidden value" not in run.text
    assert run.after("1 test altered the execution environment (env changed):") == "test_env"
    assert run.lines[-1] == "Result: ENV CHANGED"
    assert drive("-j1", "-W", "test_good", "test_env").code == 0


def test_files_left_behind_are_named(drive: Driver) -> None:
    run = drive("-j1", "--fail-env-changed", "test_litter")
    assert run.code == 3
    assert "Warning -- test_litter leaked temporary files (1): left_behind" in run.lines


def test_nothing_run_is_exit_code_4(drive: Driver) -> None:
    run = drive("-j1", "test_none")
    assert run.code == 4
    assert any(line.endswith("test_none ran no tests") for line in run.lines)
    assert run.after("1 test run no tests:") == "test_none"
    assert run.lines[-2:] == ["Total test files: run=1/1 run_no_tests=1", "Result: NO TESTS RAN"]


def test_passing_only_the_second_time_is_exit_code_5(drive: Driver) -> None:
    run = drive("-j1", "-W", "--rerun", "--fail-rerun", "test_flaky", "test_good")
    assert run.code == 5
    assert any(re.fullmatch(CLOCK + "Re-running 1 failed tests in verbose mode in subprocesses", x) for x in run.lines)
    assert "Re-running test_flaky in verbose mode (matching: test_flaky)" in run.lines
    assert "== Tests result: FAILURE then SUCCESS ==" in run.lines
    assert run.after("1 re-run test:") == "test_flaky"
    assert run.lines[-3:] == [
        "Total tests: run=5 failures=1",
        "Total test files: run=3/2 rerun=1",
        "Result: FAILURE then SUCCESS",
    ]


def test_a_file_that_fails_again_stays_bad(drive: Driver) -> None:
    run = drive("-j1", "-w", "test_single")
    assert run.code == 2
    assert run.after("1 test failed again:") == "test_single"
    assert run.lines[-1] == "Result: FAILURE then FAILURE"


def test_skips_give_their_reason(drive: Driver) -> None:
    run = drive("-j1", "-W", "test_good", "test_skip", "test_denied")
    assert run.code == 0
    assert "test_skip skipped -- no such thing here" in run.lines
    assert "test_denied skipped -- Use of the 'network' resource not enabled" in run.lines
    assert run.after("1 test skipped:") == "test_skip"
    assert run.after("1 test skipped (resource denied):") == "test_denied"
    assert run.lines[-2] == "Total test files: run=3/3 skipped=1 resource_denied=1"


def test_an_allowed_resource_is_not_denied(drive: Driver) -> None:
    assert drive("-j1", "-u", "all", "test_denied").lines[-1] == "Result: NO TESTS RAN"
    assert drive("-j1", "-u", "all", "-u-network", "test_denied").lines[-2].endswith("resource_denied=1")


def test_a_file_that_cannot_be_imported_crashed(drive: Driver) -> None:
    run = drive("-j1", "test_import")
    assert run.code == 2
    assert any(line.endswith("test_import failed (uncaught exception)") for line in run.lines)
    assert "test test_import crashed -- Traceback (most recent call last):" in run.lines
    assert "ZeroDivisionError: division by zero" in run.lines


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        ("test_abort", "Exit code -6 (SIGABRT)"),
        ("test_kill", "Exit code -9 (SIGKILL)"),
        ("test_exit", "Exit code 7"),
    ],
)
def test_a_worker_that_dies_takes_only_its_file_along(drive: Driver, test: str, reason: str) -> None:
    run = drive("-j1", "-W", test, "test_good")
    assert run.code == 2
    assert any(line.endswith(f"{test} worker non-zero exit code ({reason})") for line in run.lines)
    assert run.after("1 test OK.") == ""
    assert run.after("1 test failed:") == test


def test_what_a_crashing_test_printed_is_shown(drive: Driver) -> None:
    assert "last words" in drive("-j1", "-W", "test_abort").text


def test_a_test_that_takes_too_long_is_killed_with_its_group(drive: Driver, tmp_path: Path) -> None:
    started = time.monotonic()
    run = drive("-j2", "-W", "--timeout", "2", "test_hang", "test_good")
    assert time.monotonic() - started < 60
    assert run.code == 2
    killed = re.search(
        r"^Kill <WorkerThread running test=test_hang pid=(\d+) time=2\.\d sec> process group$", run.text, re.M
    )
    assert killed
    assert not Path(f"/proc/{killed[1]}").exists()
    assert any(re.fullmatch(CLOCK + r"\[2/2/1\] test_hang timed out \(2\.\d sec\)", line) for line in run.lines)
    assert "hanging" in run.text
    assert not list(tmp_path.glob("test_rabbit_*"))


def test_one_process_can_run_all_and_is_replaced_when_it_dies(drive: Driver) -> None:
    run = drive("--single-process", "-W", "test_good", "test_kill", "test_some_skipped")
    assert re.fullmatch(CLOCK + "Run 3 tests sequentially in a single process", run.lines[1])
    words = [re.sub(CLOCK, "", line) for line in run.lines if re.match(CLOCK + r"\[", line)]
    assert words == [
        "[1/3] test_good passed",
        "[2/3/1] test_kill worker non-zero exit code (Exit code -9 (SIGKILL))",
        "[3/3/1] test_some_skipped passed",
    ]


def test_cases_are_chosen_and_left_out_by_pattern(drive: Driver, tmp_path: Path) -> None:
    assert drive("-j1", "-m", "test_a", "test_many").lines[-3] == "Total tests: run=1 (filtered)"
    assert drive("-j1", "-i", "test_c", "test_many").lines[-3] == "Total tests: run=2 (filtered)"
    (tmp_path / "patterns").write_text("# two of them\ntest_many.Tests.test_b\n*_c\n")
    assert (
        drive("-j1", "--matchfile", str(tmp_path / "patterns"), "test_many").lines[-3].startswith("Total tests: run=2")
    )


def test_cases_and_files_can_be_listed(drive: Driver, testdir: Path) -> None:
    cases = ["test_many.Tests.test_a", "test_many.Tests.test_b", "test_many.Tests.test_c"]
    assert drive("--list-cases", "test_many").lines == cases
    assert drive("--list-tests").lines == sorted(path.stem for path in testdir.glob("test_*.py"))
    assert "test_bad" not in drive("--list-tests", "-x", "test_bad").lines


def test_the_same_seed_gives_the_same_order(drive: Driver) -> None:
    orders = [drive("--list-tests", "--randseed", "7").lines for _ in range(2)]
    assert orders[0] == orders[1] != sorted(orders[0])


def test_failfast_leaves_a_file_at_its_first_failure(drive: Driver) -> None:
    assert drive("-j1", "-G", "test_bad").lines[-3] == "Total tests: run=1 failures=1"


def test_the_slowest_files_are_named(drive: Driver) -> None:
    run = drive("-j1", "-W", "--slowest", "test_good", "test_none")
    at = run.lines.index("10 slowest tests:")
    assert sorted(line.split(":")[0] for line in run.lines[at + 1 : at + 3]) == ["- test_good", "- test_none"]


def test_junit_counts_subtests_and_files_that_never_told(drive: Driver, tmp_path: Path) -> None:
    drive("-j1", "-W", "--timeout", "2", "--junit-xml", str(tmp_path / "x.xml"), "test_bad", "test_kill", "test_hang")
    root = ET.parse(tmp_path / "x.xml").getroot()  # noqa: S314 - our own driver wrote it
    assert root.attrib == {"tests": "5", "errors": "3", "failures": "2"}
    assert problems(root, "failure") == {
        "test_bad.Tests.test_equal": "AssertionError",
        "test_bad.Tests.test_sub (i=1)": "AssertionError",
    }
    assert problems(root, "error") == {
        "test_bad.Tests.test_error": "KeyError",
        "test_kill": "WORKER_FAILED",
        "test_hang": "TIMEOUT",
    }


def problems(root: ET.Element, tag: str) -> dict[str, str]:
    """{case: type} of the test cases that hold such an element."""
    pairs = ((case, case.find(tag)) for case in root.iter("testcase"))
    return {case.attrib["name"]: found.attrib["type"] for case, found in pairs if found is not None}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-R", "3:a"], "'3:a' is not W:R: write two numbers of 1 or more, such as 3:3"),
        (["-R", "0:3"], "'0:3' is not W:R"),
        (["-u", "moon"], "invalid resource: moon"),
        (["--bisect"], "--bisect looks for leaks: give it with -R"),
        (["-j", "-1"], "-1 workers cannot be"),
        (["-t", "-5"], "argument -t/--threshold: -5 objects cannot be: write 0 for never, or more"),
        (["--what"], "unrecognized arguments: --what"),
        (["-S", "test_nowhere"], "-S test_nowhere: no such test file in this run"),
    ],
)
def test_a_wrong_option_is_exit_code_2_and_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    run = run_driver(Path(sys.executable), arguments, tmp_path)
    assert run.code == 2
    assert sentence in run.errors.splitlines()[-1]


def test_an_interpreter_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    run = run_driver(tmp_path / "rabbit", ["test_int"], tmp_path)
    assert run.code == 2
    assert run.errors.startswith(f"regrtest: cannot run '{tmp_path}/rabbit': No such file or directory; build it")


def start_hanging(testdir: Path, tmp_path: Path) -> tuple[subprocess.Popen[str], int]:
    """A driver whose only test hangs, and the pid of its worker."""
    command = [sys.executable, str(DRIVER), "--python", sys.executable, "--tempdir", str(tmp_path)]
    process = subprocess.Popen([*command, "--testdir", str(testdir), "test_hang"], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        # a child or a thread may be gone before we have read it: look again
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
            for pid in [int(pid) for task in tasks for pid in task.read_text().split()]:
                if b"test.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return process, pid
    process.kill()
    raise AssertionError("the driver started no worker within 30 s")


def gone(pid: int) -> bool:
    """True once no such process runs; a zombie does not run."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
    return False


def test_an_interrupted_run_is_exit_code_130_and_leaves_no_worker(testdir: Path, tmp_path: Path) -> None:
    process, worker = start_hanging(testdir, tmp_path)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert gone(worker)
    assert "== Tests result: INTERRUPTED ==" in text
    assert text.splitlines()[-1] == "Result: INTERRUPTED"


def test_workers_die_with_a_driver_that_is_killed(testdir: Path, tmp_path: Path) -> None:
    process, worker = start_hanging(testdir, tmp_path)
    process.kill()
    process.communicate(timeout=30)
    assert gone(worker)


def test_single_takes_turns_and_begins_again_after_the_last(drive: Driver) -> None:
    ran = [drive("-s", "test_good", "test_many", "test_some_skipped").text for _ in range(4)]
    names = [re.findall(r"\[1/1(?:/1)?\] (test_\w+) ", text) for text in ran]
    assert names == [["test_good"], ["test_many"], ["test_some_skipped"], ["test_good"]]


def test_the_threshold_reaches_the_worker(drive: Driver, testdir: Path) -> None:
    (testdir / "test_gc_threshold.py").write_text(
        "import gc, unittest\n\nclass Tests(unittest.TestCase):\n"
        "    def test_it(self):\n        self.assertEqual(gc.get_threshold()[0], 123)\n"
    )
    assert drive("-t", "123", "test_gc_threshold").code == 0
    assert drive("test_gc_threshold").code == 2


# -- Rabbit's own suite, and leaks ----------------------------------------------------------------------------------


def test_rabbits_own_tests_pass_on_rabbit(rabbit: Path, tmp_path: Path) -> None:
    run = run_driver(rabbit, ["-j2", "-W", "-u", "all", "--fail-env-changed", "--timeout", "120"], tmp_path)
    assert run.code == 0, run.text
    assert run.lines[0].startswith("== Rabbit 1.3.")
    assert "== Python build: debug" in run.lines
    assert "== resources: all" in run.lines


def test_rabbits_own_tests_pass_on_cpython(tmp_path: Path) -> None:
    """On the version whose language Rabbit speaks; without `cpu`, as chains of 300,000 end CPython itself."""
    judge = hosts.cpython("3.12")
    if judge is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: RABBIT'S OWN TESTS WERE NOT RUN ON IT")
    run = run_driver(judge, ["-j2", "-W", "-u", "all,-cpu", "--fail-env-changed"], tmp_path)
    assert run.code == 0, run.text


def test_a_hunt_without_leaks_prints_its_marks(rabbit: Path, tmp_path: Path) -> None:
    run = run_driver(rabbit, ["-j1", "-R", "3:3", "test_tuple"], tmp_path)
    assert run.code == 0, run.text
    at = run.lines.index("beginning 6 repetitions. Showing number of leaks (. for 0 or less, X for 10 or more)")
    assert run.lines[at + 1] == "123:456"
    assert re.fullmatch(r"[.\dX]{3} [.]{3}", run.lines[at + 2])


def test_a_hunt_needs_a_debug_build(tmp_path: Path) -> None:
    run = run_driver(Path(sys.executable), ["-j1", "-R", "3:3", "test_tuple"], tmp_path)
    assert run.code == 2
    assert "Tracking reference leaks requires a debug build of Python" in run.text


@pytest.fixture(scope="module")
def leaking_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with bob's change, which leaks."""
    folder = tmp_path_factory.mktemp("leak") / "interpreter"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=SOURCE, capture_output=True, text=True, check=True)
    for name in [name for name in tracked.stdout.split("\0") if (SOURCE / name).is_file()]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SOURCE / name, folder / name)
    subprocess.run(["git", "apply", str(STORY / "bob-leak.patch")], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def leaking(leaking_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("leaking-build"), ["--with-pydebug"], leaking_source)


LEAK_TEST = "test_math"
LEAK_CASE = "test.test_math.SumprodTests.test_different_lengths"


def hunt(leaking: Path, leaking_source: Path, folder: Path, *options: str) -> Run:
    return run_driver(leaking, ["-R", "3:3", *options, LEAK_TEST], folder, leaking_source / "Tools" / "regrtest")


def test_a_real_leak_in_c_is_found_only_by_the_hunt(leaking: Path, leaking_source: Path, tmp_path: Path) -> None:
    calm = run_driver(leaking, ["-W", LEAK_TEST], tmp_path, leaking_source / "Tools" / "regrtest")
    assert calm.code == 0, calm.text
    run = hunt(leaking, leaking_source, tmp_path, "-j1", "-W", f"--junit-xml={tmp_path}/x.xml")
    assert run.code == 2
    assert any(re.fullmatch(CLOCK + rf"\[1/1/1\] {LEAK_TEST} failed \(reference leak\)", line) for line in run.lines)
    form = re.compile(rf"{LEAK_TEST} leaked \[(\d+), (\d+), (\d+)\] references, sum=(\d+)")
    deltas = next(match for match in map(form.fullmatch, run.lines) if match)
    counted = [int(number) for number in deltas.groups()]
    assert counted[0] == counted[1] == counted[2] >= 1
    assert counted[3] == sum(counted[:3])
    assert run.after("1 test failed:") == LEAK_TEST
    root = ET.parse(tmp_path / "x.xml").getroot()  # noqa: S314 - our own driver wrote it
    assert problems(root, "failure") == {LEAK_TEST: "REFLEAK"}
    assert len([case for case in root.iter("testcase") if case.get("name") == LEAK_CASE]) == 1


def test_bisect_names_the_method_that_leaks(leaking: Path, leaking_source: Path, tmp_path: Path) -> None:
    run = hunt(leaking, leaking_source, tmp_path, "-W", "--bisect")
    assert run.code == 2
    assert re.search(r"^\[\+\] Iteration 1: run \d+ tests/\d+$", run.text, re.M)
    assert run.after("Tests (1):") == f"* {LEAK_CASE}"
    assert re.search(r"^Bisection completed in \d+ iterations and 0:00:\d\d$", run.text, re.M)


def test_leaks_are_appended_to_the_file_of_capital_r(leaking: Path, leaking_source: Path, tmp_path: Path) -> None:
    log = tmp_path / "reflog.txt"
    driver = leaking_source / "Tools" / "regrtest"
    assert run_driver(leaking, ["-R", f"3:3:{log}", LEAK_TEST], tmp_path, driver).code == 2
    assert log.read_text().startswith(f"{LEAK_TEST} leaked [")


def test_adas_patch_can_be_taken_back_and_bobs_fits_before_and_after(leaking_source: Path) -> None:
    def apply(*arguments: str) -> int:
        return subprocess.run(["git", "apply", *arguments], cwd=leaking_source, check=False).returncode

    ada, bob = str(STORY / "ada-fix.patch"), str(STORY / "bob-leak.patch")
    assert apply("-R", "--check", ada) == 0
    assert apply("-R", bob) == 0
    assert apply("-R", ada) == 0
    assert apply("--check", bob) == 0
    assert apply(ada) == 0
    assert apply(bob) == 0
