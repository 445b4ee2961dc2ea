"""When a push is built: once its branch has been quiet, or has kept us waiting for long enough. Rows and a clock in.

Pushes on a branch that follow one another closely are one burst: the last of them is built, the others are built with
it. Where a burst ends is told by the times at which they were asked for, never by when somebody looked, so a master
that was away makes the same builds later. Without the longest wait a busy day would put the slow builders off for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.results import BuildRequest

QUICK, SLOW = "quick", "slow"  # the paces of a push


@dataclass(frozen=True)
class Patience:
    """In seconds: how long a branch has to be quiet, and how long the first push of a burst waits at most."""

    quiet_s: float
    most_s: float


@dataclass(frozen=True)
class Due:
    """Build `request` now; those of `joined` are built with it."""

    request: BuildRequest
    joined: tuple[BuildRequest, ...] = ()


def due(waiting: Sequence[BuildRequest], patience: Mapping[str, Patience], now: datetime) -> list[Due]:
    """What is to be built now, in the order in which it was asked for. A pace without patience waits for nothing."""
    ready = [Due(each) for each in waiting if each.pace not in patience]
    for (_, pace), pushes in _by_branch(each for each in waiting if each.pace in patience).items():
        for burst in _bursts(pushes, patience[pace]):
            if _fires(burst, patience[pace]) <= now:
                ready.append(Due(burst[-1], tuple(burst[:-1])))
    return sorted(ready, key=lambda each: each.request.id)


def _by_branch(pushes: Iterable[BuildRequest]) -> dict[tuple[str, str], list[BuildRequest]]:
    found: dict[tuple[str, str], list[BuildRequest]] = {}
    for push in sorted(pushes, key=lambda each: (each.asked, each.id)):
        found.setdefault((push.branch, push.pace), []).append(push)
    return found


def _bursts(pushes: Sequence[BuildRequest], patience: Patience) -> Iterator[list[BuildRequest]]:
    """`pushes` oldest first. What comes before a burst is built belongs to it."""
    burst = [pushes[0]]
    for push in pushes[1:]:
        if _asked(push) >= _fires(burst, patience):
            yield burst
            burst = []
        burst.append(push)
    yield burst


def _fires(burst: Sequence[BuildRequest], patience: Patience) -> datetime:
    quiet = _asked(burst[-1]) + timedelta(seconds=patience.quiet_s)
    return min(quiet, _asked(burst[0]) + timedelta(seconds=patience.most_s))


def _asked(request: BuildRequest) -> datetime:
    return datetime.fromisoformat(request.asked)
