"""Try a release as a user does: download it over HTTP, verify it, configure, build, run."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

from core.versions import Version
from release import verify
from release.job import Evidence, StepError

WITHIN_S = 900
PROGRAM = "total = 0\nfor number in range(7):\n    total = total + number * 2\nprint(total)\n"
EXPECTED = "42"
LOG = "smoke.log"
QUICK_TESTS = ("test_int", "test_list", "test_dict")


def run(served: Path, version: Version, stem: str, program: str, spare: Path) -> Evidence:
    """Everything happens in the empty folder `spare`. Raises StepError with the line that says most."""
    got = download(served, version, spare / "download")
    problems = verify.verify(got)
    if problems:
        raise StepError(f"what was downloaded does not verify: {problems[0]}")
    # As a user would; Python before 3.11.4 has no safe way. With today's times: a rehearsal may play on a later day.
    _run(spare, "tar", "--touch", "-xzf", str(got / f"{stem}.tgz"))
    root = spare / stem
    _run(root, "./configure")
    _run(root, "make", "-j2")
    shown = _run(root, f"./{program}", "-VV").strip()
    if str(version) not in shown:
        raise StepError(f"{program} -VV says {shown!r}, not {version}: look at the version bump")
    (spare / "hello.py").write_text(PROGRAM, encoding="utf-8")
    said = _run(root, f"./{program}", str(spare / "hello.py")).strip()
    if said != EXPECTED:
        raise StepError(f"a small program printed {said!r} instead of {EXPECTED!r}")
    return {"downloaded": sorted(path.name for path in got.iterdir()), "shown": shown, "tests": _tests(root)}


def _tests(root: Path) -> list[str]:
    """A few quick test files through the farm's own command, where the tree has them."""
    found = [name for name in QUICK_TESTS if (root / "Lib" / "test" / f"{name}.py").exists()]
    if found:
        _run(root, "make", "buildbottest", f"TESTOPTS={' '.join(found)}")
    return found


def _run(where: Path, *words: str) -> str:
    """What a command printed; all of it is kept in `smoke.log` beside the tree, for the one who has to look."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON", "MFLAGS"))}
    kept["PATH"] = os.pathsep.join([kept.get("PATH", os.defpath), str(Path(sys.executable).parent)])  # meson and ninja
    done = subprocess.run(words, cwd=where, capture_output=True, timeout=WITHIN_S, env=kept, check=False)
    output = (done.stdout + done.stderr).decode(errors="replace")
    log = where.parent / LOG
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(words)}\n{output}[exit {done.returncode}]\n")
    if done.returncode:
        said = _telling(output).replace(f"{where}/", "")
        raise StepError(f"{' '.join(words)} ended with {done.returncode} in the unpacked tarball: {said} (see {log})")
    return output


def _telling(output: str) -> str:
    """The line that says most about a failure: the first error, else the last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["it printed nothing"]
    return next((line for line in lines if " error: " in line or line.startswith("configure: ")), lines[-1])


def download(served: Path, version: Version, into: Path) -> Path:
    """Serve a folder on loopback and fetch every file of a version from it; the folder they are in."""
    into.mkdir(parents=True, exist_ok=True)
    with _server(served) as port:
        for path in sorted((served / str(version)).iterdir()):
            (into / path.name).write_bytes(_get(port, f"/{version}/{quote(path.name)}"))
    return into


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise StepError(f"GET {path} answered {answer.status}: the file is not being served")
    return data


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests of our own are no news."""
