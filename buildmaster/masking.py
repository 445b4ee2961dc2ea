"""Takes the values of secrets out of what tests print: logs are public, and regrtest dumps whole environments."""

from __future__ import annotations

import re

MASK = "***"
LONGEST_LINE = 4095  # letters after which Buildbot's worker and master break a line in two

_NAMED_SO = r"\w*(?:token|secret|passw|passphrase|credential|api_?key|private|auth)\w*"
_QUOTED = r"""(?:'(?:[^'\\\n]|\\.)*+(?:'|$)|"(?:[^"\\\n]|\\.)*+(?:"|$))"""

# What stays in front, and the value that goes. Each is linear: possessive repeats, nothing inside a repeat repeats.
_RULES = (
    re.compile(rf"""((['"]){_NAMED_SO}\2: ?b?){_QUOTED}""", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"(\b{_NAMED_SO}=)(?!=)[^\s,;&)]++", re.IGNORECASE),
    re.compile(r"(://[^/\s:@]{1,100}:)[^/\s@]{1,200}(?=@)"),
    re.compile(r"(\b[Bb]earer )[\w.~+/=-]{8,}"),
    re.compile(r"(\b)(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})"),
)
_ENVIRON = re.compile(r"environ\(\{[^\n]*")
_ITEM = re.compile(rf"({_QUOTED}: ){_QUOTED}", re.MULTILINE)


_WORTH_A_LOOK = re.compile(
    r"environ\(\{|token|secret|passw|passphrase|credential|api_?key|private|auth|://|bearer |gh[pousr]_|github_pat_",
    re.IGNORECASE,
)


def masked_lines(text: str) -> str:
    """`masked`, for what streams by: most pieces hold nothing of the kind, and are not looked at twice."""
    return masked(text) if _WORTH_A_LOOK.search(text) else text


class Masker:
    """Masks the lines of a log's streams as they come. What Buildbot broke off a line with secrets goes whole."""

    def __init__(self) -> None:
        self._goes_on: set[str] = set()  # the streams whose last line was broken, and held something of the kind

    def lines(self, stream: str, text: str) -> str:
        """Whole lines with their line ends."""
        if stream not in self._goes_on and not _WORTH_A_LOOK.search(text):
            return text
        return "".join(f"{self._line(stream, line)}\n" for line in text.removesuffix("\n").split("\n"))

    def _line(self, stream: str, line: str) -> str:
        rest = stream in self._goes_on
        if len(line) >= LONGEST_LINE and (rest or _WORTH_A_LOOK.search(line)):
            self._goes_on.add(stream)
        else:
            self._goes_on.discard(stream)
        return MASK if rest else masked(line)


def masked(text: str) -> str:
    """`text` with `***` where the value of a secret stood; of a dumped environment every value goes."""
    if "environ({" in text:
        text = _ENVIRON.sub(lambda dump: _ITEM.sub(rf"\1{MASK}", dump[0]), text)
    for rule in _RULES:
        text = rule.sub(rf"\1{MASK}", text)
    return text
