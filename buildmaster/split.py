"""Splits a suite over the workers of a builder: pure, no clock, no Buildbot.

Who is free takes the longest tests that are left, about as many as are half of a fair share, at the end one by one: so
nobody waits long for the last one. A file that takes more than half of a fair share is split by class where its
classes are known. What a worker that went away had taken goes back and is given to the next.

The list of the slowest tests at the end of a run has ten: a chunk has no more, so that its log tells all durations.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MOST_FILES = 10
UNKNOWN_S = 1.0  # a test of which nobody knows anything, where nothing is known of the others either
MANY_CASES, SOME_CASES = 100, 25  # untimed files with so many cases are split into parts with so few
SHARES = 2  # a chunk is at most this part of what each worker would have to do

Known = Mapping[str, float]  # seconds of each test that has been timed


@dataclass(frozen=True)
class Piece:
    """A test file, or the classes of it in `classes`; `seconds` as far as known."""

    name: str
    seconds: float
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chunk:
    """What a worker runs at a time. Classes stand alone: a pattern would choose among the cases of other files too."""

    pieces: tuple[Piece, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """What the test runner is given."""
        patterns = [part for piece in self.pieces for each in piece.classes for part in ("-m", f"*.{each}.*")]
        return (*patterns, *(piece.name for piece in self.pieces))

    @property
    def seconds(self) -> float:
        return sum(piece.seconds for piece in self.pieces)


def estimate(names: Iterable[str], *sources: Known) -> dict[str, float]:
    """Seconds of each test, from the first source that knows it.

    What none knows is taken for as long as the longest: it begins early, and nobody waits for it in the end. But where
    most are not known, what is known is a log's list of the slowest: the others are not longer than the last of these.
    Each source is scaled to those before it, by the tests that both know: machines and ways to test differ.
    """
    names, found = list(names), dict[str, float]()
    for source in sources:
        both = [name for name in found if source.get(name)]
        scale = sum(found[name] for name in both) / sum(source[name] for name in both) if both else 1.0
        found |= {name: source[name] * scale for name in names if name not in found and source.get(name)}
    usual = (max if 2 * len(found) >= len(names) else min)(found.values(), default=UNKNOWN_S)
    return {name: found.get(name, usual) for name in names}


def too_long(seconds: Mapping[str, float], workers: int) -> list[str]:
    """The files of which a worker alone would have more than its fair part to do, the longest first."""
    most_s = sum(seconds.values()) / max(1, workers) / SHARES
    return sorted((name for name, took_s in seconds.items() if took_s > most_s), key=lambda name: -seconds[name])


def classes_in(lines: Iterable[str], names: Collection[str]) -> dict[str, dict[str, float]]:
    """How many cases each class of these files has, from their ids, one a line: `test.test_x.Class.test_method`.

    Of a file that is a folder of modules, classes of one name are one: a pattern could not tell them apart.
    """
    known = {name.removeprefix("test."): name for name in names}
    found: dict[str, dict[str, float]] = {}
    for line in lines:
        parts = line.removeprefix("test.").split(".")
        places = (".".join(parts[:end]) for end in range(len(parts) - 2, 0, -1))
        if (place := next((each for each in places if each in known), None)) is not None:
            counts = found.setdefault(known[place], {})
            counts[parts[-2]] = counts.get(parts[-2], 0) + 1
    return found


def pieces(
    seconds: Mapping[str, float], workers: int, classes: Mapping[str, Mapping[str, float]] | None = None
) -> list[Piece]:
    """The work, longest first. `classes` has for a file the seconds of its classes, or equal parts."""
    fair = sum(seconds.values()) / max(1, workers)
    made: list[Piece] = []
    for name, took_s in seconds.items():
        parts = (classes or {}).get(name) or {}
        if took_s > fair / SHARES and len(parts) > 1:
            made += _by_class(name, took_s, parts, fair / SHARES)
        else:
            made.append(Piece(name, took_s))
    return sorted(made, key=lambda piece: (-piece.seconds, piece.name, piece.classes))


def untimed(names: Iterable[str], cases: Mapping[str, Mapping[str, float]]) -> list[Piece]:
    """The work where nobody has timed anything yet, most cases first; `cases` has for a file those of its classes.

    Any file with many cases may be the longest: it is split, so that nobody waits for it in the end. That starts the
    runner more often, and is worth it only for many workers, and once.
    """
    made: list[Piece] = []
    for name in names:
        parts = cases.get(name) or {}
        count = sum(parts.values())
        if count >= MANY_CASES and len(parts) > 1:
            made += _by_class(name, count, parts, SOME_CASES)
        else:
            made.append(Piece(name, count + UNKNOWN_S))
    return sorted(made, key=lambda piece: (-piece.seconds, piece.name, piece.classes))


def is_untimed(names: Collection[str], *sources: Known) -> bool:
    """Whether no source knows any of them."""
    return not any(source.get(name) for source in sources for name in names)


def _by_class(name: str, took_s: float, parts: Mapping[str, float], most_s: float) -> list[Piece]:
    """Classes of a file in as few pieces as there must be, none longer than `most_s` that can be shorter."""
    scale = took_s / (sum(parts.values()) or 1.0)
    count = max(1, min(len(parts), round(took_s / most_s + 0.5)))
    bins: list[tuple[float, int, list[str]]] = [(0.0, place, []) for place in range(count)]
    for each, seconds in sorted(parts.items(), key=lambda row: (-row[1], row[0])):
        filled, place, members = heapq.heappop(bins)
        heapq.heappush(bins, (filled + seconds * scale, place, [*members, each]))
    return [Piece(name, filled, tuple(sorted(members))) for filled, _, members in bins if members]


def left(plan: Iterable[Piece], done: Iterable[Sequence[str]], classes: Mapping[str, Collection[str]]) -> list[Piece]:
    """What of a plan is not done. `done` are names of files, each with the classes of it that were run; none: all.

    `classes` are all those of a file, for files that the plan leaves whole and of which some classes are done.
    """
    ran: dict[str, set[str]] = {}
    for name, *some in done:
        ran.setdefault(name, set()).update(some or [""])
    rest: list[Piece] = []
    for piece in plan:
        seen = ran.get(piece.name, set())
        mine = piece.classes or (tuple(sorted(classes.get(piece.name, ()))) if seen else ())
        todo = tuple(each for each in mine if each not in seen)
        if "" in seen or (mine and not todo):
            continue
        share = len(todo) / len(mine) if mine else 1.0
        rest.append(Piece(piece.name, piece.seconds * share, todo))
    return rest


@dataclass
class Queue:
    """The work of one build, longest first. `take`, then `done` or `give_back`."""

    waiting: list[Piece]
    workers: int
    taken: list[Chunk] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        return not self.waiting and not self.taken

    def take(self) -> Chunk | None:
        """The next chunk; None when nothing waits: it may yet, while something is taken."""
        if not self.waiting:
            return None
        room = sum(piece.seconds for piece in self.waiting) / (SHARES * max(1, self.workers))
        first = self.waiting[0]
        chosen, filled = [0], first.seconds
        for place in range(1, len(self.waiting)):
            if first.classes or len(chosen) == MOST_FILES or filled >= room:
                break
            piece = self.waiting[place]
            if not piece.classes and filled + piece.seconds <= room:
                chosen.append(place)
                filled += piece.seconds
        chunk = Chunk(tuple(self.waiting[place] for place in chosen))
        for place in reversed(chosen):
            del self.waiting[place]
        self.taken.append(chunk)
        return chunk

    def done(self, chunk: Chunk) -> None:
        self.taken.remove(chunk)

    def give_back(self, chunk: Chunk) -> None:
        """Its worker went away: it is the next to be taken."""
        self.taken.remove(chunk)
        self.waiting = [*chunk.pieces, *self.waiting]


# --- several verdicts become one ---

WORST = ("uncaught_exc", "worker_failed", "worker_bug", "timeout", "refleak", "failed", "env_changed", "interrupted")


def merged(verdicts: Sequence[Mapping[str, object]], names: Collection[str]) -> dict[str, object]:
    """One verdict of a suite's parts. Complete only when each of them is and every test of `names` was told of."""
    files: dict[str, dict[str, object]] = {}
    for verdict in verdicts:
        for file in _rows(verdict, "files"):
            name = str(file["name"])
            files[name] = _joined(files[name], file) if name in files else dict(file)
    complete = bool(verdicts) and all(each["complete"] for each in verdicts) and files.keys() >= set(names)
    lists = {key: sorted({str(name) for each in verdicts for name in _rows(each, key)}) for key in LISTS}
    lists["flaky"] = [name for name in lists["flaky"] if name not in lists["failed"]]
    return {
        "result": ("failure" if lists["failed"] else "success") if complete else "",
        "complete": complete,
        "files": list(files.values()),
        **{key: found if complete else [] for key, found in lists.items()},
        "totals": _totals(verdicts, sum(len(_rows(each, "files")) for each in verdicts) - len(files)),
    }


LISTS = ("failed", "flaky", "env_changed", "leaked")


def _rows(verdict: Mapping[str, object], key: str) -> list[dict[str, object]]:
    found = verdict.get(key) or []
    assert isinstance(found, list)  # noqa: S101 (the shape of a verdict)
    return found


def _joined(one: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    """Two parts of a file: the worse of them has the word."""
    rank = {state: place for place, state in enumerate(WORST)}
    first, second = sorted((one, other), key=lambda file: rank.get(str(file["state"]), len(WORST)))
    took = [float(str(file["duration_s"])) for file in (one, other) if file["duration_s"] is not None]
    return {
        **first,
        "duration_s": sum(took) if len(took) == 2 else None,
        "cases": [*_rows(first, "cases"), *_rows(second, "cases")],
        "leaks": [*_rows(first, "leaks"), *_rows(second, "leaks")],
    }


def _totals(verdicts: Iterable[Mapping[str, object]], more: int) -> dict[str, object]:
    """Numbers added up; the duration is the machines' time, not the clock's.

    `more` files were told of than there are, because parts of them ran apart: each is counted once.
    """
    sums: dict[str, object] = {}
    for verdict in verdicts:
        totals = verdict.get("totals")
        for key, value in (totals if isinstance(totals, dict) else {}).items():
            if isinstance(value, dict):
                before = sums.get(key)
                kept = dict(before) if isinstance(before, dict) else {}
                sums[key] = {each: kept.get(each, 0) + value.get(each, 0) for each in {**kept, **value}}
            elif isinstance(value, int | float):
                before = sums.get(key, 0.0)
                sums[key] = round((before if isinstance(before, int | float) else 0.0) + value, 3)
    if isinstance(counted := sums.get("files"), dict):
        sums["files"] = {each: count - more * (each in ("run", "run_of")) for each, count in counted.items()}
    return sums


# --- what a plan would come to ---


def bound(seconds: Mapping[str, float], workers: int, longest_s: float | None = None) -> float:
    """No plan ends before this: an equal share, or the longest part that cannot be split."""
    longest = max(seconds.values(), default=0.0) if longest_s is None else longest_s
    return max(longest, sum(seconds.values()) / workers)


def makespan(queue: Queue, took: Mapping[Piece, float], workers: int, start_s: float = 0.0) -> float:
    """When the last worker would end, if each piece took what it says, and each chunk `start_s` more to begin."""
    free = [0.0] * workers
    heapq.heapify(free)
    end = 0.0
    while chunk := queue.take():
        ends = heapq.heappop(free) + start_s + sum(took[piece] for piece in chunk.pieces)
        queue.done(chunk)
        heapq.heappush(free, ends)
        end = max(end, ends)
    return end
