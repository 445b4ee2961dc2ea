"""When people are reminded that a branch changes its status: 90, 30, 7 and 0 days before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.branches import Registry, Status

DAYS_BEFORE = (90, 30, 7, 0)
ASKS = {
    Status.PRERELEASE: "new-branch",
    Status.SECURITY: "security",
    Status.END_OF_LIFE: "end-of-life",
}  # which transition a status asks a person for


@dataclass(frozen=True)
class Reminder:
    """A change of status that is near. `left` is in days; `is_due` on the days on which people are told."""

    branch: str
    status: Status
    day: date
    left: int
    release_manager: str

    @property
    def is_due(self) -> bool:
        return self.left in DAYS_BEFORE

    def __str__(self) -> str:
        when = f"in {self.left} days" if self.left > 1 else ("tomorrow" if self.left else "today")
        command = f"camelot transition {self.branch} {ASKS[self.status]}"
        return f"{self.branch} becomes {self.status} {when}, on {self.day} ({self.release_manager}): {command}"


def near(registry: Registry, today: date) -> list[Reminder]:
    """Every change of status within the longest time before it, soonest first."""
    return sorted(_near(registry, today), key=lambda reminder: (reminder.day, reminder.branch))


def _near(registry: Registry, today: date) -> Iterator[Reminder]:
    for branch in registry:
        for turn in branch.turns:
            left = (turn.day - today).days
            if turn.status in ASKS and 0 <= left <= max(DAYS_BEFORE):
                yield Reminder(branch.version, turn.status, turn.day, left, branch.release_manager)


def due(registry: Registry, today: date) -> list[Reminder]:
    """Those that people are told of on this day."""
    return [reminder for reminder in near(registry, today) if reminder.is_due]
