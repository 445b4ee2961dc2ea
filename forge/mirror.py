"""The mirror of one repository: its objects here, one fetch and one push for all who wait."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from forge import git
from forge.git import Fault, GitFailed, Remote
from forge.objects import Objects
from forge.together import Together

TIDY_EVERY = 200  # fetches

Pushes = Sequence[tuple[str, str, str]]  # (commit, branch, what the branch must hold over there now) each


@dataclass(frozen=True)
class _Wanted:
    """What one job needs fetched."""

    remote: Remote
    branches: Sequence[str]
    more: Sequence[str]

    @property
    def key(self) -> tuple[Sequence[str], Sequence[str]]:
        return self.branches, self.more


@dataclass(frozen=True)
class _Pushes:
    remote: Remote
    pushes: Pushes


class Mirror:
    """Safe to use by several jobs at once. `close` it at the end."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._objects: Objects | None = None
        self._count = 0
        self._fetches = Together(self._fetch_all)
        self._pushes = Together(self._push_all)

    def close(self) -> None:
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    async def objects(self) -> Objects:
        """The objects, once the mirror is there; it is made when there is none."""
        if self._objects is None:
            repo = await git.mirror(self._data)
            self._objects = self._objects or Objects(repo)
        return self._objects

    def _here(self) -> Objects:
        if self._objects is None:
            raise GitFailed("fetch", "the mirror is closed")
        return self._objects

    async def fetch(self, remote: Remote, branches: Sequence[str], *more: str) -> set[str]:
        """Bring the branches here, and what `more` (patterns and refs) finds; the branches that do not exist there."""
        wanted = _Wanted(remote, tuple(filter(None, branches)), more)
        answer = (await self._fetches.ask(wanted))[wanted.key]
        if isinstance(answer, GitFailed):
            raise answer
        return answer & set(branches)

    async def _fetch_all(
        self, wanted: list[_Wanted]
    ) -> dict[tuple[Sequence[str], Sequence[str]], set[str] | GitFailed]:
        """One fetch for all; where that fails, one for each, so that nobody suffers from what another asked for."""
        try:
            branches = [branch for each in wanted for branch in each.branches]
            missing = await self._fetch_once(
                wanted[0].remote, branches, [spec for each in wanted for spec in each.more]
            )
            return {each.key: missing for each in wanted}
        except GitFailed as failed:
            if len(wanted) == 1 or failed.fault is Fault.NETWORK:
                return {each.key: failed for each in wanted}
        answers: dict[tuple[Sequence[str], Sequence[str]], set[str] | GitFailed] = {}
        for each in wanted:
            answers |= await self._fetch_all([each])
        return answers

    async def _fetch_once(self, remote: Remote, branches: Iterable[str], more: Sequence[str]) -> set[str]:
        repo, missing = self._here().repo, set[str]()
        specs = {branch: spec(branch) for branch in branches}
        extra = dict.fromkeys(more)
        async with git.lock(repo):
            while specs or extra:
                try:
                    await git.fetch(repo, remote, *specs.values(), *extra, prune=True)
                    break
                except GitFailed as failed:
                    gone = re.search(r"couldn't find remote ref refs/heads/(\S+)", failed.said)
                    if failed.fault is not Fault.BRANCH_MISSING or gone is None or gone[1] not in specs:
                        raise
                    missing.add(gone[1])
                    del specs[gone[1]]
            self._count += 1
            if self._count % TIDY_EVERY == 0:
                await git.tidy(repo)
        return missing

    async def push(self, remote: Remote, pushes: Pushes) -> dict[str, GitFailed]:
        """Push them; the failures by branch. Raises GitFailed when nothing could be asked."""
        return await self._pushes.ask(_Pushes(remote, pushes)) if pushes else {}

    async def _push_all(self, wanted: list[_Pushes]) -> dict[str, GitFailed]:
        """One push for all; the failures by branch."""
        objects = self._here()
        pushes = [push for each in wanted for push in each.pushes]
        return await git.push_all(objects.repo, wanted[0].remote, pushes, env=objects.env)

    async def bring(self, remote: Remote, commit: str) -> None:
        """Fetch a commit that came with none of the branches."""
        if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
            raise GitFailed("fetch", f"{commit!r} is no commit", Fault.COMMIT_MISSING)
        objects = self._here()
        if await asyncio.to_thread(objects.find, commit) is None:
            async with git.lock(objects.repo):
                await git.fetch(objects.repo, remote, commit)


def spec(branch: str) -> str:
    """What to fetch for a branch, or a pattern of branches."""
    return f"refs/heads/{branch}:{tracked(branch)}"


def tracked(branch: str) -> str:
    """The ref under which a branch over there is kept here."""
    return f"refs/remotes/origin/{branch}"
