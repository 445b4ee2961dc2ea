"""How a backport ends, and the words for it: sentences for people, as Markdown, in which a file's name calls nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forge import history, rules
from forge.convention import head_branch
from forge.git import Fault, GitFailed
from forge.history import Need
from forge.objects import Objects
from forge.pick import Source
from forge.prose import code
from forge.rules import Ruled

# The sentence for each way in which git can fail us.
FAILURES = {
    Fault.BRANCH_MISSING: "the branch {branch} does not exist in the repository",
    Fault.COMMIT_MISSING: "the commit {commit} is no longer in the repository",
    Fault.REJECTED: "the push of the branch {head} was rejected: {said}",
    Fault.DENIED: "we may not read or push here: the App needs write access to the repository's contents",
    Fault.NETWORK: "the repository could not be reached: {said}",
    Fault.OTHER: "git failed: {said}",
}


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: opened, conflict, already-there, declined or failed; of a forecast also clean.

    `why` is a sentence for people, as Markdown without its full stop; `number` the pull request that holds the backport
    (for already-there the one that brought it, when it is known; for declined the one that was closed). `files` are in
    conflict, `needs` may have to come first. `retry` says that the same attempt may succeed later.
    """

    state: str
    why: str = ""
    number: int | None = None
    files: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    ruled: tuple[Ruled, ...] = ()
    retry: bool = False


Outcomes = dict[str, Outcome]


def listed(files: Sequence[str], most: int = 10) -> str:
    """Names of files, as Markdown."""
    more = f" and {len(files) - most} more" if len(files) > most else ""
    return ", ".join(code(file) for file in files[:most]) + more


def settled(ruled: Sequence[Ruled]) -> str:
    return f"settled by rule: {listed([each.path for each in ruled])}" if ruled else ""


def failed_by(failed: GitFailed, commit: str, branch: str) -> Outcome:
    words = {"branch": branch, "commit": commit[:10], "head": code(head_branch(commit, branch))}
    why = FAILURES[failed.fault].format(**words, said=code(failed.said))
    return Outcome("failed", why, retry=failed.fault is Fault.NETWORK)


def gone(branch: str) -> GitFailed:
    return GitFailed("fetch", f"no branch {branch}", Fault.BRANCH_MISSING)


async def conflict(objects: Objects, source: Source, onto: str, branch: str, files: tuple[str, ...]) -> Outcome:
    """What a person must look at, and why; unless somebody has done the whole by hand."""
    commit, number = await history.brought(objects, source, onto)
    if commit:
        return Outcome("already-there", f"{branch} has this change already, since {commit}", number)
    needs = await history.needs(objects, source, onto, files)
    return Outcome("conflict", _by_hand(files, needs), files=files, needs=needs)


def _by_hand(files: tuple[str, ...], needs: Sequence[Need]) -> str:
    written = [file for file in files if not rules.generator(file)]
    commands = dict.fromkeys(filter(None, (rules.generator(file) for file in files)))
    parts = [f"{listed(written)} must be merged by hand"] if written else []
    if commands:
        generated = [file for file in files if file not in written]
        parts.append(f"{listed(generated)} must be generated anew: {', '.join(code(each) for each in commands)}")
    if needs:
        parts.append(f"likely needed first: {', '.join(_shown(need) for need in needs)}")
    return "; ".join(parts)


def _shown(need: Need) -> str:
    return f"#{need.number}" if need.number else f"{need.sha[:10]} {code(need.subject)}"


async def already_there(objects: Objects, source: Source, onto: str, branch: str) -> Outcome:
    """Say which commit and pull request brought it, when the commit's message tells."""
    commit, number = await history.brought(objects, source, onto)
    return Outcome(
        "already-there", f"{branch} has this change already" + (f", since {commit}" if commit else ""), number
    )
