"""What is known of one test file and of its cases, in bounded room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from buildmaster.logscan import collapsed
from buildmaster.masking import masked

HEAD, TAIL = 1_000, 3_000  # letters kept of a traceback: where it began, and above all how it ended
ROOM = 8_000  # letters held of an end, so that whole lines are left of it
LONGEST_TEXT_LINE = 1_000  # a longer line keeps its beginning, and so the names that give secrets away
CUT = "\n[...]"

_LONG = re.compile(rf"\n([^\n]{{{LONGEST_TEXT_LINE}}})[^\n]*+")


@dataclass
class Case:
    """One problem: a method, a subtest, a fixture, or a whole file that could not be told apart."""

    id: str
    outcome: str  # fail, error, unexpected_success, crash, timeout
    _head: str = ""
    _tail: str = ""

    def begun(self, outcome: str) -> Case:
        """Its text starts anew: the last run has the word."""
        self.outcome, self._head, self._tail = outcome, "", ""
        return self

    def add(self, text: str) -> None:
        """More of its text, in which several empty lines are one; every line has its line end in front."""
        if len(text) > ROOM + 2 and len(self._head) == HEAD:
            self._tail = text[-ROOM:]
            return
        if (self._tail or self._head).endswith("\n"):
            text = collapsed("\n" + text)[1:] if (self._tail or self._head)[-2:-1] != "\n" else text.lstrip("\n")
        if len(self._head) < HEAD:
            room = HEAD - len(self._head)
            self._head, text = self._head + text[:room], text[room:]
        self._tail = (self._tail + text)[-ROOM:]

    def text(self) -> str:
        """Secrets masked. Where the middle is left out only whole lines stand around it: no secret is half masked."""
        whole = len(self._tail) < ROOM
        tail = self._tail if whole else self._tail[self._tail.find("\n") :] if "\n" in self._tail else ""
        text = _LONG.sub(r"\n\1", (self._head if whole else self._head[: self._head.rfind("\n")] + CUT) + tail)
        if len(text) > HEAD + TAIL:
            first, last = text.rfind("\n", 0, HEAD), text.find("\n", len(text) - TAIL)
            text = text[:first] + CUT + (text[last:] if last >= 0 else "")
        return masked(text).strip("\n")

    def shown(self) -> dict[str, str]:
        return {"id": self.id, "outcome": self.outcome, "traceback": self.text()}


@dataclass
class TestFile:
    """One test file, as regrtest counts: a module or a package."""

    __test__ = False  # not a test of ours

    name: str
    state: str = "running"
    reason: str = ""
    duration_s: float | None = None
    rerun: str | None = None
    cases: dict[str, Case] = field(default_factory=dict)
    leaks: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "reason": self.reason,
            "duration_s": self.duration_s,
            "rerun": self.rerun,
            "cases": [case.shown() for case in self._told_apart()],
            "leaks": [{"resource": name, "deltas": list(deltas)} for name, deltas in self.leaks.items()],
        }

    def _told_apart(self) -> list[Case]:
        """The first run may have told of the file only; once the re-run has named its methods, they say more."""
        cases = list(self.cases.values())
        return [case for case in cases if case.id != self.name] or cases


T = TypeVar("T")


def owner(files: Mapping[str, T], case: str) -> T | None:
    """The file that a case lives in: the longest beginning of its id that is a known test."""
    parts = case.partition(" ")[0].split(".")
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        for known in (name, name.removeprefix("test.")):
            if known in files:
                return files[known]
    return None
