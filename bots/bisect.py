"""Which of several changes broke a test? The next build that tells most, or the answer with its confidence. Pure.

The changes are 0 to n-1, oldest first; at n-1 the test was seen to fail, before 0 it worked. Each change has a weight
(how likely it looks) and each build at a change says failed or worked. A test that wavers fails with its known rate at
good changes too, so what is kept is the probability of each change, and a build is chosen by how much it would tell.

Where nothing wavers, ceil(log2 n) + 1 builds are always enough, however the weights lie.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

SURE = 0.95  # the confidence from which one change is named
SOMETIMES_WORKS = 0.02  # how often a broken test works all the same, once it is known to waver
NO_NEWS = 1e-3  # bits; a build that tells less is not worth its time


@dataclass(frozen=True)
class Ask:
    """Build change `place`: for the `attempt`-th time, from 0."""

    place: int
    attempt: int


@dataclass(frozen=True)
class Found:
    place: int
    confidence: float


@dataclass(frozen=True)
class GivenUp:
    """Nobody can be named: `among` are the places that may still be it, `wavers` says that it may be none."""

    among: tuple[int, ...]
    wavers: bool = False


def most_builds(changes: int, rate: float) -> int:
    """How many builds a search may take: of a steady test what halving needs and one more."""
    halving = math.ceil(math.log2(max(changes, 1))) + 1
    return halving if not rate else 6 * halving + 6


def step(
    weights: Sequence[float],
    seen: Mapping[int, Sequence[bool]],
    rate: float = 0.0,
    blind: Collection[int] = (),
    asked: int = 0,
) -> Ask | Found | GivenUp:
    """What to do next. `seen[place]` are the builds there, true where it failed; `blind` places cannot be built.

    `asked` counts the builds that this search has had; finished builds of others are in `seen` and cost nothing.
    """
    left = most_builds(len(weights), rate) - asked
    if not sum(_shares([1.0] * len(weights), seen, rate)):  # a steady test does not do this: it wavers after all
        rate = max(rate, 0.1)
    proven = _shares([1.0] * len(weights), seen, rate)  # what a change looks like is no proof
    best = max(range(len(weights)), key=lambda place: proven[place])
    if proven[best] >= SURE:
        return Found(best, proven[best])
    place = _most_telling(_shares(weights, seen, rate), rate, blind, left)
    if place is None or left <= 0 or proven[-1] >= SURE:
        return GivenUp(tuple(at for at, share in enumerate(proven[:-1]) if share > 0.01), proven[-1] >= 0.5)
    return Ask(place, len(seen.get(place, ())))


def _shares(weights: Sequence[float], seen: Mapping[int, Sequence[bool]], rate: float) -> list[float]:
    """The probability of each change; all 0 where none can be."""
    odds = _odds(weights, seen, rate)
    return [odd / (sum(odds) or 1.0) for odd in odds]


def _odds(weights: Sequence[float], seen: Mapping[int, Sequence[bool]], rate: float) -> list[float]:
    """How well each change explains what was seen; the last number: none of them does, the test only wavers."""
    works = SOMETIMES_WORKS if rate else 0.0
    found = []
    for culprit, likely in enumerate([*weights, sum(weights) if rate else 0.0]):
        odd = likely
        for place, builds in seen.items():
            failing = 1 - works if culprit <= place and culprit < len(weights) else rate
            for failed in builds:
                odd *= failing if failed else 1 - failing
        found.append(odd)
    return found


def _most_telling(shares: Sequence[float], rate: float, blind: Collection[int], left: int) -> int | None:
    """The change whose build is expected to tell most."""
    works = SOMETIMES_WORKS if rate else 0.0
    possible = [place for place, share in enumerate(shares[:-1]) if share > 0]
    best, most = None, NO_NEWS
    broken = 0.0
    for place in range(len(shares) - 1):
        broken += shares[place]
        if place in blind or (not rate and not _fits(possible, place, left)):
            continue
        fails = broken * (1 - works) + (1 - broken) * rate
        told = _bits(fails) - broken * _bits(works) - (1 - broken) * _bits(rate)
        if told > most + 1e-9:
            best, most = place, told
    return best


def _fits(possible: Sequence[int], place: int, left: int) -> bool:
    """Can what remains on either side still be halved down to one with the builds that remain?"""
    older = sum(each <= place for each in possible)
    return max(older, len(possible) - older) <= 1 << max(left - 1, 0)


def _bits(chance: float) -> float:
    """The entropy of a coin, in bits."""
    if not 0 < chance < 1:
        return 0.0
    return -chance * math.log2(chance) - (1 - chance) * math.log2(1 - chance)


# --- how likely a change looks ---

UNRELATED, CODE, NAMED, ITSELF = 0.2, 1.0, 3.0, 4.0
PROSE = (".rst", ".md", ".txt")
COMPILED = (".c", ".h", ".in", ".ac", ".am", ".build", ".options", ".def", ".peg", ".gram", ".asdl", ".mk")


def weight(files: Sequence[str], test: str) -> float:
    """How likely a change to these files breaks `test_list`: its own file, one named like it, code, or only prose.

    Without a test, how likely it breaks the building: what is compiled or configures, other code, or only prose.
    """
    word = test.rpartition(".")[2].removeprefix("test_").lower()
    return max((_of_file(PurePosixPath(name), test, word) for name in files), default=CODE)


def _of_file(file: PurePosixPath, test: str, word: str) -> float:
    stem = file.stem.lower()
    if not test and (file.suffix in COMPILED or stem in ("configure", "makefile")):
        return NAMED
    if test and stem == test.rpartition(".")[2]:
        return ITSELF
    if file.suffix in PROSE:
        return UNRELATED
    return NAMED if len(word) > 2 and word in stem else CODE
