"""Other people's words inside our Markdown: shown as they are, never acted upon.

GitHub makes no mention, link or closing keyword of what stands in code. A comment of ours is found again by a hidden
line, so nobody's title or log may smuggle one in.
"""

from __future__ import annotations

import re

# A name that GitHub would call; what follows a letter or digit is an address.
_MENTION = re.compile(r"(?<![\w`])@(?=[A-Za-z\d])")


def code(text: str) -> str:
    """`text` as a code span on one line; a backtick or a pipe in it changes nothing around it."""
    line = " ".join(tame(text).split()) or " "
    fence = "`" * (longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def quiet(text: str) -> str:
    """`text` as Markdown that calls nobody: an invisible space parts every `@` from the name behind it."""
    return _MENTION.sub("@\u200b", tame(text))


def longest_run(text: str) -> int:
    """The longest run of backticks."""
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def tame(text: str) -> str:
    """Without control characters, and with no comment of HTML: an invisible space parts its opening."""
    visible = "".join(each for each in text if each in "\n\t" or each.isprintable())
    return visible.replace("<!--", "<!\u200b--")
