"""A person's regular expression on builder names, bounded before it is ever tried: no name takes long to match.

The engine of `re` tries one way to match after the other. How many ways there can be is counted from the parsed
pattern, each choice times the next; what could have too many is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as code  # the one parser that cannot differ from the engine's
from re import _parser as parser
from typing import Any

LONGEST = 200
NAME_LENGTH = 40  # of a builder, about
MOST_WAYS = 100_000  # three unbounded repeats on one name, some milliseconds

_ONE_LETTER = {code.LITERAL, code.NOT_LITERAL, code.ANY, code.IN, code.CATEGORY}
_REPEATS = {code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT}


class BadPattern(ValueError):
    """It cannot be used; the text says why, for the person who wrote it."""


def pattern(text: str) -> re.Pattern[str]:
    """`text` compiled, upper and lower case alike. Raises BadPattern."""
    if len(text) > LONGEST:
        raise BadPattern(f"the pattern has {len(text)} letters: write at most {LONGEST}")
    try:
        ways = _ways(parser.parse(text))
        if ways <= MOST_WAYS:
            return re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPattern(f"{text!r} is not a regular expression: {error}") from error
    raise BadPattern(f"{text!r} repeats too much: use at most three of * + ? {{}}, none of them behind a group")


def _ways(parsed: Iterable[tuple[Any, Any]]) -> int:
    """In how many ways it can match at one place of a name, at most."""
    total = 1
    for kind, argument in parsed:
        total *= _ways_of(kind, argument)
    return total


def _ways_of(kind: Any, argument: Any) -> int:
    if kind in _REPEATS:
        return _ways_of_repeat(*argument)
    if kind is code.BRANCH:
        return sum(_ways(each) for each in argument[1])
    if kind is code.GROUPREF_EXISTS:
        return sum(_ways(each) for each in argument[1:] if each)
    if kind is code.SUBPATTERN:
        return _ways(argument[-1])
    if kind in (code.ASSERT, code.ASSERT_NOT):
        return _ways(argument[1])
    return _ways(argument) if kind is code.ATOMIC_GROUP else 1


def _ways_of_repeat(least: int, most: int, item: Iterable[tuple[Any, Any]]) -> int:
    """A single letter ends at one of so many places; a group may stand there or not, and no more."""
    inner = list(item)
    if len(inner) == 1 and inner[0][0] in _ONE_LETTER:
        return min(int(most), NAME_LENGTH) - min(least, NAME_LENGTH) + 1
    return 1 + _ways(inner) if int(most) <= 1 else MOST_WAYS + 1
