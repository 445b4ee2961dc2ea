"""Rabbit on another machine, with the other byte order: built here for s390x, and run by qemu-user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import cross, debian
from tests.rabbit_build import build, lock, shared_folder, without_outer_make
from tests.test_rabbit_build import configure

FILES = "test_int test_float test_str test_bytes test_codecs test_dict test_code test_import"
SEEN = 'import sys; print(sys.byteorder, hash("abc"), hash("abcdefgh"), hash(b"abcdefghijk"))'


@pytest.fixture(scope="module")
def big_endian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a debug build for s390x."""
    try:
        cross.ensure("s390x")
    except debian.Missing as why:
        pytest.skip(f"NO OTHER MACHINE WAS TRIED: {why}")
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-s390x", ["--host=s390x-linux-gnu", "--with-pydebug"]).parent


def test_it_runs_there_and_hashes_bytes_as_the_judge_does_here(big_endian: Path) -> None:
    environ = {**os.environ, "PYTHONHASHSEED": "1"}
    ours = subprocess.run(
        [big_endian / "rabbit", "-c", SEEN], env=environ, capture_output=True, text=True, check=True
    ).stdout.split()
    judge = subprocess.run([sys.executable, "-c", SEEN], env=environ, capture_output=True, text=True, check=True)
    assert ours[0] == "big"
    assert ours[1:] == judge.stdout.split()[1:]


def test_its_tests_pass_there(big_endian: Path) -> None:
    count = len(FILES.split())
    with lock(big_endian):
        done = subprocess.run(
            ["make", "buildbottest", f"TESTOPTS=-j2 -u-cpu {FILES}"],
            cwd=big_endian, env=without_outer_make(os.environ), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"Total test files: run={count}/{count}" in done.stdout


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--host=s390x"], "'--host=s390x' names no machine: write CPU-SYSTEM"),
        (["--host=vax-dec-ultrix"], "no C compiler found (tried vax-dec-ultrix-gcc, vax-dec-ultrix-clang): install"),
        (["--host=sparc64-linux-gnu", "CC=cc", "HOSTRUNNER=false"], "'false' cannot run a program that 'cc' built"),
    ],
)
def test_a_machine_that_cannot_be_built_for_is_a_sentence(tmp_path: Path, options: list[str], sentence: str) -> None:
    done = configure(tmp_path, *options)
    assert (done.returncode, done.stderr[: len(sentence) + 11]) == (2, f"configure: {sentence}")
