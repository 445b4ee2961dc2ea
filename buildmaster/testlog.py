"""One pass over a test log, while it is being written: what failed, what only wavered, what leaked.

The verdict is a function of the log's text alone, however the text was cut into pieces. A log without its closing line
is not complete, and then nobody is accused: the tests that failed so far may yet pass when they are run again.

A test may print what looks like a log (test_regrtest does). Two things tell the real lines apart: the number of tests
in `[ 51/478]`, which stays the same from the first such line to the re-run, and the order of a summary's lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from buildmaster import testlines as lines
from buildmaster.logscan import Scanner
from buildmaster.testfiles import Case, TestFile, owner

# Bounds, so that a log of any size takes bounded memory.
MOST_FILES = 20_000
MOST_CASES = 1_000

RULE = "-" * 70
STEP_IS_OVER = "interrupted"  # the one result after which not every test was counted


class LogReader:
    """Give it the log with `feed`, in pieces of any size; ask for `verdict` at any time."""

    def __init__(self) -> None:
        self.files: dict[str, TestFile] = {}
        self.complete = False
        self.leaking: dict[str, dict[str, list[int]]] = {}  # file -> resource -> deltas, as they come
        self.wrong: dict[str, str] = {}  # file -> its state, of those that went wrong, as they come
        self.recipe_code: int | None = None  # what make says that the test runner ended with
        self._result = ""
        self._totals: dict[str, Any] = {}
        self._lists: dict[str, list[str]] = {}
        self._summarised = False
        self._rerunning = False
        self._begun = False  # has this run, or this re-run, said how many tests it has?
        self._open_list: tuple[str, int] | None = None
        self._current = ""  # the test that was named last
        self._count: int | None = None  # how many tests this run has; None until the first progress line
        self._position = 0
        self._case: Case | None = None  # the one whose text is being read
        self._head: Case | None = None  # the one whose head was read, before the rule that opens its text
        self._after_bar = self._adjacent = False  # is the line before this one a bar?
        self._cases = 0
        self._bisected = ""  # the test whose leaking methods are being looked for
        self._scanner = Scanner(self._line, self._plain, self._enough)
        self._readers: dict[str, Callable[[str], None]] = {  # by the kinds of logscan.py
            "progress": self._progress,
            "again": self._again,
            "summary": self._summary,
            "heading": self._heading,
            "end": self._end,
            "total": self._total,
            "slow": self._slow,
            "result": self._last_result,
            "leak": self._leak,
            "warning": self._warning,
            "make": self._make,
            "bar": self._bar,
            "rule": self._rule,
            "head": self._head_of_case,
            "fatal": self._fatal,
            "single": self._single,
            "bisecting": self._bisecting,
            "leaking": self._leaking_case,
        }

    def feed(self, text: str) -> None:
        """The next piece of the log. A line counts once its line end has come."""
        self._scanner.feed(text)

    def verdict(self) -> dict[str, Any]:
        """The verdict of what was read so far; see core.results.Build for its shape."""
        complete = self.complete and not self._scanner.overflowed
        failed = self._failed() if complete else []
        changed = self._changed() if complete else []
        leaking = [name for name in failed if name in self.files and self.files[name].leaks]
        again = self._run_again() if complete else []
        return {
            "result": self._result if complete else "",
            "complete": complete,
            "files": [self._shown(file, [*failed, *changed], again) for file in self.files.values()],
            "failed": failed,
            "flaky": [name for name in again if name not in {*failed, *changed} and self._passed_again(name)],
            "env_changed": changed,
            "leaked": leaking,
            "totals": dict(self._totals),
        }

    # --- what the verdict is made of ---

    def _failed(self) -> list[str]:
        if self._summarised:
            return list(self._lists.get("failed", []))
        return [file.name for file in self.files.values() if file.state in lines.BAD and file.rerun != "passed"]

    def _changed(self) -> list[str]:
        """The closing summary has the last word: what it does not list has been put right by the re-run."""
        return list(self._lists.get("env_changed", []))

    def _run_again(self) -> list[str]:
        return list(dict.fromkeys(self._lists.get("rerun", []) + [f.name for f in self.files.values() if f.rerun]))

    def _passed_again(self, name: str) -> bool:
        return name in self.files and self.files[name].rerun != "failed"

    def _shown(self, file: TestFile, unwell: list[str], again: list[str]) -> dict[str, Any]:
        shown = file.shown()
        if file.name in again:
            shown["rerun"] = "failed" if file.name in unwell else "passed"
        return shown

    # --- lines that mean something, and the text between them ---

    def _line(self, kind: str, line: str) -> None:
        self._adjacent, self._after_bar = self._after_bar, False
        self._open_list = None
        self._readers[kind](line)
        if self._case and line != RULE:
            self._case.add("\n" + line)
        self._scanner.wanted = bool(self._open_list or self._case or self._after_bar)

    def _enough(self, _kind: str) -> None:
        """Lines of a kind will be plain text from now on: nobody would see where a traceback ends."""
        self._case = self._head = None
        self._after_bar = self._scanner.wanted = False

    def _plain(self, text: str) -> None:
        self._after_bar = False
        if self._open_list:
            self._members(text)
        if self._case:
            self._case.add(text)

    # --- one kind of line each ---

    def _progress(self, line: str) -> None:
        if (step := lines.progress(line)) is None or not self._counts(step):
            return
        self.complete, self._summarised, self._result = False, False, ""  # what looked like an end was not
        self._case = self._head = None
        if step.result is None or step.result.name != step.started:
            self._went_well(self._current)
        self._current = step.started
        self._file(step.started)
        if step.result:
            self._settle(step.result)

    def _counts(self, step: lines.Step) -> bool:
        """Is this line the run's own, and not one that a test printed?"""
        if self._count is None:
            self._count = step.of
        if step.of != self._count:
            return False
        self._position = max(self._position, step.position)  # a test may print a line of its own run
        return True

    def _went_well(self, name: str) -> None:
        """One process says nothing of a test that went well and fast: the next one begins."""
        if (file := self.files.get(name)) and file.state == "running":
            file.state = "passed"

    def _settle(self, result: lines.Result) -> None:
        if (file := self._file(result.name)) is None:
            return
        if self._rerunning and file.state != "running":
            file.rerun = "failed" if result.state in lines.UNWELL else "passed"
            return
        file.state, file.duration_s = result.state, result.duration_s
        if result.state in lines.UNWELL:
            self.wrong[file.name] = result.state
        file.reason = result.reason or file.reason

    def _last_result(self, line: str) -> None:
        """One process reports its last test, and why one was skipped, on a line without a count."""
        if (why := lines.skipped(line)) and (file := self.files.get(why[0])):
            file.reason = file.reason or why[1]
        elif (result := lines.result(line)) and result.name == self._current:
            self._settle(result)

    def _file(self, name: str) -> TestFile | None:
        found = self.files.get(name)
        if found is None and len(self.files) < MOST_FILES:
            found = self.files[name] = TestFile(name)
        return found

    def _heading(self, line: str) -> None:
        if found := lines.heading(line):
            self._case = None
            self._open_list = found
            self._summarised = True
            self._lists[found[0]] = []

    def _members(self, text: str) -> None:
        """The names of an open list; the first line that is not indented ends it."""
        name, count = self._open_list or ("", 0)
        body = lines.indented(text)
        members = self._lists[name]
        if (room := min(count, MOST_FILES) - len(members)) > 0:
            members.extend(body.split(None, room)[:room])
        if len(body) < len(text):
            self._open_list = None

    def _summary(self, _line: str) -> None:
        """A summary begins; an earlier one was not the last word."""
        self._lists, self._summarised = {}, True
        self._case = self._head = None

    def _again(self, line: str) -> None:
        if "Re-running " not in line[:40]:
            self._begin(line)
            return
        self._rerunning = True
        if lines.starts_rerun(line):
            self._count, self._position, self._case, self._begun = None, 0, None, False

    def _begin(self, line: str) -> None:
        """`Run 8 tests in parallel ...`: what looked like results before was the compiler's `[1/3] Compiling ...`."""
        if self._begun:
            return
        self._begun, self._count, self._position = True, lines.announced(line), 0
        if not self._rerunning:
            self.files.clear()
            self._current = ""

    def _end(self, line: str) -> None:
        words = line.partition("esult: ")[2].strip().lower()
        if not self._summarised or not self._all_counted(words):  # a test printed it
            return
        self.complete = True
        self._case = None
        self._result = words
        for file in self.files.values():
            if file.state == "running":
                file.state = self._silent(file.name)

    def _all_counted(self, words: str) -> bool:
        whole = (self._totals.get("files") or {}).get("run_of")
        return (
            self._count is None or self._position >= self._count or self._count == whole or words.endswith(STEP_IS_OVER)
        )

    def _silent(self, name: str) -> str:
        """One process says nothing of a test that went well and fast; the summary tells of the others."""
        return next((state for state, names in self._lists.items() if name in names and state != "rerun"), "passed")

    def _total(self, line: str) -> None:
        what, _, rest = line.removeprefix("Total ").partition(": ")
        if what == "duration":
            self._totals["duration_s"] = lines.seconds(rest)
        else:
            self._totals["files" if what == "test files" else "tests"] = lines.numbers(rest)

    def _slow(self, line: str) -> None:
        """The slowest files are listed with their durations; progress lines tell only those above 30 seconds."""
        name, took_s = lines.slow(line)
        if self._summarised and (file := self.files.get(name)) and file.duration_s is None:
            file.duration_s = took_s

    def _warning(self, line: str) -> None:
        if (found := lines.warning(line)) and (file := self._file(found[0])):
            file.reason = file.reason or found[1]

    def _make(self, line: str) -> None:
        if (code := lines.recipe_code(line)) is not None:
            self.recipe_code = code

    def _leak(self, line: str) -> None:
        found = lines.leak(line)
        if found is None or found.fine:
            return
        if file := self._file(found.name):
            file.leaks[found.resource] = found.deltas
            self.leaking.setdefault(found.name, {})[found.resource] = list(found.deltas)

    def _bisecting(self, line: str) -> None:
        self._bisected = line.removeprefix("Bisecting ").partition(": ")[0]

    def _leaking_case(self, line: str) -> None:
        """The search for the methods that leak names each on a line of its own: `* mod.Cls.test`."""
        file, name = self.files.get(self._bisected), line.removeprefix("* ")
        if file and owner({file.name: file}, name):
            self._new_case(name, lines.LEAK)

    # --- cases and their tracebacks ---

    def _bar(self, _line: str) -> None:
        self._case = self._head = None
        self._after_bar = True

    def _rule(self, _line: str) -> None:
        """The first rule after a head opens the traceback, the next one ends it."""
        self._case, self._head = self._head, None

    def _head_of_case(self, line: str) -> None:
        if self._adjacent and (found := lines.case(line)):  # without a bar before it a test printed it
            case = self._new_case(*found)
            self._after_bar = case is not None and case.outcome == lines.UNEXPECTED  # several stand below one bar
            self._head = None if self._after_bar else case

    def _new_case(self, name: str, outcome: str) -> Case | None:
        file = owner(self.files, name) or self.files.get(self._current)
        if file is None or self._cases >= MOST_CASES:
            return None
        if (case := file.cases.get(name)) is None:
            self._cases += 1
            case = file.cases[name] = Case(name, outcome)
        return case.begun(outcome)

    def _fatal(self, line: str) -> None:
        """The interpreter died, or was ended because it took too long; the stack follows."""
        if self._case and self._case.outcome in lines.ENDINGS.values():
            return
        before, words = lines.fatal(line)
        outcome = lines.ENDINGS[words.partition(" ")[0]]
        if (case := self._new_case(before or self._current, outcome)) and (file := self.files.get(self._current)):
            self._case = case
            if words not in file.reason:
                file.reason = "; ".join(part for part in (file.reason, words) if part)

    def _single(self, line: str) -> None:
        """A file with one problem is told of in one line, and its traceback follows."""
        name, crashed, begins = lines.single(line)
        self._case = None
        if begins and name in self.files:
            self._case = self._new_case(name, "error" if crashed else "fail")
