"""A person at the forge: everything here goes through the doors a person uses, the API and a real git push."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from forge.local.gitrepo import environment


class Refusal(Exception):
    """The forge (or git) said no: `status` is HTTP's, or git's exit status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True)
class Person:
    """`forge_url` is the web address. `email` and `name` are what git commits bear."""

    forge_url: str
    login: str
    token: str
    email: str = ""
    name: str = ""

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """One API call: `call("GET", "/repos/rabbit/rabbit")`. Raises Refusal."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/vnd.github+json"}
        url = f"{self.forge_url}/api/v3{path}"
        async with aiohttp.ClientSession(headers=headers) as session, session.request(method, url, json=body) as answer:
            said = await answer.json() if answer.content_type == "application/json" else None
            if not answer.ok:
                raise Refusal(answer.status, str(said))
            return said

    async def get(self, path: str) -> Any:
        return await self.call("GET", path)

    async def fork(self, repository: str) -> str:
        """The full name of one's own fork."""
        fork = await self.call("POST", f"/repos/{repository}/forks", {})
        return str(fork["full_name"])

    async def push(
        self,
        repository: str,
        branch: str,
        message: str,
        files: Mapping[str, str | bytes | None] | None = None,
        patch: str = "",
        revert: str = "",
        base: str = "main",
        upstream: str = "",
        force: bool = False,
    ) -> str:
        """Clone, change, commit and push; the new commit.

        `files` maps paths to their new contents (None deletes); `patch` is applied with `git apply`; `revert` is a
        commit to undo. A branch that is not there yet begins at `base`, as `upstream` (owner/name) has it when given:
        a fork's own may be old. Raises Refusal.
        """
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            await self._checkout(clone, repository, branch, base, upstream)
            if revert:
                await self.git(clone, "revert", "--no-commit", revert)
            for path, content in (files or {}).items():
                _write(clone / path, content)
            if patch:
                await self.git(clone, "apply", "--index", "-", stdin=patch.encode())
            await self.git(clone, "add", "--all")
            await self.git(clone, "commit", "--quiet", "--allow-empty", "--message", message)
            await self.git(
                clone, "push", "--quiet", *(["--force"] if force else []), "origin", f"HEAD:refs/heads/{branch}"
            )
            return await self.git(clone, "rev-parse", "HEAD")

    async def _checkout(self, clone: Path, repository: str, branch: str, base: str, upstream: str) -> None:
        url = f"{self.forge_url}/{repository}.git"
        await self.git(clone.parent, "clone", "--quiet", "--no-checkout", url, clone.name)
        if upstream:
            origin = f"{self.forge_url}/{upstream}.git"
            await self.git(clone, "fetch", "--quiet", origin, f"+refs/heads/{base}:refs/remotes/origin/{base}")
        known = (await self.git(clone, "branch", "--remotes", "--format=%(refname:short)")).split()
        start = next((name for name in (f"origin/{branch}", f"origin/{base}") if name in known), None)
        if start is None:
            await self.git(clone, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
            return
        await self.git(clone, "checkout", "--quiet", "--no-track", "-B", branch, start)

    async def git(self, folder: Path, *arguments: str, stdin: bytes = b"") -> str:
        """Git in a folder, as this person; the token goes through the environment, so that no process list shows it."""
        secret = base64.b64encode(f"{self.login}:{self.token}".encode()).decode()
        settings = {
            "user.name": self.name or self.login,
            "user.email": self.email or f"{self.login}@users.noreply.github.com",
            f"http.{self.forge_url}/.extraHeader": f"Authorization: Basic {secret}",
        }
        env = {"GIT_CONFIG_COUNT": str(len(settings))}
        for at, (name, value) in enumerate(settings.items()):
            env |= {f"GIT_CONFIG_KEY_{at}": name, f"GIT_CONFIG_VALUE_{at}": value}
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=folder,
            env=environment(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin)
        if process.returncode:
            raise Refusal(process.returncode, err.decode(errors="replace").strip())
        return out.decode(errors="replace").strip()

    async def open_pull(
        self, repository: str, head: str, title: str, body: str = "", base: str = "main", draft: bool = False
    ) -> int:
        """The number of the new pull request; `head` is a branch, or `owner:branch` of a fork."""
        wanted = {"head": head, "base": base, "title": title, "body": body, "draft": draft}
        made = await self.call("POST", f"/repos/{repository}/pulls", wanted)
        return int(made["number"])

    async def open_issue(self, repository: str, title: str, body: str = "") -> int:
        made = await self.call("POST", f"/repos/{repository}/issues", {"title": title, "body": body})
        return int(made["number"])

    async def edit_pull(self, repository: str, number: int, **changes: Any) -> Any:
        return await self.call("PATCH", f"/repos/{repository}/pulls/{number}", changes)

    async def comment(self, repository: str, number: int, body: str) -> int:
        made = await self.call("POST", f"/repos/{repository}/issues/{number}/comments", {"body": body})
        return int(made["id"])

    async def review(self, repository: str, number: int, event: str, body: str = "") -> int:
        """`event` is APPROVE, REQUEST_CHANGES or COMMENT."""
        made = await self.call("POST", f"/repos/{repository}/pulls/{number}/reviews", {"event": event, "body": body})
        return int(made["id"])

    async def label(self, repository: str, number: int, *names: str) -> None:
        await self.call("POST", f"/repos/{repository}/issues/{number}/labels", {"labels": list(names)})

    async def unlabel(self, repository: str, number: int, name: str) -> None:
        await self.call("DELETE", f"/repos/{repository}/issues/{number}/labels/{quote(name, safe='')}")

    async def labels(self, repository: str, number: int) -> set[str]:
        found = await self.get(f"/repos/{repository}/issues/{number}/labels?per_page=100")
        return {label["name"] for label in found}

    async def statuses(self, repository: str, ref: str) -> dict[str, str]:
        """Context to state, the newest of each."""
        found = await self.get(f"/repos/{repository}/commits/{ref}/status?per_page=100")
        return {status["context"]: status["state"] for status in found["statuses"]}

    async def merge(self, repository: str, number: int, method: str = "squash", **more: str) -> str:
        """The commit on the base branch."""
        wanted = {"merge_method": method, **more}
        made = await self.call("PUT", f"/repos/{repository}/pulls/{number}/merge", wanted)
        return str(made["sha"])

    async def close(self, repository: str, number: int) -> None:
        await self.call("PATCH", f"/repos/{repository}/issues/{number}", {"state": "closed"})


def _write(path: Path, content: str | bytes | None) -> None:
    if content is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
