"""A person at work on one repository: the same doors as `Person`, without naming the repository each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forge.local.person import Person, Refusal


@dataclass(frozen=True)
class Contributor:
    """Pushes go to the contributor's own fork where there is one, else to the repository itself."""

    forge_url: str
    login: str
    token: str
    repository: str  # owner/name, the one that pull requests are for
    email: str = ""
    name: str = ""

    @property
    def person(self) -> Person:
        return Person(self.forge_url, self.login, self.token, self.email, self.name)

    async def fork(self) -> str:
        return await self.person.fork(self.repository)

    async def home(self) -> str:
        """Where this contributor's branches live."""
        own = f"{self.login}/{self.repository.partition('/')[2]}"
        try:
            return str((await self.person.get(f"/repos/{own}"))["full_name"])
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return self.repository

    async def push(
        self,
        branch: str,
        *,
        message: str,
        files: Mapping[str, str | bytes | None] | None = None,
        patch: str = "",
        revert: str = "",
        base: str = "main",
        force: bool = False,
    ) -> str:
        """The new commit; see `Person.push`."""
        return await self.person.push(
            await self.home(),
            branch,
            message,
            files,
            patch=patch,
            revert=revert,
            base=base,
            upstream=self.repository,
            force=force,
        )

    async def open_pull(self, branch: str, title: str, body: str = "", base: str = "main", draft: bool = False) -> int:
        head = f"{(await self.home()).partition('/')[0]}:{branch}"
        return await self.person.open_pull(self.repository, head, title, body, base, draft)

    async def open_issue(self, title: str, body: str = "") -> int:
        return await self.person.open_issue(self.repository, title, body)

    async def edit_pull(self, number: int, **changes: Any) -> Any:
        return await self.person.edit_pull(self.repository, number, **changes)

    async def comment(self, number: int, body: str) -> int:
        return await self.person.comment(self.repository, number, body)

    async def review(self, number: int, event: str, body: str = "") -> int:
        return await self.person.review(self.repository, number, event, body)

    async def label(self, number: int, *names: str) -> None:
        await self.person.label(self.repository, number, *names)

    async def unlabel(self, number: int, name: str) -> None:
        await self.person.unlabel(self.repository, number, name)

    async def labels(self, number: int) -> set[str]:
        return await self.person.labels(self.repository, number)

    async def statuses(self, ref: str) -> dict[str, str]:
        return await self.person.statuses(self.repository, ref)

    async def merge(self, number: int, method: str = "squash", **more: str) -> str:
        return await self.person.merge(self.repository, number, method, **more)

    async def close(self, number: int) -> None:
        await self.person.close(self.repository, number)

    async def get(self, path: str = "") -> Any:
        """GET below the repository: `get("/pulls/1")`."""
        return await self.person.get(f"/repos/{self.repository}{path}")
