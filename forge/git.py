"""Git through its command: one bare mirror, fetches of what is needed, pushes; no work tree, no change of directory.

A token reaches git in its environment alone, as a header for one remote: never an argument, a remote's address, a
configuration file, a log line or an error text.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

OLDEST = (2, 38)  # the first with `merge-tree --write-tree`
TIMEOUT_S = 900.0  # the first fetch of a large repository takes minutes
SAID_MOST = 300  # characters of git's own words that go into an error

# This machine's own settings of git have no say. A transfer that stands still for a minute is over.
CONFIG = (
    ("core.hooksPath", os.devnull),
    ("gc.autoDetach", "false"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "60"),
    ("safe.directory", "*"),
)


class Fault(StrEnum):
    """Why a git command failed, by what can be done about it."""

    BRANCH_MISSING = "branch missing"
    COMMIT_MISSING = "commit missing"
    REJECTED = "push rejected"
    DENIED = "no permission"
    NETWORK = "network"
    OTHER = "other"


class GitFailed(Exception):
    """A git command failed; the text is its verb and git's own words, secrets taken out."""

    def __init__(self, verb: str, said: str, fault: Fault = Fault.OTHER) -> None:
        super().__init__(f"git {verb} failed: {said}")
        self.said, self.fault = said, fault


# Git's own words under LC_ALL=C, the surest first.
_FAULTS = (
    (re.compile(r"couldn't find remote ref refs/heads/"), Fault.BRANCH_MISSING),
    (re.compile(r"not our ref|couldn't find remote ref|unadvertised object"), Fault.COMMIT_MISSING),
    (
        re.compile(r"error: 40[134]\b|Authentication failed|Permission to .* denied|could not read Username"),
        Fault.DENIED,
    ),
    (re.compile(r"\[(remote )?rejected\]"), Fault.REJECTED),
    (re.compile(r"repository .* not found"), Fault.DENIED),
    (re.compile(r"unable to access|Could not|Connection|timed out|hung up|early EOF|RPC failed"), Fault.NETWORK),
)


@dataclass(frozen=True)
class Remote:
    """Where to fetch from and push to. The token is sent to this address and to no other."""

    url: str
    token: str = field(default="", repr=False)

    @property
    def _header(self) -> str:
        return base64.b64encode(f"x-access-token:{self.token}".encode()).decode()

    def config(self) -> tuple[tuple[str, str], ...]:
        if not self.token or not self.url.startswith(("http://", "https://")):
            return ()
        return ((f"http.{self.url}.extraHeader", f"Authorization: Basic {self._header}"),)

    def redact(self, text: str) -> str:
        return text.replace(self.token, "***").replace(self._header, "***") if self.token else text


NOWHERE = Remote("")


def environment(remote: Remote = NOWHERE, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a git process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    config = CONFIG + remote.config()
    pairs = {f"GIT_CONFIG_KEY_{n}": key for n, (key, _) in enumerate(config)}
    pairs |= {f"GIT_CONFIG_VALUE_{n}": value for n, (_, value) in enumerate(config)}
    fixed = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": str(len(config)),
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "no_proxy": ",".join(filter(None, (kept.get("no_proxy", ""), "127.0.0.1,localhost"))),
    }
    return {**kept, **fixed, **pairs, **(extra or {})}


async def run(
    repo: Path,
    *arguments: str,
    stdin: bytes = b"",
    remote: Remote = NOWHERE,
    env: Mapping[str, str] | None = None,
    allow: Sequence[int] = (0,),
    timeout_s: float = TIMEOUT_S,
) -> tuple[int, str]:
    """Exit status and output of a git command on `repo`. Raises GitFailed for a status that is not among `allow`."""
    status, said, out = await _run(repo, arguments, stdin, remote, env, timeout_s)
    if status not in allow:
        raise GitFailed(arguments[0], _brief(said), _fault(said))
    return status, out


async def _run(
    repo: Path,
    arguments: Sequence[str],
    stdin: bytes = b"",
    remote: Remote = NOWHERE,
    env: Mapping[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> tuple[int, str, str]:
    """Exit status, all that git said with secrets taken out, and its output alone."""
    process = await asyncio.create_subprocess_exec(
        "git",
        f"--git-dir={repo}",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(remote, env),
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), timeout_s)
    except TimeoutError:
        raise GitFailed(arguments[0], f"no end after {timeout_s:.0f} s", Fault.NETWORK) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    said = remote.redact(err.decode(errors="replace") + out.decode(errors="replace")).strip()
    return process.returncode or 0, said, out.decode("utf-8", "surrogateescape")


async def output(repo: Path, *arguments: str) -> str:
    """What a git command prints, without the last newline."""
    return (await run(repo, *arguments))[1].rstrip("\n")


async def mirror(data: Path) -> Path:
    """The bare mirror in the data folder; made when there is none yet."""
    repo = data.resolve() / "mirror.git"
    async with lock(repo):
        if not (repo / "HEAD").exists():
            await run(repo, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(repo))
    return repo


@asynccontextmanager
async def lock(repo: Path) -> AsyncIterator[None]:
    """One at a time, also between processes. Picks need none: objects are only ever added."""
    path = repo.with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


async def fetch(repo: Path, remote: Remote, *refspecs: str, prune: bool = False) -> None:
    """Fetch exactly these, without tags. Raises GitFailed that says what was missing.

    `prune`: what a pattern among them matches no more over there goes here too.
    """
    options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--force"]
    options += ["--prune"] if prune else []
    await run(repo, "fetch", *options, "--end-of-options", remote.url, *refspecs, remote=remote)


async def tidy(repo: Path) -> None:
    """Pack what fetches have piled up, without touching what is packed: seconds, also on a large repository."""
    await run(repo, "maintenance", "run", "--quiet", "--task=loose-objects", "--task=incremental-repack", allow=(0, 1))


async def remote_head(repo: Path, remote: Remote, branch: str) -> str:
    """The commit of a branch over there; empty when there is no such branch."""
    _, found = await run(repo, "ls-remote", "--quiet", remote.url, f"refs/heads/{branch}", remote=remote)
    return found.partition("\t")[0]


async def push(repo: Path, remote: Remote, commit: str, branch: str, expected: str = "") -> None:
    """Push `commit` as `branch`, which must still be at `expected` there (empty: must not exist)."""
    failures = await push_all(repo, remote, [(commit, branch, expected)])
    for failed in failures.values():
        raise failed


async def push_all(
    repo: Path, remote: Remote, wanted: Sequence[tuple[str, str, str]], env: Mapping[str, str] | None = None
) -> dict[str, GitFailed]:
    """Push (commit, branch, expected) each; the failures by branch. Raises GitFailed when nothing could be asked.

    A branch that is not where it is expected over there (empty: that is there at all) is left alone.
    """
    leases = [f"--force-with-lease=refs/heads/{branch}:{expected}" for _, branch, expected in wanted]
    specs = [f"{commit}:refs/heads/{branch}" for commit, branch, _ in wanted]
    arguments = ("push", "--porcelain", "--no-verify", *leases, "--end-of-options", remote.url, *specs)
    status, said, out = await _run(repo, arguments, remote=remote, env=env)
    refused = dict(re.findall(r"^!\t[0-9a-f]*:refs/heads/(\S+)\t(.*)$", out, re.MULTILINE))
    if status and not refused:
        raise GitFailed("push", _brief(said), _fault(said))
    words = "; ".join(line.strip() for line in said.splitlines() if line.startswith("remote:"))
    return {
        branch: GitFailed("push", _brief(f"! {why}\n{words}"), _fault(f"{why}\n{said}"))
        for branch, why in refused.items()
    }


async def check_version() -> None:
    """Raises GitFailed with one sentence when git is missing or older than we need."""
    try:
        process = await asyncio.create_subprocess_exec("git", "version", stdout=asyncio.subprocess.PIPE)
    except FileNotFoundError:
        raise GitFailed("version", "git is not installed: install git 2.38 or later") from None
    judge_version((await process.communicate())[0].decode())


def judge_version(said: str) -> None:
    """`said` is what `git version` prints."""
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise GitFailed("version", f"{said.strip()!r} is too old: install git {OLDEST[0]}.{OLDEST[1]} or later")


def _fault(said: str) -> Fault:
    return next((fault for pattern, fault in _FAULTS if pattern.search(said)), Fault.OTHER)


def _brief(said: str) -> str:
    """The lines that say what is wrong, on one line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"(fatal|error|remote|!)", line)] or lines
    return "; ".join(telling)[:SAID_MOST]
