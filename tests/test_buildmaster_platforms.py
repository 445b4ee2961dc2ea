"""The command lines of Windows, WASI, Android, iOS, valgrind and the sanitizers, as CPython's own farm runs them."""

from __future__ import annotations

import shlex
from datetime import date

import pytest

from buildmaster.builders import cross, table
from buildmaster.commands import commands
from buildmaster.factories import hunts_leaks
from buildmaster.kinds import IOS_LIBRARIES
from core import branches

pytestmark = pytest.mark.row("A1", "A2")

DAY = date(2026, 11, 20)
ROWS = cross(table("cpython"), branches.load(branches.registry_path("cpython")), DAY)
JUNIT = "--junit-xml test-results.xml"


def lines(kind: str, version: str = "3.13", jobs: int = 4, tests: str = "") -> list[str]:
    """Every command of a builder, in order, without its environment."""
    (row,) = [row for row in ROWS if row.name == f"{kind} {version}"]
    return [
        str(command).replace("".join(f"{part} " for part in _environ(command.environ)), "")
        for command in row.commands(jobs, tests)
    ]


def _environ(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{name}={shlex.quote(value)}" for name, value in pairs]


def windows(platform: str, build: str = "", test: str = "", timeout_s: int = 1200) -> list[str]:
    return [
        " ".join(part for part in (r"'Tools\buildbot\build.bat' -p", platform, build) if part),
        "python.bat -m test.pythoninfo",
        " ".join(part for part in (r"'Tools\buildbot\test.bat' -p", platform, "-j4", test) if part)
        + f" --timeout {timeout_s}",
        rf"'Tools\buildbot\clean.bat' -p {platform}",
    ]


# Source: python/buildmaster-config, master/custom/factories.py: build.bat and test.bat
# with the platform, `+d` for a release build's tests, --disable-gil for both, 20 minutes a file, 45 for refleak.
WINDOWS = {
    "win64 debug": windows("x64", test=JUNIT),
    "win64 release": windows("x64", "-c Release", f"+d {JUNIT}"),
    "win64 refleak": windows("x64", test="-R 3:3 -u-cpu", timeout_s=2700),
    "win64 pgo": windows("x64", "--pgo", f"+d {JUNIT}"),
    "win64 nogil": windows("x64", "--disable-gil", f"--disable-gil {JUNIT}", 1800),
    "win-arm64 debug": windows("ARM64", test=JUNIT),
}


@pytest.mark.parametrize(("kind", "expected"), WINDOWS.items())
def test_windows_builds_with_the_trees_own_scripts(kind: str, expected: list[str]) -> None:
    assert lines(kind) == expected


def test_wasi_is_built_by_the_trees_script_and_tested_in_the_hosts_folder() -> None:
    host = "cd cross-build/wasm32-wasip1 &&"
    assert lines("wasm32-wasi") == [
        "python3 Tools/wasm/wasi.py configure-build-python -- --with-pydebug",
        "python3 Tools/wasm/wasi.py make-build-python",
        "python3 Tools/wasm/wasi.py configure-host",
        "python3 Tools/wasm/wasi.py make-host",
        f"{host} make pythoninfo",
        f"{host} make buildbottest 'TESTOPTS=-j4 -u-cpu {JUNIT}' TESTPYTHONOPTS= TESTTIMEOUT=1200",
        "python3 Tools/wasm/wasi.py clean",
    ]


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_android_is_tested_in_an_emulator_that_gradle_manages(machine: str) -> None:
    kind = f"{machine.replace('_', '-')} android"
    assert lines(kind) == [
        "Android/android.py configure-build",
        "Android/android.py make-build",
        f"Android/android.py configure-host {machine}-linux-android",
        f"Android/android.py make-host {machine}-linux-android",
        "Android/android.py test --managed maxVersion -v -- -uall --single-process --rerun -W",
        "Android/android.py clean",
    ]


def test_ios_is_built_as_a_framework_with_a_python_of_the_mac_and_tested_in_the_simulator() -> None:
    build, host = "cd build_oot/build &&", "cd build_oot/host &&"
    found = lines("arm64 ios simulator")
    assert found == [
        "mkdir -p build_oot/build build_oot/host",
        f"{build} ../../configure",
        f"{build} make -j4",
        (
            f"{host} ../../configure --with-pydebug --with-openssl={IOS_LIBRARIES}/openssl --build=arm64-apple-darwin "
            "--host=arm64-apple-ios-simulator --with-build-python=../build/python.exe --enable-framework"
        ),
        f"{host} make -j4 all",
        f"{host} make -j4 install",
        f"{host} make testios",
        f"{build} make distclean",
        f"{host} make distclean",
    ]
    assert [row.version for row in ROWS if row.kind.kind == "ios"] == ["3.13"], "later trees have scripts of their own"


def test_valgrind_runs_six_files_and_fails_on_an_error() -> None:
    assert lines("x86-64 valgrind") == [
        "./configure '--prefix=$(PWD)/target' --with-pydebug --with-valgrind --without-pymalloc",
        "make -j4 all",
        "make pythoninfo",
        (
            "valgrind --leak-check=full --show-leak-kinds=definite --error-exitcode=10 --gen-suppressions=all "
            "--track-origins=yes --trace-children=yes '--suppressions=$(PWD)/Misc/valgrind-python.supp' "
            "./python -m test test_grammar test_syntax test_tokenize test_fstring test_ast test_exceptions "
            "--timeout=6000"
        ),
        "make distclean",
    ]


def of_rabbit(kind: str, version: str = "1.3") -> dict[str, str]:
    """The command lines of a row of Rabbit's table, whether or not it is turned on."""
    (row,) = [row for row in table("rabbit") if row.name == kind]
    return {command.name: str(command) for command in commands(row, version, 4)}


def test_rabbits_own_runner_is_told_which_program_to_run() -> None:
    """Its `-m test` runs nothing and says so; the runner is a program beside it (`Tools/regrtest --python`)."""
    assert of_rabbit("installed")["test"] == (
        "BUILDBOT=1 make buildbottest 'TESTPYTHON=$(PWD)/target/bin/rabbit1.3' 'TESTPYTHONOPTS=-Wdefault -bb -E' "
        "TESTTIMEOUT=1200 TESTOPTS=-j4"
    )
    found = of_rabbit("valgrind")
    assert "exec valgrind -q --vgdb=no --error-exitcode=10" in found["wrap"]
    assert found["test"] == (
        "BUILDBOT=1 make buildbottest 'TESTPYTHON=$(PWD)/under-valgrind' 'TESTOPTS=-j1 test_int test_list' "
        "TESTPYTHONOPTS= TESTTIMEOUT=6000"
    )


def test_a_search_runs_its_few_tests_on_each_platform_that_can_choose() -> None:
    for kind in ("win64 debug", "wasm32-wasi", "aarch64 android", "x86-64 valgrind"):
        (test,) = [line for line in lines(kind, tests="test_list") if "test_list" in line]
        assert "test_grammar" not in test


def test_only_a_hunt_that_can_be_given_a_part_of_the_suite_is_split_over_workers() -> None:
    split = {row.kind.name: hunts_leaks(row) for row in ROWS if row.kind.kind == "refleak"}
    assert split == {"x86-64 refleak": True, "x86-64 nogil refleak": True, "win64 refleak": False}


def test_threads_are_watched_where_the_tree_has_them() -> None:
    assert {row.version for row in ROWS if row.kind.kind == "tsan"} == {
        row.version for row in ROWS if row.kind.kind == "nogil"
    }
    assert "--with-pydebug --disable-gil --with-thread-sanitizer" in lines("x86-64 tsan")[0]
    assert "TESTOPTS=-j4 --tsan " in lines("x86-64 tsan")[3]


@pytest.mark.parametrize("name", ["rabbit", "cpython"])
def test_every_kind_that_the_farm_promises_has_its_row(name: str) -> None:
    everywhere = {
        "debug", "release", "installed", "refleak", "traceref", "asan", "ubsan", "tsan", "lto-pgo", "clang", "valgrind",
        "bench",
    }  # fmt: skip
    elsewhere = {"nogil", "wasi", "android", "ios"} if name == "cpython" else set()
    assert everywhere | elsewhere <= {kind.kind for kind in table(name)}
    steps = [kind for kind in table(name) if kind.kind != "bench"]
    for kind in steps:
        made = [command.name for row in cross([kind], REGISTRY[name], DAY) for command in row.commands()]
        assert not kind.enabled or "test" in made


REGISTRY = {name: branches.load(branches.registry_path(name)) for name in ("rabbit", "cpython")}
