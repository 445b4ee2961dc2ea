"""Makes a backport: fetch, pick, push, open a pull request, by cherry_picker's conventions and without its checkout.

It may be done again after a crash at any point: a branch with the same change is used as it is, and a pull request
that is open already is the one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from cherry_picker.cherry_picker import DEFAULT_CONFIG, normalize_commit_message, remove_commit_prefix

from core.settings import Settings
from core.store import now
from forge import git, pick
from forge.effects import Backport
from forge.errors import Refused
from forge.git import Fault, GitFailed, Remote
from forge.pick import AlreadyThere, Conflict, Identity, Picked, Source

SHOWN_FILES = 10

# The sentence for each way in which git can fail us.
FAILURES = {
    Fault.BRANCH_MISSING: "the branch {branch} does not exist in the repository",
    Fault.COMMIT_MISSING: "the commit {commit} is no longer in the repository",
    Fault.REJECTED: "the push of the branch {head} was rejected: {said}",
    Fault.DENIED: "we may not read or push here: the App needs write access to the repository's contents",
    Fault.NETWORK: "the repository could not be reached: {said}",
    Fault.OTHER: "git failed: {said}",
}
TAKEN = "the branch {head} exists with other work on it: open a pull request from it, or delete it and try again"
NO_PULL = "the branch {head} is pushed, but its pull request could not be opened: {said}"


class Hub(Protocol):
    """What is needed of GitHub."""

    async def token(self) -> str: ...

    async def open_pull(self, head: str, base: str, title: str, body: str) -> int: ...


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: opened, conflict, already-there or failed.

    `why` is a sentence for people without its full stop; `result_number` the pull request that holds the backport (for
    already-there the one that brought it, when it is known); `retry` says that the same attempt may succeed later.
    """

    state: str
    why: str = ""
    result_number: int | None = None
    files: tuple[str, ...] = ()
    retry: bool = False


@dataclass(frozen=True)
class Text:
    """A backport in words."""

    title: str
    body: str

    @property
    def message(self) -> str:
        return f"{self.title}\n\n{self.body}\n"


async def backport(effect: Backport, settings: Settings, github: Hub, at: datetime | None = None) -> Outcome:
    """Do it, and say how it ended. Raises forge.errors when GitHub gives no answer (try again later)."""
    try:
        return await _attempt(effect, settings, github, at or now())
    except GitFailed as failed:
        why = FAILURES[failed.fault].format(**_names(effect), said=failed.said)
        return Outcome("failed", why, retry=failed.fault is Fault.NETWORK)


def head_branch(commit: str, branch: str) -> str:
    """Where the pick is pushed to, `backport-0123456-1.2`, as cherry_picker names it."""
    return f"backport-{commit[:7]}-{branch}"


async def _attempt(effect: Backport, settings: Settings, github: Hub, at: datetime) -> Outcome:
    repo = await git.mirror(settings.data)
    remote = Remote(settings.github.remote, await github.token())
    onto = await _fetch(repo, remote, effect)
    source = await pick.read(repo, effect.commit)
    text = await compose(repo, source, effect)
    us = committer(settings)
    picked = await pick.pick(repo, source, onto, text.message, us, at)
    match picked:
        case Conflict(files):
            return Outcome("conflict", f"{_listed(files)} must be merged by hand", files=files)
        case AlreadyThere():
            return await _already_there(repo, source, onto, effect.branch)
        case Picked():
            return await _publish(repo, remote, github, effect, text, picked, us)


async def _fetch(repo: Path, remote: Remote, effect: Backport) -> str:
    """Bring the commit and the branch here; the branch's newest commit."""
    if not re.fullmatch(r"[0-9a-f]{40,64}", effect.commit):
        raise GitFailed("fetch", f"{effect.commit!r} is no commit", Fault.COMMIT_MISSING)
    target = f"refs/remotes/origin/{effect.branch}"
    async with git.lock(repo):
        await git.fetch(repo, remote, f"{effect.commit}:refs/camelot/source", f"refs/heads/{effect.branch}:{target}")
        return await git.output(repo, "rev-parse", "--verify", f"{target}^{{commit}}")


async def _publish(
    repo: Path, remote: Remote, github: Hub, effect: Backport, text: Text, picked: Picked, us: Identity
) -> Outcome:
    head = head_branch(effect.commit, effect.branch)
    if not await _push(repo, remote, picked.commit, head, us):
        return Outcome("failed", TAKEN.format(head=head))
    try:
        number = await github.open_pull(head, effect.branch, text.title, text.body)
    except Refused as refused:
        return Outcome("failed", NO_PULL.format(head=head, said=refused))
    return Outcome("opened", result_number=number)


async def _push(repo: Path, remote: Remote, commit: str, head: str, us: Identity) -> bool:
    """Push, unless the same change is there already; False when somebody else's work is there."""
    there = await git.remote_head(repo, remote, head)
    if there:
        async with git.lock(repo):
            await git.fetch(repo, remote, f"refs/heads/{head}:refs/camelot/there")
        if await pick.patch_id(repo, there) == await pick.patch_id(repo, commit):
            return True
        if (await pick.read(repo, there)).committer != us.email:
            return False
    await git.push(repo, remote, commit, head, expected=there)
    return True


async def _already_there(repo: Path, source: Source, onto: str, branch: str) -> Outcome:
    """Say which commit and pull request brought it, when the commit's message tells."""
    options = ("-1", "--fixed-strings", f"--grep=cherry picked from commit {source.sha}", "--format=%h %s")
    found = await git.output(repo, "log", *options, onto, *(f"^{parent}" for parent in source.parents))
    commit, _, subject = found.partition(" ")
    numbers = re.findall(r"\(#(\d+)\)", subject)
    why = f"{branch} has this change already" + (f", since {commit}" if commit else "")
    return Outcome("already-there", why, int(numbers[-1]) if numbers else None)


# --- words, by cherry_picker's conventions ---


async def compose(repo: Path, source: Source, effect: Backport) -> Text:
    """Title and body of the pull request and of the commit; a merge commit's own subject says nothing."""
    config = await _config(repo, source.sha)
    subject, body = normalize_commit_message(source.message)
    if len(source.parents) > 1:
        subject, body = effect.title, ""
    rest, trailers = await _split_trailers(repo, body)
    if config["fix_commit_msg"]:
        rest = re.sub(r"(?<![\w#])#(?=[1-9]\d{4,}\b)", "GH-", rest)
    origin = f"(cherry picked from commit {source.sha})"
    credits = _credits(source.author, trailers)
    paragraphs = [f"{rest}\n{origin}" if rest else origin, "\n".join(credits)]
    return Text(title(subject, effect.branch, effect.number), "\n\n".join(paragraphs))


def title(subject: str, branch: str, number: int) -> str:
    """`[1.2] gh-7: Close the file (GH-40)`, from whatever of it the subject has already."""
    bare = re.sub(rf"(\s*\((?:GH-|#){number}\))+\s*$", "", str(remove_commit_prefix(subject.strip())))
    return f"[{branch}] {bare} (GH-{number})"


def committer(settings: Settings) -> Identity:
    login = settings.github.bot_login
    return Identity(login, f"{login}@users.noreply.github.com")


async def _config(repo: Path, commit: str) -> dict[str, Any]:
    """cherry_picker's settings at that commit; its own defaults where the file says nothing, or nothing readable."""
    status, text = await git.run(repo, "show", f"{commit}:.cherry_picker.toml", allow=(0, 128))
    try:
        own = tomllib.loads(text) if status == 0 else {}
    except tomllib.TOMLDecodeError:
        own = {}
    return {**DEFAULT_CONFIG, **own}


async def _split_trailers(repo: Path, body: str) -> tuple[str, list[str]]:
    """The body without its last trailers (`Co-authored-by: ...`), and these."""
    text = f"subject\n\n{body.strip()}\n".encode("utf-8", "surrogateescape")
    _, found = await git.run(repo, "interpret-trailers", "--only-trailers", "--only-input", stdin=text)
    trailers = found.splitlines()
    before, _, last = body.strip().rpartition("\n\n")
    if not trailers:
        return body.strip(), []
    kept = "\n".join(line for line in last.splitlines() if line not in trailers)
    return "\n\n".join(part for part in (before.strip(), kept.strip()) if part), trailers


def _credits(author: Identity, trailers: list[str]) -> list[str]:
    """The trailers with the author named first; each person once, by address."""
    lines: dict[str, str] = {}
    for line in (f"Co-authored-by: {author.name} <{author.email}>", *trailers):
        lines.setdefault(_person(line), line)
    return list(lines.values())


def _person(line: str) -> str:
    """What makes two trailers one: the address of a co-author, else the whole line."""
    found = re.fullmatch(r"co-authored-by:.*<([^<>]*)>\s*", line, re.IGNORECASE)
    return found[1].lower() if found else line


def _listed(files: tuple[str, ...]) -> str:
    more = f" and {len(files) - SHOWN_FILES} more" if len(files) > SHOWN_FILES else ""
    return ", ".join(files[:SHOWN_FILES]) + more


def _names(effect: Backport) -> dict[str, str]:
    commit = effect.commit[:10]
    return {"branch": effect.branch, "commit": commit, "head": head_branch(effect.commit, effect.branch)}
