"""One pass over a test log, while it is being written: what failed, what only wavered, what leaked.

The verdict is a function of the log's text alone, however the text was cut into pieces. A log without its closing line
is not complete, and then nobody is accused: the tests that failed so far may yet pass when they are run again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from buildmaster import testlines as lines

# Bounds, so that a log of any size takes bounded memory.
MOST_FILES = 20_000
MOST_CASES = 1_000
LONGEST_LINE = 65_536
LONGEST_TRACEBACK = 4_000

BAR = "=" * 70
RULE = "-" * 70


@dataclass
class _Case:
    id: str
    outcome: str
    text: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, line: str) -> None:
        self.size += len(line) + 1
        if self.size <= LONGEST_TRACEBACK:
            self.text.append(line)

    def shown(self) -> dict[str, str]:
        return {"id": self.id, "outcome": self.outcome, "traceback": "\n".join(self.text).strip("\n")}


@dataclass
class _File:
    name: str
    state: str = "running"
    reason: str = ""
    duration_s: float | None = None
    rerun: str | None = None
    cases: dict[str, _Case] = field(default_factory=dict)
    leaks: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "reason": self.reason,
            "duration_s": self.duration_s,
            "rerun": self.rerun,
            "cases": [case.shown() for case in self.cases.values()],
            "leaks": [{"resource": name, "deltas": list(deltas)} for name, deltas in self.leaks.items()],
        }


class LogReader:
    """Give it the log with `feed`, in pieces of any size; ask for `verdict` at any time."""

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}
        self.complete = False
        self.recipe_code: int | None = None  # what make says that the test runner ended with
        self._result = ""
        self._totals: dict[str, Any] = {}
        self._lists: dict[str, list[str]] = {}
        self._summarised = False
        self._rerunning = False
        self._open_list: tuple[str, int] | None = None
        self._current = ""  # the test that was named last
        self._case: _Case | None = None
        self._in_traceback = False
        self._after_bar = False
        self._cases = 0
        self._pieces: list[str] = []
        self._pending = 0
        self._readers: dict[str, Callable[[str], None]] = {
            "=": self._equals,
            "T": self._total,
            "R": self._closing,
            "W": self._warning,
            " ": self._member,
            "m": self._make,
            **{first: self._progress for first in "0123456789["},
        }

    def feed(self, text: str) -> None:
        """The next piece of the log. A line counts once its line end has come."""
        *whole, rest = text.split("\n")
        if whole:
            self._line("".join(self._pieces) + whole[0])
            self._pieces, self._pending = [], 0
            for line in whole[1:]:
                self._line(line)
        if rest and self._pending < LONGEST_LINE:
            kept = rest[: LONGEST_LINE - self._pending]
            self._pieces.append(kept)
            self._pending += len(kept)

    def verdict(self) -> dict[str, Any]:
        """The verdict of what was read so far; see core.results.Build for its shape."""
        failed = self._failed() if self.complete else []
        again = self._again()
        changed = self._named("env_changed")
        leaking = [name for name in failed if name in self.files and self.files[name].leaks]
        return {
            "result": self._result,
            "complete": self.complete,
            "files": [self._shown(file, [*failed, *changed]) for file in self.files.values()],
            "failed": failed,
            "flaky": [name for name in again if name not in {*failed, *changed}] if self.complete else [],
            "env_changed": changed if self.complete else [],
            "leaked": leaking,
            "totals": dict(self._totals),
        }

    # --- what the verdict is made of ---

    def _failed(self) -> list[str]:
        if self._summarised:
            return list(self._lists.get("failed", []))
        return [file.name for file in self.files.values() if file.state in lines.BAD and file.rerun != "passed"]

    def _again(self) -> list[str]:
        return list(dict.fromkeys(self._lists.get("rerun", []) + [f.name for f in self.files.values() if f.rerun]))

    def _named(self, state: str) -> list[str]:
        seen = [file.name for file in self.files.values() if file.state == state]
        return list(dict.fromkeys(self._lists.get(state, []) + seen))

    def _shown(self, file: _File, unwell: list[str]) -> dict[str, Any]:
        shown = file.shown()
        if self.complete and file.name in self._lists.get("rerun", []):
            shown["rerun"] = "failed" if file.name in unwell else "passed"
        return shown

    # --- one line ---

    def _line(self, line: str) -> None:
        line = line[:LONGEST_LINE].rstrip("\r")
        if not line:
            self._open_list = None
            if self._case and self._in_traceback:
                self._case.add("")
            return
        if self._after_bar:
            self._after_bar = False
            self._head_of_case(line)
            return
        if line == RULE:
            self._rule()
            return
        if line == BAR:
            self._case, self._after_bar = None, True
            return
        if self._open_list and line[0] != " ":
            self._open_list = None
        if " leaked [" in line:
            self._leak(line)
        elif reader := self._readers.get(line[0]):
            reader(line)
        elif self._current and line.startswith(self._current + " "):
            self._last_result(line)
        if self._case and self._in_traceback:
            self._case.add(line)

    def _rule(self) -> None:
        """The first rule after a head opens the traceback, the next one ends it."""
        if self._case and not self._in_traceback:
            self._in_traceback = True
        else:
            self._case = None

    def _head_of_case(self, line: str) -> None:
        if (found := lines.case(line)) is None or self._cases >= MOST_CASES:
            return
        name, outcome = found
        self._cases += 1
        self._in_traceback = False
        self._case = _Case(name, outcome)
        if file := self._owner(name):
            self._case = file.cases.setdefault(name, self._case)
            self._case.text, self._case.size, self._case.outcome = [], 0, outcome

    def _owner(self, case: str) -> _File | None:
        """The file that a case lives in: the longest beginning of its id that is a known test, else the current one."""
        parts = case.partition(" ")[0].split(".")
        for end in range(len(parts), 0, -1):
            name = ".".join(parts[:end])
            if found := self.files.get(name) or self.files.get(name.removeprefix("test.")):
                return found
        return self.files.get(self._current)

    def _progress(self, line: str) -> None:
        if found := lines.heading(line):
            self._open_list = found
            self._summarised = True
            self._lists[found[0]] = []
            return
        if " Re-running " in line[:40]:  # with the time before it
            self._rerunning = True
            return
        if (step := lines.progress(line)) is None:
            return
        started, result = step
        self.complete, self._summarised, self._result = False, False, ""  # what looked like an end was not
        self._case = None
        self._current = started
        self._file(started)
        if result:
            self._settle(result)

    def _settle(self, result: lines.Result) -> None:
        if (file := self._file(result.name)) is None:
            return
        if self._rerunning and file.state != "running":
            file.rerun = "failed" if result.state in lines.UNWELL else "passed"
            return
        file.state, file.duration_s = result.state, result.duration_s
        file.reason = result.reason or file.reason

    def _last_result(self, line: str) -> None:
        """One process reports its last test, and any that failed to start, on a line without a count."""
        if (result := lines.result(line)) and result.name == self._current:
            self._settle(result)

    def _file(self, name: str) -> _File | None:
        if name not in self.files and len(self.files) >= MOST_FILES:
            return None
        return self.files.setdefault(name, _File(name))

    def _leak(self, line: str) -> None:
        found = lines.leak(line)
        if found is None or found.fine:
            return
        if file := self._file(found.name):
            file.leaks[found.resource] = found.deltas

    def _equals(self, line: str) -> None:
        if line.startswith("== Tests result: "):  # a summary begins; an earlier one was not the last word
            self._lists, self._summarised = {}, True
            self._case = None

    def _closing(self, line: str) -> None:
        if line.startswith("Result: "):
            self._end(line.removeprefix("Result: "))
        elif line.startswith("Re-running "):
            self._rerunning = True

    def _end(self, words: str) -> None:
        if not self._summarised:  # a test printed it
            return
        self.complete = True
        self._result = words.strip().lower()
        for file in self.files.values():
            if file.state == "running":
                file.state = self._silent(file.name)

    def _silent(self, name: str) -> str:
        """One process says nothing of a test that went well and fast; the summary tells of the others."""
        return next((state for state, names in self._lists.items() if name in names and state != "rerun"), "passed")

    def _total(self, line: str) -> None:
        if line.startswith("Total tests: "):
            self._totals["tests"] = lines.numbers(line)
        elif line.startswith("Total test files: "):
            self._totals["files"] = lines.numbers(line)
        elif line.startswith("Total duration: "):
            self._totals["duration_s"] = lines.seconds(line.removeprefix("Total duration: "))
        elif line.startswith("Tests result: "):  # 3.11.2
            self._end(line.removeprefix("Tests result: "))

    def _warning(self, line: str) -> None:
        if (found := lines.warning(line)) and (file := self._file(found[0])):
            file.reason = file.reason or found[1]

    def _make(self, line: str) -> None:
        if (code := lines.recipe_code(line)) is not None:
            self.recipe_code = code

    def _member(self, line: str) -> None:
        if self._open_list is None or not line.startswith("    "):
            return
        name, count = self._open_list
        members = self._lists[name]
        members.extend(line.split()[: count - len(members)])
