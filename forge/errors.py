"""How a call to GitHub can fail, by what we do about it: wait, give up, or try again and count."""

from __future__ import annotations

from datetime import datetime


class GitHubError(Exception):
    """A call failed. Itself: a fault on the other side that may be the call's own (500): try again, and count."""


class Later(GitHubError):
    """Nobody's fault: a rate limit. No call may be made before `until`."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(f"{reason}; again after {until:%H:%M:%S} UTC")
        self.until = until


class Unavailable(Later):
    """GitHub did not answer, or a gateway answered for it. What was asked may have been done all the same."""


class Refused(GitHubError):
    """A definite no: asking the same again gives the same."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"GitHub answered {status}: {message}")
        self.status = status

    @property
    def missing(self) -> bool:
        """What the call was about does not exist, or no longer."""
        return self.status in (404, 410)
