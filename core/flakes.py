"""Does a test waver, and why do we think so? Pure judgement on its history, and the rules that people have written.

The signs, strongest first: it passed when it was run again in the same build; one commit both failed and passed on one
builder; it failed between passes, on fewer than four builders and fewer than four times in a row (the rule of Go's
watchflakes: https://go.dev/wiki/Watchflakes). A failure that is new and steady is none of these.

A rule is one line of text, and it ends:

    test_socket until 2026-12-31 on ^asan when failed because gh-1234: the port is taken now and then

`on` (a regular expression on builder names) and `when` (failed, leaked, env_changed, crashed) may be left out; `*` in
the test's name stands for anything.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core.outcomes import Outcome

WINDOW = 200  # newest results that are looked at
FEW_BUILDERS = FEW_IN_A_ROW = 4
ENOUGH = 3  # results before a rate is worth anything
LONGEST_RULE = 500
KINDS = ("failed", "leaked", "env_changed", "crashed")


@dataclass(frozen=True)
class Flake:
    """`wavers` with its reason in words; `rate` is the share of runs that failed at first, 0 to 1."""

    wavers: bool
    reason: str
    rate: float


def judge(history: Sequence[Outcome]) -> Flake:
    """The verdict on one test of one branch, from its results on all builders, newest first."""
    seen = history[:WINDOW]
    rate = _rate(seen)
    for sign in (_passed_again, _both_ways, _apart):
        if reason := sign(seen):
            return Flake(True, reason, rate)
    return Flake(
        False, "it fails and passes by the commit" if any(row.bad for row in seen) else "it has never failed", rate
    )


def _rate(history: Sequence[Outcome]) -> float:
    """Of the builders' results up to the last one that worked: a new breakage is not counted as wavering."""
    wrong = total = 0
    for mine in _by_builder(history).values():
        settled = list(_after_streak(mine))
        wrong += sum(not row.good for row in settled)
        total += len(settled)
    return wrong / total if total >= ENOUGH else float(bool(wrong) and wrong / total)


def _passed_again(history: Sequence[Outcome]) -> str:
    times = sum(row.wavered for row in history)
    return f"it passed when run again in {times} of {len(history)} builds" if times else ""


def _both_ways(history: Sequence[Outcome]) -> str:
    seen: dict[tuple[str, str], set[bool]] = {}
    for row in history:
        seen.setdefault((row.builder, row.commit), set()).add(row.bad)
    both = [commit for (_, commit), ways in seen.items() if len(ways) > 1]
    return f"commit {both[0][:10]} both failed and passed on one builder" if both else ""


def _apart(history: Sequence[Outcome]) -> str:
    """Failures between passes, that neither many builders nor many builds in a row saw."""
    builders_of = Counter(commit for commit, _ in {(row.commit, row.builder) for row in history if row.bad})
    times = 0
    for mine in _by_builder(history).values():
        runs = [run for run in _streaks(_after_streak(mine)) if len(run) < FEW_IN_A_ROW]
        times = max(times, sum(builders_of[run[0].commit] < FEW_BUILDERS for run in runs))
    if times < 2:  # once broken and once mended is what commits do
        return ""
    return f"it failed {times} times between passes, never on {FEW_BUILDERS} builders nor {FEW_IN_A_ROW} times in a row"


def _streaks(rows: Iterable[Outcome]) -> Iterable[list[Outcome]]:
    """Runs of failures with a pass on both sides."""
    run: list[Outcome] = []
    for row in rows:
        if row.bad:
            run.append(row)
        else:
            if run:
                yield run
            run = []


def _after_streak(rows: Sequence[Outcome]) -> Sequence[Outcome]:
    """Without the failures that go on now."""
    start = next((place for place, row in enumerate(rows) if not row.bad), len(rows))
    return rows[start:]


def _by_builder(history: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for row in history:
        found.setdefault(row.builder, []).append(row)
    return found


# --- what people know ---


@dataclass(frozen=True)
class Rule:
    """A flake that people know of, until a day."""

    test: str
    until: date
    why: str
    builders: str = ""
    kind: str = ""

    def covers(self, test: str, kind: str, builder: str, today: date) -> bool:
        return (
            today <= self.until
            and fnmatch.fnmatchcase(test, self.test)
            and self.kind in ("", kind)
            and (not self.builders or re.search(self.builders, builder) is not None)
        )


_RULE = re.compile(
    r"(?P<test>[\w.*?]{1,200}) until (?P<until>\S+)(?: on (?P<builders>\S+))?(?: when (?P<kind>\S+))?"
    r" because (?P<why>\S.*)"
)


def rules(text: str) -> tuple[Rule, ...]:
    """The rules in a text, one a line; `#` begins a comment. Raises ValueError that names the line."""
    lines = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), 1))
    return tuple(_rule(number, line) for number, line in lines if line)


def _rule(number: int, line: str) -> Rule:
    found = _RULE.fullmatch(line) if len(line) <= LONGEST_RULE else None
    if found is None:
        raise ValueError(
            f"known flakes, line {number}: {line[:80]!r} is no rule: write TEST until YYYY-MM-DD"
            " [on BUILDERS] [when KIND] because WHY"
        )
    kind, builders = found["kind"] or "", found["builders"] or ""
    if kind and kind not in KINDS:
        raise ValueError(f"known flakes, line {number}: {kind!r} is no kind: write one of {', '.join(KINDS)}")
    try:
        until = date.fromisoformat(found["until"])
        re.compile(builders)
    except ValueError as error:
        raise ValueError(f"known flakes, line {number}: {found['until']!r} is no day: write 2026-12-31") from error
    except re.error as error:
        raise ValueError(f"known flakes, line {number}: {builders!r} is not a regular expression: {error}") from error
    return Rule(found["test"], until, found["why"], builders, kind)


def matches(rule: Rule, test: str) -> bool:
    """The rule is about this test, on some builder and some day."""
    return fnmatch.fnmatchcase(test, rule.test)


def known(found: Sequence[Rule], test: str, kind: str, builder: str, today: date) -> Rule | None:
    """The rule that covers a failure, if any is in force today."""
    return next((rule for rule in found if rule.covers(test, kind, builder, today)), None)
