"""Other people's words inside our comments: shown as they are, never acted upon.

GitHub makes no mention, link or closing keyword of what stands in code. A comment of ours is found again by a hidden
line, so nobody's title or log may smuggle one in.
"""

from __future__ import annotations

import html

from forge.prose import code, longest_run, tame

__all__ = ["block", "cell", "code", "folded", "short"]

BLOCK_MOST = 3000  # characters of a log in a comment; GitHub takes 65,536 for the whole


def block(text: str, most: int = BLOCK_MOST) -> str:
    """`text` as a code block; of a longer one the end, where the error stands."""
    kept = text if len(text) <= most else "[...]\n" + text[-most:].partition("\n")[2]
    fence = "`" * max(3, longest_run(kept) + 1)
    return f"{fence}text\n{tame(kept).rstrip()}\n{fence}"


def cell(markdown: str) -> str:
    """Markdown as a cell of a table: one line, its pipes escaped."""
    return " ".join(markdown.replace("|", "\\|").split())


def folded(summary: str, markdown: str) -> str:
    """`markdown` behind a line that opens it; `summary` is plain text, shown as code."""
    line = html.escape(" ".join(tame(summary).split()))
    return f"<details>\n<summary><code>{line}</code></summary>\n\n{markdown}\n\n</details>"


def short(sha: str) -> str:
    return sha[:10]
