"""A backport in words, by cherry_picker's conventions, so that a person can take it up with `cherry_picker --continue`.

Title, message, head branch and `.cherry_picker.toml` are as that program has them; two things differ on purpose: each
person is credited once, and the title names the original once.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from cherry_picker.cherry_picker import DEFAULT_CONFIG, normalize_commit_message, remove_commit_prefix

from forge import git
from forge.objects import Objects
from forge.pick import Source

CONFIG = ".cherry_picker.toml"
MAILMAP = ".mailmap"


@dataclass(frozen=True)
class Text:
    """A backport's title, and its body; together the message of its commit."""

    title: str
    body: str

    @property
    def message(self) -> str:
        return f"{self.title}\n\n{self.body}\n"


def head_branch(commit: str, branch: str) -> str:
    """Where the pick is pushed to, `backport-0123456-1.2`."""
    return f"backport-{commit[:7]}-{branch}"


def title(subject: str, branch: str, number: int) -> str:
    """`[1.2] gh-7: Close the file (GH-40)`, from whatever of it the subject has already."""
    bare = re.sub(rf"(\s*\((?:GH-|#){number}\))+\s*$", "", str(remove_commit_prefix(subject.strip())))
    return f"[{branch}] {bare} (GH-{number})"


async def compose(objects: Objects, source: Source, subject: str, branch: str, number: int) -> Text:
    """Title and body. `subject` is used where a commit's own says nothing: of a merge, and of several commits."""
    settings = config(objects, source.sha)
    own, body = normalize_commit_message(source.message)
    if subject:
        own, body = subject, ""
    rest, trailers = await _split_trailers(objects, body)
    if settings["fix_commit_msg"]:
        rest = re.sub(r"\B#(?=[1-9]\d{4,}\b)", "GH-", rest)
    author = f"{await _mapped(objects, source, branch)} <{source.author.email}>"
    origin = f"(cherry picked from commit {source.sha})"
    paragraphs = [f"{rest}\n{origin}" if rest else origin, "\n".join(_credits(author, trailers))]
    return Text(title(own, branch, number), "\n\n".join(paragraphs))


def config(objects: Objects, commit: str) -> dict[str, Any]:
    """cherry_picker's settings at that commit; its own defaults where the file says nothing, or nothing readable."""
    found = objects.find(f"{commit}:{CONFIG}")
    try:
        own = tomllib.loads(found[2].decode()) if found else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        own = {}
    return {**DEFAULT_CONFIG, **own}


async def _mapped(objects: Objects, source: Source, branch: str) -> str:
    """The author's name as the branch's `.mailmap` gives it."""
    place = f"refs/remotes/origin/{branch}:{MAILMAP}"
    if not objects.find(place):
        return source.author.name
    asked = f"{source.author.name} <{source.author.email}>"
    _, told = await git.run(objects.repo, "-c", f"mailmap.blob={place}", "check-mailmap", asked, env=objects.env)
    return told.rpartition(" <")[0] or source.author.name


async def _split_trailers(objects: Objects, body: str) -> tuple[str, list[str]]:
    """The body without its last trailers (`Co-authored-by: ...`), and these."""
    if not re.search(r"^[\w-]+\s*:", body, re.MULTILINE):
        return body.strip(), []
    text = f"subject\n\n{body.strip()}\n".encode("utf-8", "surrogateescape")
    _, found = await git.run(objects.repo, "interpret-trailers", "--only-trailers", "--only-input", stdin=text)
    trailers = found.splitlines()
    before, _, last = body.strip().rpartition("\n\n")
    if not trailers:
        return body.strip(), []
    kept = "\n".join(line for line in last.splitlines() if line not in trailers)
    return "\n\n".join(part for part in (before.strip(), kept.strip()) if part), trailers


def _credits(author: str, trailers: list[str]) -> list[str]:
    """The trailers with the author named first; each person once, by address."""
    lines: dict[str, str] = {}
    for line in (f"Co-authored-by: {author}", *trailers):
        lines.setdefault(_person(line), line)
    return list(lines.values())


def _person(line: str) -> str:
    """What makes two trailers one: the address of a co-author, else the whole line."""
    found = re.fullmatch(r"co-authored-by:.*<([^<>]*)>\s*", line, re.IGNORECASE)
    return found[1].lower() if found else line
