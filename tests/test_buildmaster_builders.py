"""Builders follow the calendar, and their command lines are CPython's."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildmaster import builders, inventory
from buildmaster.builders import BuilderRow, cross, render, table
from buildmaster.buildrequests import Choice, Refused, chosen
from buildmaster.inventory import Worker
from buildmaster.kinds import Kind
from buildmaster.schedulers import all_schedulers
from buildmaster.testlog import LogReader
from buildmaster.teststep import outcome
from console.__main__ import camelot
from core import branches
from core.results import BuildRequest

RABBIT = branches.load(branches.registry_path("rabbit"))
CPYTHON = branches.load(branches.registry_path("cpython"))
STORY = date(2026, 11, 20)


def rows(name: str, on: date) -> list[BuilderRow]:
    return cross(table(name), CPYTHON if name == "cpython" else RABBIT, on)


def lines(name: str, kind: str) -> dict[str, str]:
    """The command lines of the builder of that kind's row on main."""
    row = next(row for row in rows(name, STORY) if row.kind.name == kind and row.branch == "main")
    return {command.name: str(command) for command in row.commands()}


def test_the_table_is_printed_with_its_command_lines_and_no_farm_runs(tmp_path: Path) -> None:
    plain = ["--profile", "cpython", "--today", "2026-11-20", "builders", "--commands"]
    printed = CliRunner(env={"CAMELOT_DATA": str(tmp_path)}).invoke(camelot, [*plain, "--json"])
    found = json.loads(printed.output)
    assert len(found) == len(rows("cpython", STORY))
    assert "make buildbottest" in found[0]["commands"]["test"]
    text = CliRunner(env={"CAMELOT_DATA": str(tmp_path)}).invoke(camelot, plain).output
    assert "x86-64 debug 3." in text and "tier 1, stable" in text


def test_a_build_of_a_few_tests_runs_them_alone_and_names_the_methods_that_leak() -> None:
    row = next(row for row in rows("rabbit", STORY) if row.kind.kind == "refleak")
    test = {command.name: str(command) for command in row.commands(2, "test_list test_int")}["test"]
    assert "'TESTOPTS=-j2 -R 3:3 -u-cpu --bisect test_list test_int'" in test
    debug = next(row for row in rows("rabbit", STORY) if row.kind.kind == "debug")
    test = {command.name: str(command) for command in debug.commands(2, "test_list")}["test"]
    assert test.endswith("TESTPYTHONOPTS= TESTTIMEOUT=1200") and "--bisect" not in test and "test_list" in test


@pytest.mark.parametrize("tests", ["test_list; rm -rf", "$(id)", "-R 3:3", "test_list  test_int", "a" * 3000])
def test_names_of_tests_that_are_none_are_refused(tests: str) -> None:
    request = BuildRequest(1, "key", "main", "c" * 40, "", "", tests)
    with pytest.raises(Refused, match="are no names of tests"):
        chosen(request, Choice({"debug 1.3": "main"}))


def test_each_live_branch_has_each_enabled_kind() -> None:
    assert {(row.kind.kind, row.branch, row.version) for row in rows("rabbit", STORY)} == {
        (kind, branch, version)
        for kind in ("debug", "release", "asan", "ubsan", "refleak", "s390x", "aarch64")
        for branch, version in (("main", "1.3"), ("1.2", "1.2"), ("1.1", "1.1"))
    }


def test_a_branch_loses_its_builders_on_the_day_it_dies() -> None:
    dies = RABBIT.find("1.1")
    assert dies is not None
    before, after = rows("rabbit", dies.end_of_life - timedelta(days=1)), rows("rabbit", dies.end_of_life)
    assert len([row for row in before if row.branch == "1.1"]) == 7
    assert [row for row in after if row.branch == "1.1"] == []
    assert [row.name for row in after] == [row.name for row in before if row.branch != "1.1"]


def test_a_branch_that_leaves_main_takes_its_number_and_main_goes_on() -> None:
    freeze = RABBIT.find("1.3")
    assert freeze is not None
    assert {row.branch for row in rows("rabbit", freeze.feature_freeze) if row.version == "1.3"} == {"1.3"}


def test_builders_names_are_unique_on_every_day_of_ten_years() -> None:
    for month in range(120):
        names = [row.name for row in rows("cpython", date(2022 + month // 12, month % 12 + 1, 1))]
        assert len(set(names)) == len(names)


def test_free_threading_has_no_builder_before_3_13() -> None:
    versions = {row.version for row in rows("cpython", STORY) if "--disable-gil" in row.kind.configure}
    assert versions
    assert "3.12" not in versions


# What python/buildmaster-config's factories run, -j2 where a worker sets nothing.
UNIX = [
    ("x86-64 debug", "--with-pydebug", "-j2 --junit-xml test-results.xml", 1200),
    ("x86-64 release", "CFLAGS=-UNDEBUG", "-j2 --junit-xml test-results.xml", 1200),
    ("x86-64 asan", "--without-pymalloc --with-address-sanitizer", "-j2 --junit-xml test-results.xml", 2100),
    ("x86-64 refleak", "--with-pydebug", "-j2 -R 3:3 -u-cpu", 2700),
    ("x86-64 nogil", "--with-pydebug --disable-gil", "-j2 --junit-xml test-results.xml", 1800),
    ("x86-64 lto", "--with-lto", "-j2 --junit-xml test-results.xml", 1200),
    ("x86-64 lto-pgo", "--with-lto --enable-optimizations", "-j2 --junit-xml test-results.xml", 1200),
    ("x86-64 traceref", "--with-pydebug --with-trace-refs", "-j2 --junit-xml test-results.xml", 1200),
]


@pytest.mark.parametrize(("kind", "configure", "options", "timeout_s"), UNIX)
def test_the_steps_of_a_unix_build_are_cpythons(kind: str, configure: str, options: str, timeout_s: int) -> None:
    found = lines("cpython", kind)
    assert list(found) == ["configure", "compile", "pythoninfo", "test", "clean"]
    bare = {name: re.sub(r"^(\w+=\S+ )+", "", line) for name, line in found.items()}  # without the environment
    assert bare == {
        "configure": f"./configure '--prefix=$(PWD)/target' {configure}",
        "compile": "make -j2 all",
        "pythoninfo": "make pythoninfo",
        "test": f"make buildbottest 'TESTOPTS={options}' TESTPYTHONOPTS= TESTTIMEOUT={timeout_s}",
        "clean": "make distclean",
    }


def test_asan_builds_and_tests_without_leak_detection() -> None:
    found = lines("rabbit", "asan")
    expected = "ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:handle_segv=0"
    assert all(found[step].startswith(expected) for step in ("configure", "compile", "test"))
    assert "BUILDBOT=1" in found["test"]


def test_an_installed_build_tests_what_was_installed_read_only() -> None:
    version = next(row.version for row in rows("cpython", STORY) if row.branch == "main")
    found = lines("cpython", "x86-64 installed")
    assert list(found)[2:] == ["pythoninfo", "install", "read-only", "test", "writable", "clean"]
    assert f"target/bin/python{version} -Wdefault -bb -E -m test -rwW -uall" in found["test"]


def test_a_tree_whose_objects_are_kept_is_swept_first_and_marked_last() -> None:
    assert list(lines("rabbit", "debug"))[0] == "sweep"
    assert list(lines("rabbit", "debug"))[-1] == "keep"


def test_the_table_prints_as_text_and_as_json() -> None:
    found = rows("rabbit", STORY)
    workers = inventory.load()
    printed = json.loads(render(found, True, workers))
    assert (printed[0]["name"], printed[0]["branch"]) == (found[0].name, "main")
    assert printed[0]["workers"] == ["local"]
    assert printed[0]["commands"]["compile"] == "make -j2 all"
    text = render(found, False, workers)
    assert "debug 1.1: tier 1, stable, on local" in text
    assert "ubsan 1.1: tier 2, unstable, at night, on local" in text


def test_an_unknown_table_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"farm.builders is 'pypy': write one of rabbit, cpython"):
        builders.table("pypy")


def test_every_demo_builder_of_this_machine_has_a_worker_and_the_others_have_theirs_in_the_box() -> None:
    own, box = inventory.load(), inventory.load(inventory.INVENTORY.with_name("box.toml"))
    without = [row.kind.name for row in rows("rabbit", STORY) if not row.workers(own)]
    assert set(without) == {"s390x", "aarch64"}
    assert all([worker.name for worker in row.workers(box)] for row in rows("rabbit", STORY))
    emulated = {row.kind.name: row.workers(box)[0].name for row in rows("rabbit", STORY) if row.kind.name in without}
    assert emulated == {"s390x": "box-s390x", "aarch64": "box-aarch64"}
    assert lines("rabbit", "s390x")["configure"].endswith("--host=s390x-linux-gnu --with-pydebug")


KEEPS = Kind("debug", "debug", 1, True, ())


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [
        ("", "", ["main", "1.2", "1.1"]),
        ("1.2", "", ["main", "1.2"]),
        ("", "1.2", ["1.2", "1.1"]),
        ("1.2", "1.2", ["1.2"]),
        ("main", "", ["main"]),
        ("1.9", "", []),
    ],
)
def test_a_kind_and_a_worker_keep_to_their_branches(since: str, until: str, kept: list[str]) -> None:
    everywhere = Worker("pi", "ada", frozenset())
    picky = replace(everywhere, since=since, until=until)
    assert [row.branch for row in cross([replace(KEEPS, since=since, until=until)], RABBIT, STORY)] == kept
    assert [row.branch for row in cross([KEEPS], RABBIT, STORY) if row.workers([picky])] == kept
    assert all(row.workers([picky, everywhere])[-1] is everywhere for row in cross([KEEPS], RABBIT, STORY))


def test_main_alone_goes_on_to_the_next_main() -> None:
    only = [replace(KEEPS, since="main")]
    assert [row.name for row in cross(only, CPYTHON, date(2026, 5, 6))] == ["debug 3.15"]
    assert [row.name for row in cross(only, CPYTHON, date(2026, 5, 7))] == ["debug 3.16"]


def test_an_inventory_with_a_branch_that_is_none_names_its_place(tmp_path: Path) -> None:
    file = tmp_path / "inventory.toml"
    row = '[[worker]]\nname = "pi"\nowner = "ada"\ntags = ["linux"]\nsince = "{}"\nuntil = "{}"\n'
    file.write_text(row.format("main", ""), encoding="utf-8")
    assert [(worker.since, worker.until) for worker in inventory.load(file)] == [("main", "")]
    for since, until, wrong in (("3.x", "", "3.x"), ("", "main", "main")):
        file.write_text(row.format(since, until), encoding="utf-8")
        with pytest.raises(ValueError, match=f"worker pi: '{wrong}' is not a maintenance branch"):
            inventory.load(file)


BRANCHES = {"x86-64 debug main": "main", "x86-64 refleak main": "main", "x86-64 debug 1.2": "1.2"}
NAMES = Choice(BRANCHES)


def request(branch: str = "main", text: str = "") -> BuildRequest:
    return BuildRequest(1, "k", branch, "c" * 40, text, "")


def test_a_request_chooses_builders_of_its_own_branch_by_pattern() -> None:
    assert chosen(request(), NAMES) == ["x86-64 debug main", "x86-64 refleak main"]
    assert chosen(request(text="REFLEAK"), NAMES) == ["x86-64 refleak main"]
    assert chosen(request("1.2", "debug"), NAMES) == ["x86-64 debug 1.2"]


def test_a_push_leaves_out_what_is_built_at_night() -> None:
    choice = Choice(BRANCHES, nightly={"x86-64 refleak main"})
    assert chosen(request(), choice) == ["x86-64 debug main"]
    assert chosen(request(text="refleak"), choice) == ["x86-64 refleak main"]
    assert chosen(request(text=".*"), choice) == ["x86-64 debug main", "x86-64 refleak main"]


def test_each_builder_of_a_branch_is_of_one_of_the_two_paces_of_a_push() -> None:
    choice = Choice({**BRANCHES, "ubsan main": "main"}, nightly={"ubsan main"}, slow={"x86-64 refleak main"})
    assert chosen(replace(request(), pace="quick"), choice) == ["x86-64 debug main"]
    assert chosen(replace(request(), pace="slow"), choice) == ["x86-64 refleak main"]
    assert chosen(replace(request("1.2"), pace="slow"), choice) == [], "nothing is slow there, and that is no mistake"


def test_a_request_for_named_builders_gets_those_that_are_still_there() -> None:
    asked = replace(request("refs/pull/7/merge"), names=("x86-64 debug 1.2", "gone 1.2"))
    assert chosen(asked, NAMES) == ["x86-64 debug 1.2"]
    with pytest.raises(Refused, match="gone 1.2 are gone"):
        chosen(replace(asked, names=("gone 1.2",)), NAMES)


def test_each_branch_has_a_night_for_its_nightly_builders_alone() -> None:
    found = all_schedulers(rows("rabbit", STORY), "file:///somewhere")
    nights = {each.name: each.builderNames for each in found if each.name.startswith("nightly")}
    assert nights == {f"nightly-{row.branch}": [row.name] for row in rows("rabbit", STORY) if row.kind.nightly}
    assert set(nights) == {"nightly-main", "nightly-1.2", "nightly-1.1"}


def test_undefined_behaviour_ends_a_test_with_its_stack() -> None:
    found = lines("rabbit", "ubsan")
    assert "--with-undefined-behavior-sanitizer" in found["configure"]
    assert found["test"].startswith("UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 BUILDBOT=1 make buildbottest")


@pytest.mark.parametrize(
    ("branch", "text", "why"),
    [
        ("1.0", "", "no builder builds the branch 1.0"),
        ("main", "windows", "matches none of"),
        ("main", "(", "is not a regular expression"),
        ("main", "(a+)+$", "repeats too much"),
        ("main", "((a*))*", "repeats too much"),
        ("main", ".*.*.*.*.*.*x", "repeats too much"),
        ("main", "x" * 201, "at most 200"),
    ],
)
def test_a_request_that_cannot_be_built_is_refused_with_a_reason(branch: str, text: str, why: str) -> None:
    with pytest.raises(Refused, match=re.escape(why)):
        chosen(request(branch, text), NAMES)


def log(text: str) -> LogReader:
    reader = LogReader()
    reader.feed(text)
    return reader


SAYS_5 = "make: *** [Makefile:63: buildbottest] Error 5\n"
WAVERED = (
    "0:00:01 [1/1/1] test_a failed (1 failure)\n== Tests result: FAILURE then SUCCESS ==\n\n"
    "1 re-run test:\n    test_a\n\nResult: FAILURE then SUCCESS\n"
)


@pytest.mark.parametrize(
    ("code", "text", "result"),
    [
        (0, "", "success"),
        (0, WAVERED, "warnings"),
        (5, "", "warnings"),
        (2, SAYS_5, "warnings"),
        (2, "make: *** [Makefile:63: buildbottest] Error 2\n", "failure"),
        (2, "", "failure"),
        (1, "", "failure"),
        (3, "", "failure"),  # env changed
        (None, "", "failure"),
    ],
)
def test_exit_codes_become_results(code: int | None, text: str, result: str) -> None:
    names = {0: "success", 1: "warnings", 2: "failure"}
    assert names[outcome(code, log(text))] == result
