"""Text as blurb wraps it: paragraphs to 76 columns, lists and code left alone."""

from __future__ import annotations

import textwrap

WIDTH = 76
LISTS = ("* ", "1. ", "#. ")


def wrapped(text: str, indent: str = "") -> str:
    """`text` with its paragraphs filled; every line but the very first begins with `indent`. Ends in a newline.

    A paragraph that begins a list is left as it is, and so is the one after a line that ends in `::`.
    """
    lines = "\n".join(line.rstrip() for line in text.rstrip().split("\n"))
    filled, keep = [], False
    for position, paragraph in enumerate(lines.split("\n\n")):
        keep = keep or paragraph.startswith(LISTS)
        first = indent if position else ""
        done = _indented(paragraph, first, indent) if keep else _filled(paragraph, first, indent)
        filled.append(done)
        keep = done.endswith("::")
    return "\n\n".join(filled).rstrip() + "\n"


def _filled(paragraph: str, first: str, rest: str) -> str:
    """Filled twice: a second pass may move a word that the first left, and the result must hold still."""
    for _ in range(2):
        paragraph = "\n".join(
            textwrap.wrap(
                paragraph.strip(),
                width=WIDTH,
                initial_indent=first,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            )
        ).rstrip()
    return paragraph


def _indented(paragraph: str, first: str, rest: str) -> str:
    lines = paragraph.split("\n")
    return "\n".join((rest if number else first) + line for number, line in enumerate(lines))
