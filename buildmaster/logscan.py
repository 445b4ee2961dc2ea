"""Finds the few lines of a test log that mean something, at the speed of C, whatever the others hold.

The log comes in pieces of any size. It is cut into blocks of whole lines, and one regular expression walks over each
block: it begins with the line end, which the engine looks for with memchr; it passes over short lines at once; and it
has no repeat that can be given back, so that nothing a test prints makes it slow. What lies between two lines that mean
something is plain text, handed on unread.

Sources of the formats: see testlines.py. Buildbot keeps output with a mark before each line, `o`, `e`, or `h` for what
it says itself. Whether a log has marks is decided once, by the first line that can be nothing else; then each line
loses exactly one letter. An unmarked line is never touched: `ook` stays `ook`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_LINE = 65_536  # what follows on the same line is dropped
MOST_EVENTS = 200_000  # a real log has some thousands
SHORTEST = 8  # letters that every line has which means something

_NAME = r"[A-Za-z0-9_.]{1,300}+"
_CLOCK = r"[0-9]{1,4}:[0-9][0-9]:[0-9][0-9] "
_LOAD = r"load avg: [0-9]{1,6}\.[0-9]{1,2} "
_COUNT = r"\[ {0,8}[0-9]{1,9}(?:/[0-9]{1,9}){0,2}\] [A-Za-z0-9_]"
_TIMED = rf"(?:{_COUNT}|Re-running |Run )"
_HEADING = r"[0-9]{1,9} (?:re-run tests?:|tests? (?:omitted|skipped|run no|altered|failed))"
_STATES = r"passed|finished|failed|skipped|interrupted|r[au]n no tests|crashed|timed out|worker (?:non-zero|bug)"
_DIED = rf"\({_NAME}\)(?: \([^\n()]{{0,100}}+\))? \.\.\. (?:Fatal Python error: |Timeout \([0-9])"  # in a case's middle

# How the lines begin that mean something; the engine looks at the first letter before all else.
# Nothing else can begin like these, so the first of them tells whether the log has marks.
CERTAIN = (
    rf"{_CLOCK}(?:{_LOAD})?{_TIMED}",
    rf"{_LOAD}{_COUNT}",
    _COUNT,
    _HEADING,
    r"== \S",
    r"={70}(?![^\n])",
    r"Re-running |Run (?:[0-9]{1,9} )?tests? |Result: ",
    r"Using random seed: ",
    r"Total (?:duration|tests|test files): |Tests result: ",
    r"Warning -- ",
    r"make(?:\[[0-9]{1,3}\])?: \*\*\* \[",
)
OTHERS = (
    r"-{70}(?![^\n])",
    rf"- {_NAME}: [0-9]",
    rf"\* {_NAME}(?![^\n])",
    rf"Bisecting {_NAME}: [0-9]",
    r"FAIL: |Fatal Python error: ",
    r"ERROR: ",
    r"UNEXPECTED SUCCESS: ",
    r"Timeout \([0-9]",
    rf"test {_NAME} (?:failed|crashed) -- ",
    rf"{_NAME} (?:leaked \[|{_STATES}|{_DIED})",
)


def _pattern(begins: tuple[str, ...], marks: str) -> re.Pattern[str]:
    return re.compile(rf"\n(?=[^\n]{{{SHORTEST}}}){marks}(?:{'|'.join(begins)})[^\n]*+")


_DECIDES = _pattern(CERTAIN, "([oe]?)")
_PLAIN = _pattern((*CERTAIN, *OTHERS), "")
_MARKED = _pattern((*CERTAIN, *OTHERS), "[oe]")
_HEADER = re.compile(r"\nh[^\n]*+")
_MARK = re.compile(r"\n[oe]")


def collapsed(text: str) -> str:
    """At most one empty line where there were several."""
    for width in (64, 8, 3):
        run = "\n" * width
        while run in text:
            text = text.replace(run, "\n\n")
    return text


class Scanner:
    """Calls `line` for every line that means something, and `plain` with the text before it.

    `plain` gets text in which each line has its line end in front. It is called only while `wanted` is true. After
    MOST_EVENTS lines nothing is called any more, and `overflowed` is true: that is no test log.
    """

    def __init__(self, line: Callable[[str], None], plain: Callable[[str], None]) -> None:
        self._line, self._plain = line, plain
        self.wanted = False
        self.events = 0
        self._pattern: re.Pattern[str] | None = None  # None: not yet known whether there are marks
        self._pieces: list[str] = []
        self._pending = 0

    @property
    def overflowed(self) -> bool:
        return self.events >= MOST_EVENTS

    def feed(self, text: str) -> None:
        """The next piece. A line counts once its line end has come."""
        end = text.rfind("\n")
        if end < 0:
            self._keep(text)
            return
        first = text.find("\n") if self._pending >= LONGEST_LINE else 0
        if not self.overflowed:
            self._block("".join(["\n", *self._pieces, text[first:end]]))
        self._pieces, self._pending = [], 0
        self._keep(text[end + 1 :])

    def _keep(self, rest: str) -> None:
        if rest and self._pending < LONGEST_LINE:
            kept = rest[: LONGEST_LINE - self._pending]
            self._pieces.append(kept)
            self._pending += len(kept)

    def _block(self, block: str) -> None:
        if block.endswith("\r"):
            block = block.rstrip("\r")
        if "\r\n" in block:
            block = block.replace("\r\n", "\n")
        block = collapsed(block)
        at = 0
        if self._pattern is None:
            if (found := _DECIDES.search(block)) is None:
                return
            self._pattern = _MARKED if found[1] else _PLAIN
            at = found.start()
        self._walk(self._pattern, block, at)

    def _walk(self, pattern: re.Pattern[str], block: str, at: int) -> None:
        skip = 2 if pattern is _MARKED else 1
        for found in pattern.finditer(block, at):
            start, end = found.span()
            if self.wanted and start > at:
                self._hand_on(block[at:start])
            self._line(block[start + skip : min(end, start + LONGEST_LINE)])
            at = end
            self.events += 1
            if self.events >= MOST_EVENTS:
                return
        if self.wanted and at < len(block):
            self._hand_on(block[at:])

    def _hand_on(self, text: str) -> None:
        if self._pattern is _MARKED:
            text = collapsed(_MARK.sub("\n", _HEADER.sub("", text)))
        self._plain(text)
