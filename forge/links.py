"""The blocks that we keep in the descriptions of issues and pull requests; what people write around them is theirs.

An issue lists the pull requests about it, a pull request names its issues, each between two hidden lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_PULLS = ("<!-- gh-linked-prs -->", "<!-- /gh-linked-prs -->")
_ISSUES = ("<!-- gh-issue-number: gh-{first} -->", "<!-- /gh-issue-number -->")
_LISTED = re.compile(r"^\* gh-(\d+)(?: (.*))?$", re.MULTILINE)
_NAMED = re.compile(r"^\* Issue: gh-(\d+)$", re.MULTILINE)
_PULLS_BLOCK = re.compile(r"\n*<!-- gh-linked-prs -->\n?(.*?)(?:<!-- /gh-linked-prs -->\n?|\Z)", re.DOTALL)
_ISSUES_BLOCK = re.compile(r"\n*<!-- gh-issue-number: gh-\d+ -->\n?(.*?)(?:<!-- /gh-issue-number -->\n?|\Z)", re.DOTALL)


def listed(body: str) -> dict[int, str]:
    """The pull requests that an issue lists, with the note behind each."""
    block = _PULLS_BLOCK.search(body.replace("\r\n", "\n"))
    return {int(number): note for number, note in _LISTED.findall(block[1])} if block else {}


def named(body: str) -> tuple[int, ...]:
    """The issues that our block in a pull request names."""
    block = _ISSUES_BLOCK.search(body.replace("\r\n", "\n"))
    return tuple(int(number) for number in _NAMED.findall(block[1])) if block else ()


def mentioned(body: str, issue: int) -> bool:
    """The author's own words refer to the issue, as `gh-12`, `GH-12` or `#12`."""
    own = _ISSUES_BLOCK.sub("\n", body.replace("\r\n", "\n"))
    return re.search(rf"(?<![\w#/-])(?:gh-|#){issue}(?!\w)", own, re.IGNORECASE) is not None


def listing(body: str, number: int, there: bool = True, note: str = "") -> str:
    """An issue's description with pull request `number` in its list, or taken out of it."""
    rows = listed(body)
    if there:
        rows[number] = note
    else:
        rows.pop(number, None)
    lines = [f"* gh-{each} {about}".rstrip() for each, about in sorted(rows.items())]
    return _with(body, _PULLS_BLOCK, [_PULLS[0], "### Linked PRs", *lines, _PULLS[1]] if lines else [])


def naming(body: str, issues: Iterable[int]) -> str:
    """A pull request's description with our block naming these issues; without it when there are none."""
    numbers = list(dict.fromkeys(issues))
    lines = [f"* Issue: gh-{number}" for number in numbers]
    opening = _ISSUES[0].format(first=numbers[0]) if numbers else ""
    return _with(body, _ISSUES_BLOCK, [opening, *lines, _ISSUES[1]] if numbers else [])


def _with(body: str, block: re.Pattern[str], lines: list[str]) -> str:
    """The body with its block replaced, in the line ends that it has; unchanged to the letter when nothing changes."""
    end = "\r\n" if "\r\n" in body else "\n"
    text = body.replace("\r\n", "\n")
    found = block.search(text)
    own = text[: found.start()] + text[found.end() :] if found else text
    if found and not lines:
        return own.rstrip("\n").replace("\n", end)
    if not lines or (found and found[0].strip().splitlines() == lines):
        return body
    whole = "\n\n".join(part for part in (own.rstrip("\n"), "\n".join(lines)) if part)
    return (whole + "\n").replace("\n", end)
