"""Text as blurb wraps it: paragraphs to 76 columns, lists and code left alone."""

from __future__ import annotations

import textwrap

WIDTH = 76
LISTS = ("* ", "- ", "1. ", "#. ")


def wrapped(text: str, first: str = "", rest: str = "") -> str:
    """`text` with its paragraphs filled, `first` before its very first line and `rest` before all others.

    A paragraph that begins a list is left as it is, and so is the one after a line that ends in `::`.
    Ends in a newline.
    """
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    filled, keep = [], False
    for position, paragraph in enumerate(lines.split("\n\n")):
        keep = keep or paragraph.startswith(LISTS)
        begin = rest if position else first
        done = _indented(paragraph, begin, rest) if keep else _filled(paragraph, begin, rest)
        filled.append(done)
        keep = done.endswith("::")
    return "\n\n".join(filled).rstrip() + "\n"


def _filled(paragraph: str, first: str, rest: str) -> str:
    """Filled twice: a second pass may move a word that the first left, and the result must hold still."""
    for _ in range(2):
        lines = textwrap.wrap(
            paragraph.removeprefix(first).strip(),
            width=WIDTH,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        paragraph = "\n".join(lines).rstrip()
    return paragraph


def _indented(paragraph: str, first: str, rest: str) -> str:
    lines = paragraph.split("\n")
    return "\n".join((rest if number else first) + line for number, line in enumerate(lines))
