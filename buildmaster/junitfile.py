"""Fetches the JUnit file of a test run from its worker and keeps it beside the build. No file can break a build.

Buildbot keeps it with the build, compressed, and serves it: /api/v2/builds/NUMBER/data/junit/value. Secrets are masked.
"""

# mypy: disable-error-code="untyped-decorator"
# Twisted and its inlineCallbacks are taken without types.

from __future__ import annotations

import gzip
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from buildbot.process import remotecommand, remotetransfer
from twisted.internet import defer, threads

from buildmaster import junit
from buildmaster.command import JUNIT
from buildmaster.masking import masked_lines

DATA = "junit"  # the name under which a build's file is kept in Buildbot's database
MOST_BYTES = 32_000_000  # a whole run of CPython's tests writes 6 MB
PIECE = 1 << 16
_TEXT = re.compile(r">[^<]++")


@defer.inlineCallbacks
def remove(step: Any) -> Any:
    """What an earlier build left in a kept tree says nothing of this one."""
    yield step.runCommand(remotecommand.RemoteCommand("rmfile", {"path": f"{step.workdir}/{JUNIT}"}))


@defer.inlineCallbacks
def fetch(step: Any) -> Any:
    """(report, why not): the worker's file, read; kept beside the build as well. One of the two is empty."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / JUNIT
        writer = remotetransfer.FileWriter(str(target), MOST_BYTES, None)
        asked = {"workdir": step.workdir, "workersrc": JUNIT, "writer": writer}
        command = remotecommand.RemoteCommand("uploadFile", {**asked, "maxsize": MOST_BYTES, "blocksize": PIECE})
        yield step.runCommand(command)
        size = target.stat().st_size if target.exists() else 0
        if command.didFail() or not size:
            return None, f"it is larger than {MOST_BYTES:,} bytes" if size >= MOST_BYTES else "the run left none"
        try:
            report, packed = yield threads.deferToThread(kept, target)
        except junit.Unreadable as why:
            return None, str(why)
    yield step.master.data.updates.setBuildData(step.build.buildid, DATA, packed, JUNIT)
    return report, ""


def kept(path: Path) -> tuple[junit.Report, bytes]:
    """The report in a file, and the file as it is kept. Raises junit.Unreadable."""
    report = junit.read(pieces(path))
    return report, gzip.compress(cleaned(path.read_text(encoding="utf-8", errors="replace")).encode(), mtime=0)


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def cleaned(text: str) -> str:
    """Secrets masked in what stands between the tags; the tags stay whole, so that it can still be read."""
    return _TEXT.sub(lambda found: masked_lines(found[0]), text)
