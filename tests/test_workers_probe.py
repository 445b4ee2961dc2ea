"""A probe tells what the machine is: held against the kernel, the compilers and the loader, not against itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from buildmaster import inventory
from workers import probe

ROOT = Path(__file__).parents[1]
CHECKED = {  # a program with the one fault that a sanitizer is there for, and what it says of it
    "asan": (
        "#include <stdlib.h>\nint main(void) { char *p = malloc(1); free(p); return *(volatile char *)p; }",
        "use-after-free",
    ),
    "ubsan": ("int main(int n, char **v) { (void)v; return (n + 0x7fffffff) != 0; }", "signed integer overflow"),
}
FLAGS = {"asan": "address", "ubsan": "undefined"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "console", "worker", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def found() -> Any:
    done = run("probe", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.row("A7")
def test_processors_and_memory_are_those_that_the_kernel_gives(found: Any) -> None:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (allowed,) = re.findall(r"^Cpus_allowed:\s+([0-9a-f,]+)", status, re.MULTILINE)
    assert found["cpus"] == int(allowed.replace(",", ""), 16).bit_count()
    (total,) = re.findall(r"^MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"), re.MULTILINE)
    assert 0 < found["memory_mib"] <= int(total) // 1024
    assert found["cpu"] in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    assert found["system"] == "linux"


@pytest.mark.row("A7")
def test_tools_are_those_that_answer(found: Any) -> None:
    for name in ("gcc", "clang", "git", "make", "valgrind"):
        assert (name in found["tools"]) == bool(shutil.which(name)), name
    number = subprocess.run(["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()
    assert number in found["tools"]["gcc"]
    for machine, program in found["qemu"].items():
        assert os.access(program, os.X_OK), machine


@pytest.mark.row("A7")
@pytest.mark.parametrize("tag", sorted(CHECKED))
def test_a_sanitizer_that_is_named_finds_what_it_is_there_for(found: Any, tag: str, tmp_path: Path) -> None:
    """And one that is not named does not: both ways, so that neither a promise nor a gap is false."""
    program, said = CHECKED[tag]
    (tmp_path / "fault.c").write_text(program, encoding="ascii")
    built = subprocess.run(
        ["cc", f"-fsanitize={FLAGS[tag]}", "-o", str(tmp_path / "fault"), str(tmp_path / "fault.c")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    finds = built.returncode == 0 and said in subprocess.run(
        [tmp_path / "fault"], capture_output=True, text=True, check=False
    ).stderr  # fmt: skip
    assert finds == (tag in found["sanitizers"]) == (tag in found["tags"])


@pytest.mark.row("A7")
def test_every_tag_is_a_word_of_the_inventory_and_enough_for_what_the_table_promises(found: Any) -> None:
    assert set(found["tags"]) <= inventory.TAGS
    assert found["tags"][0] in inventory.MACHINES
    assert inventory.lacking(found["tags"], " ".join(found["tags"])) == []


def test_tags_follow_from_what_was_found_and_nothing_else() -> None:
    bare = {"machine": "s390x", "system": "linux", "tools": {"git": "git version 2"}, "sanitizers": [], "qemu": {}}
    assert probe.tags({**bare, "cross": {}}) == ["s390x", "linux"]
    rich = {
        **bare,
        "cross": {"aarch64": "/c", "s390x": "/c"},
        "tools": {"clang": "clang 19", "valgrind": "v"},
        "sanitizers": ["tsan"],
        "qemu": {"arm": "/q", "s390x": "/q"},
    }
    assert probe.tags(rich) == ["s390x", "linux", "clang", "valgrind", "tsan", "qemu", "s390x-cross"]


def test_a_compiler_whose_runtime_is_missing_has_no_sanitizer(tmp_path: Path) -> None:
    """A compiler that builds everything and links no runtime: as gcc does without libasan."""
    compiler = tmp_path / "cc"
    compiler.write_text('#!/bin/sh\ncase "$*" in *-fsanitize*) exit 1;; esac\nexec gcc "$@"\n', encoding="ascii")
    compiler.chmod(0o755)
    command = [sys.executable, "-m", "workers.probe", "--json"]
    environ = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["sanitizers"] == []


def test_people_read_one_line_a_fact_and_a_mistake_is_refused() -> None:
    lines = run("probe").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "cpu", "cpus", "memory_mib", "disk_free_mib", "machine", "system", "python", "tools", "sanitizers",
        "by_compiler", "qemu", "cross", "tags",
    ]  # fmt: skip
    assert run("probe", "--xml").returncode == 2
