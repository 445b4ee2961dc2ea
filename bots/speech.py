"""How we listen and speak: a person's own words without what they quote, and one comment a topic."""

from __future__ import annotations

import re

from forge.effects import Comment, block_in, marker
from forge.facts import Facts, PullRequest, Said

_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_NOT_OWN_LINE = re.compile(r"^(?: {0,3}>| {4}|\t).*$", re.MULTILINE)  # a quotation, or code by its indentation


def own_words(body: str) -> str:
    """`body` without quoted lines, code and hidden comments, with every run of spaces made one."""
    return " ".join(_SPAN.sub(" ", _own(body)).split())


def own_lines(body: str) -> list[str]:
    """The lines of `body` that are a person's own and begin outside of code; code within such a line stays."""
    text = _own(body)
    spans = [found.span() for found in _SPAN.finditer(text)]
    lines, at = [], 0
    for line in text.split("\n"):
        if line.strip() and not any(start < at < end for start, end in spans):
            lines.append(line.strip())
        at += len(line) + 1
    return lines


def _own(body: str) -> str:
    text = body.replace("\r\n", "\n")
    for pattern in (_HIDDEN, _FENCE, _NOT_OWN_LINE):
        text = pattern.sub(" ", text)
    return text


def said(facts: Facts, topic: str) -> Said | None:
    """Our comment on this topic, if we made one."""
    mine = facts.settings.github.bot_login
    comments = facts.pr.comments if facts.pr else ()
    return next((each for each in comments if each.author == mine and marker(topic) in each.body), None)


def say(facts: Facts, pr: PullRequest, topic: str, body: str, only_update: bool = False) -> tuple[Comment, ...]:
    """The comment to make on a topic; nothing when it stands there already, word for word."""
    earlier = said(facts, topic)
    if earlier is None and only_update:
        return ()
    if earlier is not None and _bare(earlier.body, topic) == body.strip():
        return ()
    return (Comment(pr.number, topic, body, only_update),)


def names(logins: tuple[str, ...]) -> str:
    """`@ada`, `@ada and @bob`, `@ada, @bob and @core-dev`."""
    called = [f"@{login}" for login in logins]
    return " and ".join([", ".join(called[:-1]), called[-1]] if len(called) > 1 else called)


def _bare(body: str, topic: str) -> str:
    return block_in(body.replace("\r\n", "\n"), topic)[1]
