"""How close splitting a suite over workers comes to what no plan can beat, max(longest, sum / workers).

`python -m console.bench.split`. The durations are those of whole runs of CPython's suite, recorded on one machine
(`buildmaster/durations`). A first run is planned by the times that were recorded of the other version, whose tests are
not quite the same; or by times each of which is wrong by a factor of up to two; or, what only a project without any
record sees and only once, by the number of cases. Split by class, the longest files may be run in parts: then the
bound, which is that of whole files, can be beaten.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping

from buildmaster import recorded, split
from buildmaster.split import Piece, Queue
from buildmaster.splitstep import MANY_WORKERS

TABLE, VERSIONS = "cpython", ("3.13", "3.12")
LEAST_S = 0.05  # of any file: what was recorded are its cases alone
WORKERS = (2, 4, 8, 16, 32)
SEEDS = range(8)
COLUMNS = ("known times", "split by class", "other version", "wrong by half", "never timed")


def durations(version: str) -> dict[str, float]:
    return {name: max(LEAST_S, took_s) for name, took_s in recorded.record(TABLE, version)["seconds"].items()}


def classes_of(version: str) -> Mapping[str, Mapping[str, float]]:
    """Seconds of the classes of the longest files."""
    found: Mapping[str, Mapping[str, float]] = recorded.record(TABLE, version)["classes"]
    return found


def elsewhere(version: str, other: str) -> dict[str, float]:
    """What the other version's record says of this one's files."""
    return split.estimate(durations(version), recorded.with_folders(durations(other)))


def wrong(seconds: Mapping[str, float], seed: int) -> dict[str, float]:
    """Times each of which is off by a factor between a half and two."""
    chance = random.Random(seed)  # noqa: S311 (a simulation)
    return {name: span * 2 ** chance.uniform(-1, 1) for name, span in seconds.items()}


def ratio(took: Mapping[str, float], guess: Mapping[str, float], workers: int) -> float:
    """How many times the lower bound a run takes that is planned by `guess`."""
    plan = split.pieces(guess, workers)
    span = split.makespan(Queue(plan, workers), {piece: took[piece.name] for piece in plan}, workers)
    return span / split.bound(took, workers)


def by_class(took: Mapping[str, float], parts: Mapping[str, Mapping[str, float]], workers: int) -> float:
    """The same with known times and the longest files split; the bound is still that of whole files."""
    return _ratio(split.pieces(took, workers, parts), took, parts, workers)


def never_timed(version: str, workers: int) -> float:
    """The same where nobody has timed anything yet; few workers take the files as they come."""
    took, parts = durations(version), classes_of(version)
    if workers < MANY_WORKERS:
        return ratio(took, dict.fromkeys(took, split.UNKNOWN_S), workers)
    return _ratio(split.untimed(took, recorded.record(TABLE, version)["cases"]), took, parts, workers)


def _ratio(
    plan: list[Piece], took: Mapping[str, float], parts: Mapping[str, Mapping[str, float]], workers: int
) -> float:
    real = {piece: _took(piece, took, parts) for piece in plan}
    return split.makespan(Queue(plan, workers), real, workers) / split.bound(took, workers)


def _took(piece: Piece, took: Mapping[str, float], parts: Mapping[str, Mapping[str, float]]) -> float:
    return sum(parts[piece.name][each] for each in piece.classes) if piece.classes else took[piece.name]


def main() -> None:
    for version, other in zip(VERSIONS, reversed(VERSIONS), strict=True):
        took = durations(version)
        total_s, longest_s = sum(took.values()), max(took.values())
        print(f"CPython {version}: {len(took)} files, {total_s:.0f} s, the longest {longest_s:.0f} s; makespan / bound")
        print(f"{'workers':>8} " + " ".join(f"{column:>15}" for column in COLUMNS))
        for workers in WORKERS:
            halves = [ratio(took, wrong(took, seed), workers) for seed in SEEDS]
            row = (
                ratio(took, took, workers),
                by_class(took, classes_of(version), workers),
                ratio(took, elsewhere(version, other), workers),
                statistics.median(halves),
                never_timed(version, workers),
            )
            print(f"{workers:>8} " + " ".join(f"{each:>15.3f}" for each in row))
    print("wanted: at most 1.05 with known times, 1.2 on a first run")


if __name__ == "__main__":
    main()
