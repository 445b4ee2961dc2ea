"""Patterns that people write are tried only where no name can take long."""

from __future__ import annotations

import re

import pytest

from core.patterns import BadPattern, pattern

ORDINARY = (
    "", ".*Refleaks.*", "x86-64 (debug|release) main", r"\d+-\d+", "[*+]", "debug$", "(?:asan|ubsan)?", "^a.*b.*c$",
    "(?P<who>a)(?P=who)", "a{3,5}", r"(?=.*clang).*lto", "(x)?(?(1)y|z)",
)  # fmt: skip


@pytest.mark.row("A4", "B9")
@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_patterns_are_compiled_and_case_does_not_matter(text: str) -> None:
    found = pattern(text)
    assert found.pattern == text and found.flags & re.IGNORECASE


# Each is tried by the engine in more ways than anybody can wait for, on a name of forty letters that it does not match.
BOMBS = {
    "a repeat in a repeat": "(a+)+$",
    "two deep": "((a*))*",
    "alternatives that overlap": "(a|aa)+$",
    "many unbounded": ".*.*.*.*.*.*x",
    "many that may be there": ".?" * 30 + "x",
    "alternatives without a repeat": "(.|.)" * 33 + "x",
    "a lazy one": "(a+?)+?$",
    "inside a look ahead": "(?=(a+)+$)a",
    "a counted group": "(?:a|aa){20,40}$",
    "inside a condition": "(x)?(?(1)y|(a+)+$)",
    "possessive outside": "(?:a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?)++b",
}


@pytest.mark.row("A4", "B9")
@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_it_is_tried(text: str) -> None:
    with pytest.raises(BadPattern, match="repeats too much"):
        pattern(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(", "is not a regular expression: missing \\)"),
        ("a**", "multiple repeat"),
        ("\\", "bad escape"),
        ("a{99999999999999}", "the repetition number is too large"),
        ("x" * 201, "201 letters: write at most 200"),
        ("(" * 200, "is not a regular expression"),
    ],
)
def test_what_is_no_regular_expression_is_refused_with_the_engines_reason(text: str, why: str) -> None:
    with pytest.raises(BadPattern, match=why):
        pattern(text)
