"""How close splitting a suite over workers comes to what no plan can beat, max(longest, sum / workers).

`python -m console.bench.split`. The durations are made, from a fixed seed, in the shape of what a whole run of CPython
3.13's 478 test files was measured to have: median 0.2 s, 78 % below 1 s, the longest 47 s, the ten longest a third of
the 880 s in all (a log-normal distribution, cut off at the longest). A first run knows only how long each test took on
another builder, which is wrong by a factor of up to two either way; or nothing at all.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping

from buildmaster import split
from buildmaster.split import Piece, Queue

FILES, MEDIAN_S, SPREAD, LONGEST_S = 478, 0.204, 2.04, 47.5
START_S = 0.0  # the bound knows no such cost either
WORKERS = (2, 4, 8, 16, 32)
SEEDS = range(8)


def durations(seed: int) -> dict[str, float]:
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    spans = [min(LONGEST_S, MEDIAN_S * chance.lognormvariate(0, SPREAD)) for _ in range(FILES)]
    return {f"test_{number}": span for number, span in enumerate(spans)}


def classes_of(seconds: Mapping[str, float], seed: int) -> dict[str, dict[str, float]]:
    """Every file has one to twelve classes of unequal length, as CPython's long ones have."""
    chance = random.Random(seed + 1000)  # noqa: S311
    made = {}
    for name, took_s in seconds.items():
        parts = [chance.expovariate(1) for _ in range(chance.randint(1, 12))]
        made[name] = {f"C{place}": part / sum(parts) * took_s for place, part in enumerate(parts)}
    return made


def ratio(took: Mapping[str, float], guess: Mapping[str, float], workers: int) -> float:
    """How many times the lower bound a run takes that is planned by `guess`."""
    plan = split.pieces(guess, workers)
    span = split.makespan(Queue(plan, workers), {piece: took[piece.name] for piece in plan}, workers, START_S)
    return span / split.bound(took, workers)


def by_class(took: Mapping[str, float], parts: Mapping[str, Mapping[str, float]], workers: int) -> float:
    """The same with the longest files split; the bound is still that of whole files, so that it may be beaten."""
    plan = split.pieces(took, workers, parts)
    real = {piece: _took(piece, took, parts) for piece in plan}
    return split.makespan(Queue(plan, workers), real, workers, START_S) / split.bound(took, workers)


def _took(piece: Piece, took: Mapping[str, float], parts: Mapping[str, Mapping[str, float]]) -> float:
    return sum(parts[piece.name][each] for each in piece.classes) if piece.classes else took[piece.name]


def wrong(seconds: Mapping[str, float], seed: int) -> dict[str, float]:
    """Times of another builder: each off by a factor between a half and two."""
    chance = random.Random(seed + 2000)  # noqa: S311
    return {name: span * 2 ** chance.uniform(-1, 1) for name, span in seconds.items()}


def main() -> None:
    print(f"makespan / lower bound, the middle and the worst of {len(SEEDS)} suites of {FILES} files")
    print(f"{'workers':>8} {'known times':>16} {'split by class':>16} {'another builder':>16} {'nothing known':>16}")
    for workers in WORKERS:
        rows: list[list[float]] = [[], [], [], []]
        for seed in SEEDS:
            took = durations(seed)
            guesses = (took, wrong(took, seed), dict.fromkeys(took, split.UNKNOWN_S))
            known, other, nothing = (ratio(took, guess, workers) for guess in guesses)
            for row, value in zip(
                rows, (known, by_class(took, classes_of(took, seed), workers), other, nothing), strict=True
            ):
                row.append(value)
        print(f"{workers:>8} " + " ".join(f"{f'{statistics.median(row):.3f} {max(row):.3f}':>16}" for row in rows))
    print("wanted: at most 1.05 with known times, 1.2 on a first run")


if __name__ == "__main__":
    main()
