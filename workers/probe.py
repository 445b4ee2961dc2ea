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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROGRAM = "int main(void) { return 0; }\n"
SANITIZERS = {"asan": "address", "ubsan": "undefined", "tsan": "thread"}
MACHINES = {"amd64": "x86-64", "x86_64": "x86-64", "arm64": "aarch64", **dict.fromkeys(("i386", "i586", "i686"), "x86")}
COMPILERS = ("gcc", "clang")
TOOLS = (*COMPILERS, "git", "make", "valgrind")
EMULATED = ("aarch64", "arm", "ppc64le", "riscv64", "s390x")  # for which qemu is looked for, and a cross compiler
CROSS = ("aarch64", "riscv64", "s390x")  # what Rabbit is built for where there are both
CGROUP = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")
CHECK_S = 60


def probe() -> dict[str, Any]:
    """What is found here, as JSON can tell it:

    `cpu` (its name), `cpus` (that we may use), `memory_mib` (that we may use), `disk_free_mib` (of the current folder),
    `machine`, `system`, `python`, `tools` ({name: first line of its version}), `sanitizers` (that the machine's default
    compiler links and runs), `by_compiler` ({compiler: sanitizers}), `qemu` ({machine: program}),
    `cross` ({machine: compiler}) and `tags`, the words of the inventory that follow.
    """
    tools = {name: version for name in TOOLS if (version := _version(name))}
    default = next((name for name in ("cc", *COMPILERS) if shutil.which(name)), "")
    links = {name: _sanitizers(name) for name in dict.fromkeys((default, *COMPILERS)) if name and shutil.which(name)}
    machine, system = platform.machine().lower(), platform.system().lower()
    found: dict[str, Any] = {
        "cpu": _cpu(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory_mib": memory_bytes() // 2**20,
        "disk_free_mib": shutil.disk_usage(".").free // 2**20,
        "machine": MACHINES.get(machine, machine),
        "system": system,
        "python": platform.python_version(),
        "tools": tools,
        "sanitizers": links.get(default, []),
        "by_compiler": links,
        "qemu": _programs("qemu-{}-static", "qemu-{}"),
        "cross": _programs("{}-linux-gnu-gcc", "{}-linux-gnueabihf-gcc"),
    }
    return {**found, "tags": tags(found)}


def tags(found: Mapping[str, Any]) -> list[str]:
    """The words of the inventory that a machine deserves for what was found there."""
    named = [name for name in (*COMPILERS, "valgrind") if name in found["tools"]]
    cross = [f"{machine}-cross" for machine in CROSS if machine in found["qemu"] and machine in found["cross"]]
    emulated = ["qemu", *cross] if found["qemu"] else []
    return [found["machine"], found["system"], *named, *found["sanitizers"], *emulated]


def memory_bytes() -> int:
    """What we may use: all of the machine's, or what the container that we are in is given of it."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in CGROUP:
        if file.is_file() and (text := file.read_text(encoding="ascii").strip()).isdecimal():
            limits.append(int(text))
    return min(limits)


def _cpu() -> str:
    """The processor's name as the system tells it; that of its kind where it does not."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Processor", "cpu\t")))
    return next(named, platform.processor() or platform.machine())


def _version(name: str) -> str:
    if not shutil.which(name):
        return ""
    try:
        done = subprocess.run([name, "--version"], capture_output=True, text=True, timeout=CHECK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.partition("\n")[0] if done.returncode == 0 else ""


def _sanitizers(compiler: str) -> list[str]:
    return [tag for tag, flag in SANITIZERS.items() if _runs(compiler, f"-fsanitize={flag}")]


def _programs(*patterns: str) -> dict[str, str]:
    """The first program of each machine that is there."""
    wanted = ((machine, shutil.which(pattern.format(machine))) for machine in EMULATED for pattern in patterns)
    found: dict[str, str] = {}
    for machine, program in wanted:
        if program:
            found.setdefault(machine, program)
    return found


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
    parser = argparse.ArgumentParser(
        prog="camelot worker probe",
        description="What this machine can do for the farm, and its tags for workers/inventory.toml.",
        epilog="Example: camelot worker probe --json",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    try:
        as_json = parser.parse_args(argv).json
    except SystemExit as end:
        return int(end.code or 0)
    found = probe()
    if as_json:
        print(json.dumps(found, indent=2))
        return 0
    for name, value in found.items():
        print(f"{name:<14} {_shown(value)}")
    return 0


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(each)}" for key, each in value.items()) or "none"
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
