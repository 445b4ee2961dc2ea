"""Real git repositories for tests: a remote on disk, and the commands that people would type."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forge.effects import Backport
from forge.errors import Refused

ADA = "Ada <ada@example.org>"
DAY = "2026-11-18T09:30:00+05:30"


@dataclass
class Work:
    """A work tree whose branches are pushed nowhere: it is itself the remote (`url`)."""

    path: Path

    @classmethod
    def make(cls, path: Path) -> Work:
        path.mkdir(parents=True)
        work = cls(path)
        work.git("init", "--quiet", "--initial-branch=main")
        work.git("config", "receive.denyCurrentBranch", "ignore")
        return work

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def git(self, *arguments: str, allow: int = 0) -> str:
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "Core", f"GIT_{who}_EMAIL": "core@example.org"}
        done = subprocess.run(["git", "-C", str(self.path), *arguments], env=env, capture_output=True, check=False)
        assert done.returncode in (0, allow), done.stderr.decode()
        return done.stdout.decode().strip()

    def commit(self, message: str, files: Mapping[str, str | bytes | None], author: str = ADA) -> str:
        """Write (None: delete) the files, commit, and give the commit."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.record(message, author)

    def record(self, message: str, author: str = ADA) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--author={author}", f"--date={DAY}", "-m", message)
        return self.git("rev-parse", "HEAD")

    def tree(self, commit: str) -> str:
        return self.git("rev-parse", f"{commit}^{{tree}}")

    def cherry_picked(self, commit: str, onto: str, *options: str) -> str:
        """The tree that a person's `git cherry-pick` onto the branch makes."""
        self.git("checkout", "--quiet", "--detach", onto)
        self.git("cherry-pick", *options, commit)
        return self.tree("HEAD")


@dataclass
class Hub:
    """What a pick needs of GitHub, kept in memory: the pull requests that were opened, and how they stand."""

    pulls: list[tuple[str, str, str, str]] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)  # open unless something else stands here
    drafts: set[int] = field(default_factory=set)
    secret: str = "ghs-not-in-any-log"

    async def token(self) -> str:
        return self.secret

    async def pulls_from(self, head: str, base: str) -> list[tuple[int, str]]:
        return [
            (50 + n, self.states.get(50 + n, "draft" if 50 + n in self.drafts else "open"))
            for n, pull in reversed(list(enumerate(self.pulls)))
            if pull[:2] == (head, base)
        ]

    async def create_pull(self, head: str, base: str, title: str, body: str, draft: bool) -> int:
        if any(state in ("open", "draft") for _, state in await self.pulls_from(head, base)):
            raise Refused(422, f"A pull request already exists for rabbit:{head}.")
        self.pulls.append((head, base, title, body))
        number = 49 + len(self.pulls)
        self.drafts |= {number} if draft else set()
        return number


def asked(commit: str, *branches: str, title: str = "gh-1: Close the file", **more: Any) -> Backport:
    return Backport(40, commit, branches or ("1.2",), title, "main", **more)


LINES = "".join(f"line {n}\n" for n in range(30))


def begun(path: Path) -> Work:
    """A remote with one file on `main` and on `1.2`, where the two have gone apart since."""
    work = Work.make(path)
    work.commit("Begin", {"Lib/files.py": LINES, "tool.sh": "#!/bin/sh\n" + LINES, "both.txt": "begin\n"})
    work.git("branch", "1.2")
    work.commit("Only on main", {"Lib/new.py": "new\n", "both.txt": "main\n"})
    return work
