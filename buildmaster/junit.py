"""Reads the JUnit file of a test run, and adds to a log's verdict the cases and durations that only the file knows.

The file is lossy: a failing subtest has no name in it; fixtures, crashes, timeouts, import errors are missing; re-run
cases stand there twice. So the log has the word on what failed, and the file only names cases and their tracebacks.
Source of the format: CPython's Lib/test/libregrtest/testresult.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from buildmaster.testfiles import Case, owner

MOST_CASES = 1_000  # cases that went wrong and are kept; the others are counted
MOST_CLASSES = 20_000  # whose seconds are added up; CPython's suite has 4,000
DEEPEST = 50
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
OUTCOMES = {"failure": "fail", "error": "error"}
UNEXPECTED = "UNEXPECTED_SUCCESS"


class Unreadable(ValueError):
    """The file is not what regrtest writes; the text says what is wrong with it."""


@dataclass
class Report:
    """What the file holds: its cases that went wrong, how many there are in all, and the seconds of each class."""

    wrong: dict[str, Case] = field(default_factory=dict)
    cases: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def read(pieces: Iterable[bytes]) -> Report:
    """The report in a file that comes in pieces; in bounded memory. Raises Unreadable."""
    reader = _Reader()
    try:
        for piece in pieces:
            reader.parser.Parse(piece, False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Unreadable(f"not well-formed XML: {error}: give the file that --junit-xml wrote") from error
    return reader.report


class _Reader:
    def __init__(self) -> None:
        self.report = Report()
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._depth = 0
        self._name = ""
        self._open: Case | None = None  # the case whose traceback is being read
        self._outcome = False  # inside <outcome>

    def _doctype(self, *_: Any) -> None:
        raise Unreadable("it declares a DOCTYPE, with which entities come: regrtest writes none, so it is refused")

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and tag not in ("testsuites", "testsuite"):
            raise Unreadable(f"its root is <{tag[:40]}>: a JUnit file begins with <testsuites>")
        if self._depth > DEEPEST:
            raise Unreadable(f"its elements lie more than {DEEPEST} deep: regrtest writes four")
        if tag == "testcase":
            self.report.cases += 1
            self._name = attributes.get("name", "")[:300]
            self._took(self._name.rpartition(".")[0], attributes.get("time", ""))
        elif tag in OUTCOMES:
            self._open = self._went_wrong(OUTCOMES[tag])
        elif tag == "outcome":
            self._outcome = True

    def _took(self, place: str, time: str) -> None:
        known = self.report.seconds
        if _SECONDS.fullmatch(time) and place and (place in known or len(known) < MOST_CLASSES):
            known[place] = known.get(place, 0.0) + float(time)

    def _went_wrong(self, outcome: str) -> Case | None:
        wrong = self.report.wrong
        if not self._name or (self._name not in wrong and len(wrong) >= MOST_CASES):
            return None  # a subtest: the log has it
        return wrong.setdefault(self._name, Case(self._name, outcome)).begun(outcome)

    def _text(self, text: str) -> None:
        if self._open:
            self._open.add(text)
        elif self._outcome and text.strip() == UNEXPECTED:
            self._went_wrong(UNEXPECTED.lower())

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag in OUTCOMES:
            self._open = None
        elif tag == "outcome":
            self._outcome = False
        elif tag == "testcase":
            self._name = ""


def merged(verdict: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The verdict with the cases that only the report names, in its order; nobody is accused by the report alone."""
    files = {str(file["name"]): {**file, "cases": list(file["cases"])} for file in verdict["files"]}
    for case in report.wrong.values():
        file = owner(files, case.id)
        if file is not None and file["state"] not in ("passed", "running") and not _known(file, case.id):
            file["cases"].append(case.shown())
    took: dict[str, float] = {}
    for place, seconds in report.seconds.items():
        if (file := owner(files, place)) is not None:
            took[file["name"]] = took.get(file["name"], 0.0) + seconds
    for name, file in files.items():
        if file["duration_s"] is None and name in took:
            file["duration_s"] = round(took[name], 3)  # of its cases; to load it takes longer
        if len(file["cases"]) > 1:  # a case that could not be told apart from its file is told apart now
            file["cases"] = [case for case in file["cases"] if case["id"] != name]
    return {**verdict, "files": list(files.values())}


def _known(file: Mapping[str, Any], case: str) -> bool:
    """The log has it, or its subtests, already."""
    return any(each["id"] == case or each["id"].startswith(f"{case} ") for each in file["cases"])
