"""Make the project's git repository from the tree in `interpreter/`: main, a branch for each maintained version, tags.

Every branch gets the history that its registry rows tell of: where it began, and each release made so far with its
version in the tree, its news, its tag, and the step back to development. Same tree, registry and day: same commits.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from console.errors import Refusal
from core.branches import Branch, Status
from core.settings import Settings
from core.versions import Version, branch_key
from release import news, patchlevel

Transform = Callable[[Path], None]
IDENTITY = {"NAME": "Release manager", "EMAIL": "release-manager@users.invalid"}


def make_repository(interpreter: Path, settings: Settings, into: Path, transform: Transform | None = None) -> Path:
    """A git repository at `into` (which must not exist) with its work tree on main; returns `into`.

    Branches and tags are those of the registry in force on the settings' day. `transform` may change the tree before it
    is committed for the first time. Raises Refusal when git fails, PatchlevelError or NewsError when the tree is not
    one that can be released.
    """
    copy_tree(interpreter, into)
    if transform:
        transform(into)
    today, grower = settings.day(), Grower(into, settings)
    _git(into, today, "init", "--quiet", "--initial-branch=main")
    for branch in settings.load_registry().live(today):
        grower.grow(branch, today)
    grower.put_back_news(today)
    return into


def push(repo: Path, remote: str, header: str) -> None:
    """Push every branch and tag; `header` proves who we are and stands in no argument list."""
    proof = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": header}
    command = ["git", "push", "--quiet", remote, "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"]
    environ = {**_environ(date.min), **proof}
    done = subprocess.run(command, cwd=repo, env=environ, check=False, capture_output=True, text=True)
    if done.returncode:
        raise Refusal(f"the repository could not be pushed to {remote}: {done.stderr.strip()}")


def copy_tree(source: Path, target: Path) -> None:
    """The files of a tree as git would add them; all but build leftovers where git does not know the tree."""
    for name in _files(source):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, target / name, follow_symlinks=False)


def _files(source: Path) -> Iterator[Path]:
    command = ["git", "-C", str(source), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False, env=_environ(date.min))
    names = [Path(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name]
    if listed.returncode == 0 and names:
        yield from (name for name in names if (source / name).exists())
        return
    for path in sorted(source.rglob("*")):
        if path.is_file() and not {".git", "__pycache__"} & set(path.parts):
            yield path.relative_to(source)


class Grower:
    """Adds branch after branch; holds the tree's news back until the release, or the day, that they belong to."""

    def __init__(self, repo: Path, settings: Settings) -> None:
        self.repo, self.settings = repo, settings
        folder = repo / settings.news.directory
        self.news = {path: path.read_bytes() for path in sorted(folder.rglob("*.rst"))}
        for path in self.news:
            path.unlink()

    def grow(self, branch: Branch, today: date) -> None:
        """Add a branch's beginning to main, and its releases to where they were made; the work tree ends on main."""
        self._commit(f"Begin {branch.version}", branch.start_of_development, _beginning(branch))
        if branch.status(today) is Status.FEATURE:
            self._releases(branch, today)
            return
        _git(self.repo, today, "checkout", "--quiet", "-b", branch.version)
        self._releases(branch, today)
        _git(self.repo, today, "checkout", "--quiet", "main")

    def put_back_news(self, today: date) -> None:
        """What has changed since main's last release."""
        for path, content in self.news.items():
            _write(path, content)
        _git(self.repo, today, "add", "--all", "--force")
        _git(self.repo, today, "commit", "--quiet", "--allow-empty", "-m", "Work since the last release")

    def _releases(self, branch: Branch, today: date) -> None:
        for row in branch.releases:
            if row.state != "actual" or row.date > today:
                continue
            self._gather_news(row.version, row.date)
            self._commit(f"Release {row.version}", row.date, row.version)
            _git(self.repo, row.date, "tag", "-a", "-m", f"Release {row.version}", f"v{row.version}")
            self._commit(f"Back to development after {row.version}", row.date, replace(row.version, dev=True))

    def _gather_news(self, version: Version, day: date) -> None:
        """The release's own file where the tree brings it, else one that says that nothing changed."""
        path = self.repo / self.settings.news.directory / f"{version}.rst"
        if path in self.news:
            _write(path, self.news.pop(path))
        else:
            news.release(self.repo, version, day, self.settings.news)

    def _commit(self, message: str, day: date, version: Version) -> None:
        rules = self.settings.release
        patchlevel.bump(self.repo, version, rules.patchlevel, rules.readme, rules.product)
        _git(self.repo, day, "add", "--all", "--force")
        _git(self.repo, day, "commit", "--quiet", "--allow-empty", "-m", message)


def _beginning(branch: Branch) -> Version:
    """`1.3.0a0`: what the tree calls itself before the first release of its branch."""
    major, minor = branch_key(branch.version)
    return Version(major, minor, 0, "a", 0)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _git(repo: Path, day: date, *words: str) -> None:
    done = subprocess.run(["git", *words], cwd=repo, env=_environ(day), check=False, capture_output=True, text=True)
    if done.returncode:
        raise Refusal(f"git {words[0]} failed in {repo}: {done.stderr.strip()}")


def _environ(day: date) -> dict[str, str]:
    """Nobody's git settings but ours, and the day's date on every commit."""
    moment = datetime.combine(day, time(12), UTC).isoformat() if day > date.min else ""
    who = {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in IDENTITY.items()}
    when = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment} if moment else {}
    ours = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**inherited, **ours, **who, **when}
