"""Print what a builder's log should say about a build: program, compiler, machine, environment.

Use: pythoninfo.py RABBIT, in the folder of the build.  Of the environment only names known to matter are shown, because
build logs are public and environments hold secrets.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SHOWN = (
    "ASAN_OPTIONS", "BUILDBOT", "CC", "CFLAGS", "LANG", "LC_ALL", "LDFLAGS", "PATH", "PYTHONPATH", "SOURCE_DATE_EPOCH",
    "TERM", "TMPDIR", "UBSAN_OPTIONS",
)  # fmt: skip


def main(program: str) -> None:
    for name, value in (*facts(program), *environment()):
        print(f"{name}: {value}")


def facts(program: str) -> Iterator[tuple[str, str]]:
    build = steps()
    yield "rabbit.version", said([program, "-VV"])
    yield "platform", " ".join(platform.uname()[i] for i in (0, 2, 4))
    yield "CC.version", said([*build["compiler"], "--version"])
    yield "make.CC", " ".join(build["compiler"])
    yield "make.CFLAGS", " ".join(build["compile"])
    yield "make.LDFLAGS", " ".join(build["link"])
    yield "hostpython.version", f"Python {platform.python_version()}"
    yield "cpu.count", str(os.cpu_count())


def environment() -> Iterator[tuple[str, str]]:
    return ((f"os.environ[{name}]", os.environ[name]) for name in SHOWN if os.environ.get(name))


def steps() -> dict[str, list[str]]:
    """The words of the compiler, and what it is told when it compiles and when it links, from meson's notes."""
    target = next(t for t in json.loads(Path("out/meson-info/intro-targets.json").read_text()) if t["type"] == "executable")
    found: dict[str, list[str]] = {"compiler": [], "compile": [], "link": []}
    for source in target["target_sources"]:
        if source.get("language") == "c":
            found.update(compiler=source["compiler"], compile=source["parameters"])
        elif "linker" in source:
            found.update(link=source["parameters"])
    return found


def said(command: list[str]) -> str:
    """The first line that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return next(iter(done.stdout.splitlines()), "")


if __name__ == "__main__":
    main(sys.argv[1])
