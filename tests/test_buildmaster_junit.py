"""A JUnit file adds names to a verdict, in bounded room, and one that could hurt is refused with its reason."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from buildmaster import junit, junitfile
from buildmaster.masking import Masker, masked
from buildmaster.testlog import LogReader
from console.__main__ import camelot

LOG = """0:00:01 load avg: 0.10 [1/2/1] test_a failed (1 failure)
0:00:01 load avg: 0.10 [2/2/1] test_b passed

== Tests result: FAILURE ==

1 test failed:
    test_a

Result: FAILURE
"""
FAILING = '<testcase name="{}"><failure type="A">Traceback\nA: no</failure></testcase>'


def suite(*cases: str) -> bytes:
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>".encode()


def merged(*cases: str) -> dict[str, list[dict[str, str]]]:
    reader = LogReader()
    reader.feed(LOG)
    verdict = junit.merged(reader.verdict(), junit.read([suite(*cases)]))
    assert verdict["failed"] == ["test_a"]
    return {file["name"]: file["cases"] for file in verdict["files"]}


@pytest.mark.row("A9")
def test_a_case_that_only_the_file_knows_is_named_once_and_nobody_is_accused_by_the_file_alone() -> None:
    twice = FAILING.format("test.test_a.C.test_m")
    stray = FAILING.format("test.test_b.C.test_m"), FAILING.format("test_unknown.C.test_m"), FAILING.format("")
    case = {"id": "test.test_a.C.test_m", "outcome": "fail", "traceback": "Traceback\nA: no"}
    assert merged(twice, twice, *stray) == {"test_a": [case], "test_b": []}


def test_files_of_which_the_log_tells_no_duration_have_the_seconds_of_their_cases() -> None:
    reader = LogReader()
    reader.feed(LOG.replace("test_b passed", "test_b passed (33.2 sec)"))
    timed = '<testcase name="test.{}.C.test_{}" time="{}"/>'.format
    cases = [timed("test_a", 1, "0.250"), timed("test_a", 2, "1.5"), timed("test_b", 1, "30.0")]
    odd = [timed("test_a", 3, "nan"), timed("test_a", 4, "-1"), timed("test_a", 5, ""), timed("unknown", 1, "9")]
    verdict = junit.merged(reader.verdict(), junit.read([suite(*cases, *odd)]))
    assert {file["name"]: file["duration_s"] for file in verdict["files"]} == {"test_a": 1.75, "test_b": 33.2}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><testsuites>&a;</testsuites>', "declares a DOCTYPE"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><testsuites/>', "declares a DOCTYPE"),
        (b"<testsuites><testsuite>", "not well-formed XML: no element found"),
        (b"<html/>", "its root is <html>"),
        (b"<testsuites>" * 60, "more than 50 deep"),
        (b"\x00\xff\xfe", "not well-formed XML"),
        (b"", "not well-formed XML"),
    ],
)
def test_a_file_that_is_no_junit_file_is_refused(tmp_path: Path, text: bytes, why: str) -> None:
    with pytest.raises(junit.Unreadable, match=why):
        junit.read([text])
    (tmp_path / "run.log").write_text(LOG, encoding="utf-8")
    (tmp_path / "results.xml").write_bytes(text)
    with pytest.raises(Exception, match=why):
        CliRunner().invoke(
            camelot,
            ["testlog", str(tmp_path / "run.log"), "--junit", str(tmp_path / "results.xml")],
            catch_exceptions=False,
        )


def test_100_000_cases_take_the_room_of_a_thousand() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"<testsuites><testsuite>"
        for number in range(100_000):
            yield FAILING.format(f"test_a.C.test_{number}").encode()
        yield b"</testsuite></testsuites>"

    tracemalloc.start()
    try:
        report = junit.read(pieces())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (report.cases, len(report.wrong)) == (100_000, junit.MOST_CASES)
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{'API_TOKEN': 'abc', 'HOME': '/h'}", "{'API_TOKEN': ***, 'HOME': '/h'}"),
        ("environ({'HOME': '/h', 'X': \"it's\"})", "environ({'HOME': ***, 'X': ***})"),
        ("environ({'API_TOKEN': 'abc', 'HOME': '/h'})", "environ({'API_TOKEN': ***, 'HOME': ***})"),
        ("MY_SECRET_KEY=abc,def and more", "MY_SECRET_KEY=***,def and more"),
        ("https://ada:pass@host/x", "https://ada:***@host/x"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer ***"),
        ("ghp_" + "a" * 30, "***"),
        ("{'DB_PASSWORD': 'cut off", "{'DB_PASSWORD': ***"),
        ("self.assertEqual(token == 3)", "self.assertEqual(token == 3)"),
        ("a tokenizer, 'token': 3", "a tokenizer, 'token': 3"),
    ],
)
def test_values_of_secrets_are_masked_and_nothing_else(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_what_is_broken_off_a_long_line_with_secrets_is_masked_whole() -> None:
    masker = Masker()
    dump = "Warning --   Before: (1, environ({'HOME': '/h', " + "'A_LONG_NAME': 'x', " * 250
    first, rest = dump[:4095], dump[4095:] + "'Z': 'seen'}))"
    assert "'x'" not in masker.lines("o", f"{first}\n")
    assert masker.lines("e", "another stream\n") == "another stream\n"
    assert masker.lines("o", f"{rest}\nplain\n") == "***\nplain\n"
    assert masker.lines("o", "x" * 5000 + "\nplain\n").endswith("x\nplain\n")


def test_a_kept_file_is_masked_between_its_tags_and_can_still_be_read(tmp_path: Path) -> None:
    path = tmp_path / "results.xml"
    failing = FAILING.format("test_a.C.test_auth").replace("A: no", "API_TOKEN=hunter2")
    path.write_bytes(suite(failing))
    report, packed = junitfile.kept(path)
    text = gzip.decompress(packed)
    assert b"hunter2" not in text and b"API_TOKEN=***" in text
    assert list(junit.read([text]).wrong) == list(report.wrong) == ["test_a.C.test_auth"]
