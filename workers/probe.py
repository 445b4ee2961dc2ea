"""What this machine is: processors, memory, compilers, sanitizers, and the tags that follow for the inventory."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROGRAM = "int main(void) { return 0; }\n"
SANITIZERS = {"asan": "address", "ubsan": "undefined", "tsan": "thread"}
MACHINES = {"x86_64": "x86-64", "amd64": "x86-64", "arm64": "aarch64"}
CHECK_S = 60


def probe() -> dict[str, Any]:
    """`{"cpus", "memory_mib", "machine", "system", "python", "tools": {name: version}, "sanitizers", "tags"}`."""
    tools = {name: version for name in ("gcc", "clang", "git", "make", "valgrind") if (version := _version(name))}
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    sanitizers = [tag for tag, flag in SANITIZERS.items() if compiler and _runs(compiler, f"-fsanitize={flag}")]
    machine = MACHINES.get(platform.machine().lower(), platform.machine().lower())
    compilers = [name for name in ("gcc", "clang", "valgrind") if name in tools]
    return {
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "machine": machine,
        "system": platform.system().lower(),
        "python": platform.python_version(),
        "tools": tools,
        "sanitizers": sanitizers,
        "tags": [machine, platform.system().lower(), *compilers, *sanitizers],
    }


def _version(name: str) -> str:
    if not shutil.which(name):
        return ""
    done = subprocess.run([name, "--version"], capture_output=True, text=True, timeout=CHECK_S, check=False)
    return done.stdout.partition("\n")[0] if done.returncode == 0 else ""


def _runs(compiler: str, flag: str) -> bool:
    """Does a program built with `flag` link, and run? A missing runtime library shows only then."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "check.c", Path(folder) / "check"
        source.write_text(PROGRAM, encoding="ascii")
        for command in ([compiler, flag, "-o", str(program), str(source)], [str(program)]):
            try:
                subprocess.run(command, capture_output=True, timeout=CHECK_S, check=True)
            except (subprocess.SubprocessError, OSError):
                return False
    return True


def main(argv: list[str]) -> int:
    """Print it for people, or with `--json` for programs."""
    parser = argparse.ArgumentParser(prog="probe", description="What this machine can do for the farm.")
    parser.add_argument("--json", action="store_true", help="print JSON")
    found = probe()
    if parser.parse_args(argv).json:
        print(json.dumps(found, indent=2))
        return 0
    for name, value in found.items():
        shown = "; ".join(value.values()) if isinstance(value, dict) else value
        print(f"{name:<11} {', '.join(shown) if isinstance(shown, list) else shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
