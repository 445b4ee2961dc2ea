"""Finds the few lines of a test log that mean something, at the speed of C, whatever the others hold.

The log comes in pieces of any size. It is cut into blocks of whole lines, and one regular expression walks over each
block: it begins with the line end, which the engine looks for with memchr; it passes over short lines at once; and it
has no repeat that can be given back, so that nothing a test prints makes it slow. What lies between two lines that mean
something is plain text, handed on unread. An empty group behind each beginning tells which kind of line it is.

Before that a sieve looks over the block: the same beginnings, a little looser, for RE2, which looks at each letter once
whatever they are. Most blocks of what a hostile or a noisy test prints end there.

No log has more than some thousands of lines that mean something, unless its tests print them. Of each kind so many are
looked at, and then it is no longer looked for: memory and time stay bounded, and the closing summary, which has the
last word, is still read. Only a log with thousands of summaries is given up.

Sources of the formats: see testlines.py. Buildbot keeps output with a mark before each line, `o`, `e`, or `h` for what
it says itself. Whether a log has marks is decided once, by the first line that can be nothing else; then each line
loses exactly one letter. An unmarked line is never touched: `ook` stays `ook`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import re2

LONGEST_LINE = 65_536  # what follows on the same line is dropped
PART = 4_096  # letters that are looked at closely where one line among them may mean something
SHORTEST = 8  # letters that every line has which means something

_NAME = r"[A-Za-z0-9_.]{1,300}+"
_CLOCK = r"[0-9]{1,4}:[0-9][0-9]:[0-9][0-9] "
_LOAD = r"load avg: [0-9]{1,6}\.[0-9]{1,2} "
_COUNT = r"\[ {0,8}[0-9]{1,9}(?:/[0-9]{1,9}){0,2}\] [A-Za-z0-9_]"
_HEADING = r"[0-9]{1,9} (?:re-run tests?:|tests? (?:omitted|skipped|run no|altered|failed))"
_STATES = r"passed|finished|failed|skipped|interrupted|r[au]n no tests|crashed|timed out|worker (?:non-zero|bug)"
_DIED = rf"\({_NAME}\)(?: \([^\n()]{{0,100}}+\))? \.\.\. (?:Fatal Python error: |Timeout \([0-9])"  # in a case's middle

# How the lines begin that mean something, `<kind>` behind each; the engine looks at the first letter before all else.
# Nothing else can begin like these, so the first of them tells whether the log has marks.
CERTAIN = (
    rf"{_CLOCK}(?:{_LOAD})?(?:{_COUNT}<progress>|(?:Re-running |Run )<again>)",
    rf"{_LOAD}{_COUNT}<progress>",
    rf"{_COUNT}<progress>",
    rf"{_HEADING}<heading>",
    r"={70}(?![^\n])<bar>",
    r"(?:Re-running |Run (?:[0-9]{1,9} )?tests? )<again>",
    r"(?:Tests r|R)esult: <end>",
    r"Total (?:duration|tests|test files): <total>",
    r"Warning -- <warning>",
    r"make(?:\[[0-9]{1,3}\])?: \*\*\* \[<make>",
)
SAYS_NOTHING = (r"== \S<header>", r"Using random seed: <header>")
OTHERS = (
    r"== Tests result: <summary>",
    r"-{70}(?![^\n])<rule>",
    rf"- {_NAME}: [0-9]<slow>",
    rf"\* {_NAME}(?![^\n])<leaking>",
    rf"Bisecting {_NAME}: [0-9]<bisecting>",
    r"FAIL: <head>",
    r"ERROR: <head>",
    r"UNEXPECTED SUCCESS: <head>",
    r"Fatal Python error: <fatal>",
    r"Timeout \([0-9]<fatal>",
    rf"test {_NAME} (?:failed|crashed) -- <single>",
    rf"{_NAME} (?:leaked \[<leak>|(?:{_STATES})<result>|{_DIED}<fatal>)",
)
# How many lines of a kind are looked at. CPython's whole suite, with its second run, has 2,000 progress lines.
MOST = {"progress": 20_000, "result": 20_000, "leak": 20_000, "bar": 10_000, "rule": 10_000, "head": 10_000}
MOST_OTHERS = 5_000
DECIDES = frozenset({"summary", "heading", "end", "again"})  # without one of these no verdict could be trusted

_KIND = re.compile("<([a-z]+)>")


class Pattern:
    """Finds the lines of some beginnings. The last group of a match has its kind in `kinds`, counted from 1."""

    def __init__(self, begins: tuple[str, ...], marks: str) -> None:
        text = "|".join(begins)
        self.kinds = ["", *_KIND.findall(text)]
        self.regex = re.compile(rf"\n(?=[^\n]{{{SHORTEST}}}){marks}(?:{_KIND.sub('()', text)})[^\n]*+")


_MARKS = ("", "[oe]")
_DECIDING = re.compile(
    rf"\n(?=[^\n]{{{SHORTEST}}})([oe]?)(?:{_KIND.sub('', '|'.join((*CERTAIN, *SAYS_NOTHING)))})[^\n]*+"
)
_HEADER = re.compile(r"\nh[^\n]*+")
_MARK = re.compile(r"\n[oe]")


@lru_cache(64)
def pattern(marked: bool, without: frozenset[str]) -> Pattern:
    """Everything that means something, but the kinds in `without`."""
    kept = []
    for begins in (*CERTAIN, *OTHERS):
        if not without.issuperset(_KIND.findall(begins)):
            kept.append(_KIND.sub(lambda kind: "(?!)" if kind[1] in without else kind[0], begins))
    return Pattern(tuple(kept), _MARKS[marked])


_LOOSER = {"{1,300}+": "+", "{0,100}+": "*", r"(?![^\n])": ""}  # what RE2 does not have, and what would make it large
_SIEVE_OPTIONS = re2.Options()
_SIEVE_OPTIONS.never_capture = True
_SIEVE_OPTIONS.encoding = re2.Options.Encoding.LATIN1  # of bytes: nothing that is looked for is outside ASCII


@lru_cache(64)
def sieve(without: frozenset[str]) -> Any:
    """Finds nothing in the bytes of a block where `pattern(…, without)` finds nothing, with marks or without."""
    begins = [each for each in (*CERTAIN, *SAYS_NOTHING, *OTHERS) if not without.issuperset(_KIND.findall(each))]
    text = unnamed("|".join(begins))
    for old, new in _LOOSER.items():
        text = text.replace(old, new)
    return re2.compile(f"\n[oe]?(?:{text})".encode(), options=_SIEVE_OPTIONS)


def unnamed(begins: str) -> str:
    """The beginning of a line without the kinds that stand in it."""
    return _KIND.sub("", begins)


def parts(block: str) -> Iterator[str]:
    """The block in pieces of about PART letters; each begins with a line end, as the block does."""
    start = 0
    while start < len(block):
        end = block.find("\n", start + PART)
        end = len(block) if end < 0 else end
        yield block[start:end]
        start = end


def collapsed(text: str) -> str:
    """At most one empty line where there were several."""
    for width in (64, 8, 3):
        run = "\n" * width
        while run in text:
            text = text.replace(run, "\n\n")
    return text


class Scanner:
    """Calls `line` with the kind and the text of every line that means something, `plain` with what lies before it.

    `plain` gets text in which each line has its line end in front. It is called only while `wanted` is true. `enough`
    is called with a kind of which no more lines will come; once that is one that decides, nothing is called any more,
    and `overflowed` is true: that is no test log.
    """

    def __init__(
        self, line: Callable[[str, str], None], plain: Callable[[str], None], enough: Callable[[str], None]
    ) -> None:
        self._line, self._plain, self._enough = line, plain, enough
        self.wanted = self.overflowed = False
        self._seen: dict[str, int] = {}
        self._without: frozenset[str] = frozenset()
        self._marked: bool | None = None  # None: not yet known whether there are marks
        self._pieces: list[str] = []
        self._pending = 0

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
        if self._passed_over(block):
            return
        for part in parts(block):
            if not self._passed_over(part):
                self._read(part)

    def _passed_over(self, text: str) -> bool:
        """Nothing in it means anything: it was handed on if anybody wants it."""
        if sieve(self._without).search(text.encode("utf-8", "surrogatepass")):
            return False
        if self.wanted:
            self._hand_on(text)
        return True

    def _read(self, block: str) -> None:
        at: int | None = 0
        if self._marked is None:
            if (found := _DECIDING.search(block)) is None:
                return
            self._marked, at = bool(found[1]), found.start()
        while at is not None and not self.overflowed:
            at = self._walk(pattern(self._marked, self._without), block, at)

    def _walk(self, wanted: Pattern, block: str, at: int) -> int | None:
        """None, or the place to go on from with one kind less."""
        skip, kinds, seen, line = 2 if self._marked else 1, wanted.kinds, self._seen, self._line
        for found in wanted.regex.finditer(block, at):
            start, end = found.span()
            if self.wanted and start > at:
                self._hand_on(block[at:start])
            kind = kinds[found.lastindex or 0]
            line(kind, block[start + skip : min(end, start + LONGEST_LINE)])
            at = end
            count = seen[kind] = seen.get(kind, 0) + 1
            if count >= MOST_OTHERS and count >= MOST.get(kind, 0):
                self._drop(kind)
                return at
        if self.wanted and at < len(block):
            self._hand_on(block[at:])
        return None

    def _drop(self, kind: str) -> None:
        self._without |= {kind}
        self.overflowed = kind in DECIDES
        self._enough(kind)

    def _hand_on(self, text: str) -> None:
        if self._marked:
            text = collapsed(_MARK.sub("\n", _HEADER.sub("", text)))
        self._plain(text)
