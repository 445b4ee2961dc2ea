"""The words of a failure notice: calm first, then what broke, where, since when, how sure we are, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bots.prose import block, cell, code, folded, short
from forge.facts import Facts, FarmFacts, Notice, Suspect

# How each kind of builder is configured, and what its test run adds. Other kinds: as the plain build.
BUILDS = {
    "debug": ("./configure --with-pydebug", ""),
    "release": ("./configure", ""),
    "nondebug": ("./configure CFLAGS=-UNDEBUG", ""),
    "asan": ("./configure --without-pymalloc --with-address-sanitizer", ""),
    "ubsan": ("./configure --with-undefined-behavior-sanitizer", ""),
    "refleak": ("./configure --with-pydebug", "-R 3:3"),
    "lto-pgo": ("./configure --with-lto --enable-optimizations", ""),
    "traceref": ("./configure --with-pydebug --with-trace-refs", ""),
    "s390x": ("./configure --host=s390x-linux-gnu --with-pydebug", ""),
    "aarch64": ("./configure --host=aarch64-linux-gnu --with-pydebug", ""),
    "nogil": ("./configure --with-pydebug --disable-gil", ""),
}
BEFORE = {
    "asan": "export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:handle_segv=0\n",
    "s390x": "sudo apt-get install qemu-user gcc-s390x-linux-gnu libc6-dev-s390x-cross\n",
    "aarch64": "sudo apt-get install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross\n",
}

SHOWN_COMMANDS = 2  # one for each kind of builder; more repeat themselves
_TEST = re.compile(r"[\w.]+", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")

BROKEN = """\
Hi{who}! After this was merged, the farm found something on `{branch}` that worked before. Don't worry: finding it is \
what the farm is for, and it is easily put right.

**What is broken**

{what}

| Builder | Worker | Tier | Now | Build |
|---|---|---|---|---|
{builders}

Commit {commit}, seen first at {since}.

**Is it this change?** {sure}

**See it on your machine**

```sh
{commands}
```

**What to do**

1. Open the build and read the end of its log, then try the commands above.
2. If it is this change: send a pull request with a fix, or, when a fix takes longer than a day, one that reverts \
{commit}. A revert is no judgement; it lets everybody else go on.
3. If it is not, or if you would like a hand: say so here, and somebody will look at it with you.

This comment keeps itself up to date, and says so when all is green again."""

FIXED = """\
**Fixed.** Every builder that failed is green again on `{branch}`, since {by}. Thank you!

{before}"""


def broken(facts: Facts, branch: str, commit: str, notices: Sequence[Notice]) -> str:
    """The comment while something is broken by `commit`."""
    ordered = sorted(notices, key=lambda each: each.key)
    return BROKEN.format(
        who=_who(facts, ordered),
        branch=branch,
        what="\n".join(_what(each) for each in ordered),
        builders="\n".join(_builders(ordered)),
        commit=commit,
        since=_when(min(str(each.body["since"]) for each in ordered)),
        sure=_sure(ordered),
        commands=_commands(commit, ordered),
    )


def fixed(facts: Facts, farm: FarmFacts, commit: str, notices: Sequence[Notice]) -> str:
    """The comment once all is mended; what it said before stays behind a line."""
    build = farm.build
    fixes = [suspect(each) for each in farm.suspects] if build.green else []
    by = f"{build.commit}" + (f" ({', '.join(fixes)})" if fixes else "")
    before = folded("What was broken", broken(facts, build.branch, commit, notices))
    return FIXED.format(branch=build.branch, by=by, before=before)


def suspect(each: Suspect) -> str:
    return f"#{each.number}" if each.number else short(each.commit)


def _who(facts: Facts, notices: Iterable[Notice]) -> str:
    """The one person who is called: the author of the pull request."""
    authors = {str(each.body.get("author") or "") for each in notices}
    called = [f"@{name}" for name in sorted(authors) if _LOGIN.fullmatch(name) and name != "ghost"]
    return f" {called[0]}" if len(called) == 1 else ""


def _what(each: Notice) -> str:
    rows: Any = each.body.get("cases") or ()
    cases = [folded(row["id"], block(row["traceback"])) for row in rows if row["traceback"]]
    names = [f"  - {code(row['id'])}" for row in rows if not row["traceback"]]
    told = "\n\n".join("\n".join(f"  {line}" for line in case.splitlines()) for case in cases)
    return "\n".join(part for part in (f"- {_plain(str(each.body['sentence']))}", *names, told) if part)


def _builders(notices: Iterable[Notice]) -> list[str]:
    """A row for each builder, red while any of the notices is red there."""
    rows: dict[str, dict[str, Any]] = {}
    for each in notices:
        seen: Any = each.body.get("builders") or {}
        for name, row in seen.items():
            if name not in rows or row["red"]:
                rows[name] = row
    return [
        f"| {cell(code(name))} | {cell(code(row['worker'] or 'unknown'))} | {row['tier']} "
        f"| {'failing' if row['red'] else 'green again'} | [log]({row['url']}) |"
        for name, row in sorted(rows.items())
    ]


def _sure(notices: Sequence[Notice]) -> str:
    body = notices[0].body
    builders = {name for each in notices for name in _names(each)}
    parts = [_searched(body)] if body.get("sure") else ["Most likely: it is the only change between"]
    if not body.get("sure"):
        parts.append(f"{body['good']}, where this still worked, and the first build that failed.")
    if len(builders) > 1:
        parts.append(f"{len(builders)} builders agree.")
    if any(each.body.get("again") for each in notices):
        parts.append("It failed again when it was run a second time.")
    return " ".join(parts)


def _searched(body: Mapping[str, Any]) -> str:
    """How a search among several changes ended."""
    found = body["search"]
    others = len(found["candidates"]) - 1
    alone = "of this test alone" if found["test"] else "without tests"
    taken = f"{found['builds']} build{'' if found['builds'] == 1 else 's'} {alone}"
    return (
        f"Yes, as far as builds can tell ({float(found['confidence']):.0%}): it came in together with {others} other"
        f" change{'' if others == 1 else 's'}, and {taken} on `{found['builder']}` found it: {body['sure']}."
    )


def _names(each: Notice) -> list[str]:
    builders: Any = each.body.get("builders") or {}
    return list(builders)


def _commands(commit: str, notices: Sequence[Notice]) -> str:
    """What to type, by the kinds of builders that saw it."""
    kinds: dict[str, list[Notice]] = {}
    for each in notices:
        builders: Any = each.body.get("builders") or {}
        for row in builders.values():
            kinds.setdefault(str(row["kind"]), []).append(each)
    lines = [_command(kind, mine) for kind, mine in sorted(kinds.items())[:SHOWN_COMMANDS]]
    return f"git checkout {commit}\n" + "\n".join(lines)


def _command(kind: str, notices: Sequence[Notice]) -> str:
    configure, options = BUILDS.get(kind, BUILDS["release"])
    step = next((str(each.body["kind"]) for each in notices if str(each.body["kind"]).startswith("step:")), "")
    if step == "step:configure":
        return configure
    if step == "step:compile":
        return f"{configure} && make"
    tests = dict.fromkeys(str(each.body["test"]) for each in notices)
    named = [name for name in tests if _TEST.fullmatch(name)]
    chosen = " ".join(part for part in (options, *named) if part)
    return f'{BEFORE.get(kind, "")}{configure} && make && make buildbottest TESTOPTS="{chosen}"'


def _plain(sentence: str) -> str:
    """A sentence of the farm's; a reason in it may hold anything, so all but the harmless stands in code."""
    return sentence if re.fullmatch(r"[\w .,:\[\]()-]+", sentence) else code(sentence)


def _when(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"
