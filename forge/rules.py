"""Conflicts that have one right answer, whoever looks at them. Everything else is left to a person.

Three cases. A change to a file that the target never had is dropped with the file. So is one to a news entry that the
target has released or never had. And names that a commit only adds to the list of contributors are added there too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forge.objects import Entry, Merge, Objects

NEWS = "Misc/NEWS.d/next/"
NAMES = "Misc/ACKS"
BASE, OURS, THEIRS = 1, 2, 3
_FILE = "100644"

# What programs write: a person runs them again rather than merge their output by hand.
GENERATED = {
    "Parser/parser.c": "make regen-pegen",
    "Modules/clinic/": "make clinic",
    "Objects/clinic/": "make clinic",
    "Python/clinic/": "make clinic",
    "/clinic/": "make clinic",
    "Python/importlib": "make regen-frozen",
    "Python/frozen_modules/": "make regen-frozen",
    "configure": "make regen-configure",
    "aclocal.m4": "make regen-configure",
    "Include/opcode_ids.h": "make regen-cases",
    "Include/internal/pycore_opcode_metadata.h": "make regen-cases",
    "Include/internal/pycore_global_strings.h": "make regen-global-objects",
    "Include/internal/pycore_runtime_init_generated.h": "make regen-global-objects",
    "Include/internal/pycore_unicodeobject_generated.h": "make regen-global-objects",
    "Python/generated_cases.c.h": "make regen-cases",
    "Python/Python-ast.c": "make regen-ast",
    "Include/internal/pycore_ast.h": "make regen-ast",
    "Parser/token.c": "make regen-token",
    "Include/internal/pycore_token.h": "make regen-token",
    "PC/python3dll.c": "make regen-limited-abi",
}

Lacks = Callable[[str], bool]


@dataclass(frozen=True)
class Ruled:
    """A path that was settled, and how, for people."""

    path: str
    how: str


def settle(objects: Objects, merge: Merge, there: str, lacks: Lacks) -> tuple[str, tuple[Ruled, ...], tuple[str, ...]]:
    """The tree with every conflict settled that has a rule, how, and the paths that are left to a person."""
    tree, ruled, left = merge.tree, [], []
    for path, stages in merge.conflicts.items():
        if _is_absent(stages) and (path.startswith(NEWS) or lacks(path)):
            tree = objects.put(tree, path, None)
            ruled.append(Ruled(path, "left out: the branch does not have this file"))
            continue
        merged = _names(objects, stages) if path == NAMES else None
        if merged is None:
            left.append(path)
            continue
        tree = objects.put(tree, path, Entry(_FILE, objects.write("blob", merged)))
        ruled.append(Ruled(path, "the new names added at their places"))
    return (tree, tuple(ruled), ()) if not left else (merge.tree, (), tuple(left))


def generator(path: str) -> str:
    """The command that writes the file anew; empty for a file that people write."""
    return next((command for part, command in GENERATED.items() if _names_it(part, path)), "")


def _names_it(part: str, path: str) -> bool:
    if part.startswith("/"):
        return part in path
    return path.startswith(part) if part.endswith("/") or part == "Python/importlib" else path == part


def _is_absent(stages: Mapping[int, Entry]) -> bool:
    """The commit changes a file that the target does not have."""
    return set(stages) == {BASE, THEIRS}


def _names(objects: Objects, stages: Mapping[int, Entry]) -> bytes | None:
    """The target's list with the names that the commit adds; None unless it only adds, each at a clear place."""
    if set(stages) != {BASE, OURS, THEIRS}:
        return None
    base, ours, theirs = (objects.read(stages[stage].sha).splitlines(keepends=True) for stage in (BASE, OURS, THEIRS))
    if not is_part(base, theirs):
        return None
    known, merged = set(base), list(ours)
    for at, line in enumerate(theirs):
        if line in known or line in merged:
            continue
        place = _place(theirs, at, merged)
        if place is None:
            return None
        merged.insert(place, line)
    return b"".join(merged)


def is_part(short: list[bytes], long: list[bytes]) -> bool:
    """Every line of `short` is in `long`, in the same order."""
    rest = iter(long)
    return all(line in rest for line in short)


def _place(theirs: list[bytes], at: int, merged: list[bytes]) -> int | None:
    """After the nearest name before it that both lists have."""
    for before in reversed(theirs[:at]):
        if merged.count(before) == 1 and before.strip():
            return merged.index(before) + 1
    return None
