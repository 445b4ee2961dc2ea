"""Picks a commit onto another branch in the object store: no checkout, git's own merge, the trees that git would make.

`git merge-tree` of 2.38 takes no merge base, so it is given one: a commit with the target's tree whose parent is the
parent of what is picked. A merge commit is picked as what it brought into its first parent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from forge import rules
from forge.objects import Objects

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_PERSON = re.compile(r"(.*?) ?<([^<>]*)> (\d+ [+-]\d{4})")


@dataclass(frozen=True)
class Identity:
    name: str
    email: str


NOBODY = Identity("nobody", "nobody")  # scaffolding bears no name and no time: made again it is the same object


@dataclass(frozen=True)
class Source:
    """A commit as it was made. `date` is git's raw form, seconds and offset; `committer` an address."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    date: str
    committer: str
    message: str


@dataclass(frozen=True)
class Picked:
    """`ruled`: what was no clean merge and was settled by a rule, in words for people."""

    tree: str
    commit: str
    ruled: tuple[rules.Ruled, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """The files that a person must look at. `tree` is as far as git came, conflicts marked; empty where nobody asks."""

    files: tuple[str, ...]
    tree: str = ""


@dataclass(frozen=True)
class AlreadyThere:
    """The target has the whole change."""


Result: TypeAlias = Picked | Conflict | AlreadyThere


def read(objects: Objects, commit: str) -> Source:
    """The commit. Raises GitFailed when the repository does not have it."""
    sha = objects.resolve(f"{commit}^{{commit}}")
    head, _, body = objects.read(sha).partition(b"\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.decode("utf-8", "surrogateescape").split("\n"):
        name, _, value = line.partition(" ")
        fields.setdefault(name, []).append(value)
    message = _decoded(body, fields.get("encoding", ["utf-8"])[0])
    author, date = _person(fields["author"][0])
    committer, _ = _person(fields["committer"][0])
    parents = tuple(fields.get("parent", ()))
    return Source(sha, fields["tree"][0], parents, author, date, committer.email, message.strip())


def pick(
    objects: Objects, source: Source, onto: str, message: str, committer: Identity, at: datetime, lacks: rules.Lacks
) -> Result:
    """What `source` changed, on top of commit `onto`; the author stays the author, we commit it at `at`.

    A committer's date before the branch's own last commit would make every later walk over history slow. `lacks` says
    whether the target never had a path: the one question about history that a rule asks.
    """
    there = tree_of(objects, onto)
    ours, theirs = _sides(objects, source, there)
    merge = objects.merge(ours, theirs, there)
    tree, ruled, left = rules.settle(objects, merge, there, lacks) if merge.conflicts else (merge.tree, (), ())
    if left or (ruled and tree == there):
        files = tuple(dict.fromkeys(_name(path, (ours, theirs)) for path in left or merge.conflicts))
        return Conflict(files, merge.tree)
    if tree == there:
        return AlreadyThere()
    return Picked(tree, commit(objects, tree, (onto,), message, (source.author, source.date), committer, at), ruled)


def tree_of(objects: Objects, commit: str) -> str:
    return objects.resolve(f"{commit}^{{tree}}")


def commit(
    objects: Objects,
    tree: str,
    parents: tuple[str, ...],
    message: str,
    author: tuple[Identity, str],
    committer: Identity,
    at: datetime,
) -> str:
    """Make a commit; its hash."""
    return _write(objects, tree, parents, message, author, (committer, f"{int(at.timestamp())} +0000"))


def _name(path: str, sides: tuple[str, str]) -> str:
    """A file that found a folder in its place is kept beside it, under its name and its side's: here it has its own."""
    name, _, side = path.rpartition("~")
    return name if side in sides else path


def _sides(objects: Objects, source: Source, there: str) -> tuple[str, str]:
    """Two commits whose only merge base is the state before `source`: the target's tree, and `source`."""
    if len(source.parents) == 1:
        return _scaffold(objects, there, source.parents), source.sha
    if source.parents:  # a merge has its second parent's history too, where another merge base might lie
        first = source.parents[:1]
        return _scaffold(objects, there, first), _scaffold(objects, source.tree, first)
    before = (_scaffold(objects, EMPTY_TREE, ()),)
    objects.write("tree", b"")
    return _scaffold(objects, there, before), _scaffold(objects, source.tree, before)


def _scaffold(objects: Objects, tree: str, parents: tuple[str, ...]) -> str:
    return _write(objects, tree, parents, "", (NOBODY, "0 +0000"), (NOBODY, "0 +0000"))


def _write(
    objects: Objects,
    tree: str,
    parents: tuple[str, ...],
    message: str,
    author: tuple[Identity, str],
    committer: tuple[Identity, str],
) -> str:
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"{role} {_shown(*who)}" for role, who in (("author", author), ("committer", committer))]
    text = "\n".join([*lines, "", message.rstrip("\n") + "\n"])
    return objects.write("commit", text.encode("utf-8", "surrogateescape"))


def _shown(who: Identity, date: str) -> str:
    """As git would write it: nothing that could end the line or the address."""
    name, email = (re.sub(r"[<>\n\0]", "", part).strip() for part in (who.name, who.email))
    return f"{name or 'unknown'} <{email}> {date}"


def _person(line: str) -> tuple[Identity, str]:
    found = _PERSON.fullmatch(line)
    return (Identity(found[1], found[2]), found[3]) if found else (Identity(line, ""), "0 +0000")


def _decoded(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding, "surrogateescape")
    except LookupError:
        return body.decode("utf-8", "surrogateescape")
