"""The people of the story, each at one repository, with a fork of their own where they may not push to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forge.local.person import Person


@dataclass
class Player:
    """A person who works on `repository`. `fork` is where they push: their own after `make_fork`."""

    person: Person
    repository: str
    fork: str = ""

    @property
    def token(self) -> str:
        return self.person.token

    async def make_fork(self) -> None:
        self.fork = await self.person.fork(self.repository)

    async def push(self, branch: str, message: str, files: Mapping[str, str] | None = None, patch: str = "") -> str:
        """Commit and push; the new commit."""
        return await self.person.push(self.fork or self.repository, branch, message, files, patch)

    async def push_revert(self, branch: str, commit: str) -> None:
        """A branch of the repository on which `commit` is taken back, as `git revert` does it."""
        await self.person.push(self.repository, branch, f"Revert {commit[:12]}", revert=commit)

    async def open_pull(self, branch: str, title: str, body: str) -> int:
        owner = self.fork.partition("/")[0]
        return await self.person.open_pull(self.repository, f"{owner}:{branch}" if owner else branch, title, body)

    async def open_issue(self, title: str, body: str) -> int:
        return await self.person.open_issue(self.repository, title, body)

    async def comment(self, number: int, body: str) -> None:
        await self.person.comment(self.repository, number, body)

    async def review(self, number: int, event: str, body: str) -> None:
        await self.person.review(self.repository, number, event, body)

    async def label(self, number: int, name: str) -> None:
        await self.person.label(self.repository, number, name)

    async def merge(self, number: int) -> str:
        """Squash and merge; the commit on the base branch."""
        return await self.person.merge(self.repository, number, "squash")
