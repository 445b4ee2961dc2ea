"""Values on Rabbit are those of CPython 3.12: numbers, strings, formats and slices that Hypothesis thinks up.

Both interpreters run all the time and are sent one expression after the other; what counts is the repr of the
value, or the exception with its text.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rabbit_build import build, shared_folder
from tests.rabbit_judges import load

hosts = load("hosts")

# Reads expressions, one a line; writes the ASCII form of what each is or raises.
ANSWER = """
import sys
while True:
    line = sys.stdin.readline()
    if not line:
        break
    try:
        answer = repr(eval(line))
    except Exception as error:
        answer = type(error).__name__ + ": " + str(error)
    sys.stdout.write(ascii(answer) + "\\n")
    sys.stdout.flush()
"""


class Interpreter:
    """A child that answers expressions."""

    def __init__(self, program: Path) -> None:
        self.program = program
        self.process = subprocess.Popen(
            [str(program), "-c", ANSWER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, expression: str) -> str:
        """The answer; "" when the child has ended."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode


class Pair:
    """Rabbit and the CPython that judges it."""

    def __init__(self, rabbit: Interpreter, judge: Interpreter) -> None:
        self.rabbit, self.judge = rabbit, judge

    def agree(self, *expressions: str) -> None:
        for expression in expressions:
            assert self.rabbit.ask(expression) == self.judge.ask(expression), expression


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    judge = hosts.cpython("3.12")
    if judge is None:
        pytest.skip("no CPython 3.12 here to compare with: install one with pyenv, or name it in CAMELOT_PYTHON312")
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    both = Pair(Interpreter(build(base / "rabbit-debug", ["--with-pydebug"])), Interpreter(judge))
    yield both
    assert both.rabbit.end() == 0
    both.judge.end()


compared = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
whole = st.one_of(st.integers(-300, 300), st.integers(-(2**70), 2**70), st.integers(-(2**700), 2**700))
texts = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cn", "Cs"]), max_size=12)
slots = st.one_of(st.none(), st.integers(-15, 15))
doubles = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])


@compared
@given(whole, st.sampled_from(["+", "-", "*", "//", "%", "/", "&", "|", "^", "<", "==", ">="]), whole)
def test_arithmetic_of_ints(pair: Pair, a: int, op: str, b: int) -> None:
    pair.agree(f"({a}) {op} ({b})")


@compared
@given(whole, st.integers(-40, 40), whole)
def test_powers_shifts_and_bytes_of_ints(pair: Pair, a: int, n: int, m: int) -> None:
    pair.agree(f"pow({a}, {n}, {m})", f"({a}) << ({n}), ({a}) >> ({n})", f"round({a}, {n}), hash({a})")
    pair.agree(f"({a}).bit_length(), ({a}).bit_count(), hex({a}), oct({a})")
    pair.agree(f"({a}).to_bytes({abs(n)}, 'big', signed=True)")
    pair.agree(f"int.from_bytes(({m}).to_bytes(90, 'little', signed=True), 'little', signed=True)")


def test_every_power_of_two(pair: Pair) -> None:
    for exponent in range(-1074, 1024):
        pair.agree(f"float.fromhex('0x1p{exponent}')")


@compared
@given(doubles, st.integers(-5, 20))
def test_any_double(pair: Pair, value: float, digits: int) -> None:
    made = f"float.fromhex({value.hex()!r})"
    pair.agree(f"[repr(x), x.hex(), hash(x) if x == x else 0] if (x := {made}) is not None else 0")
    pair.agree(f"round({made}, {digits})")
    pair.agree(f"int({made}), ({made}).as_integer_ratio()")


@compared
@given(doubles, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "=="]), st.one_of(doubles, whole))
def test_arithmetic_of_floats(pair: Pair, a: float, op: str, b: float) -> None:
    def term(value: float) -> str:
        return f"({value})" if isinstance(value, int) else f"float.fromhex({value.hex()!r})"

    pair.agree(f"{term(a)} {op} {term(b)}")


@compared
@given(
    st.one_of(whole, st.floats(), texts, st.booleans()),
    st.from_regex(r"([ *0é]?[<>=^])?[-+ ]?#?0?[0-9]{0,2}[,_]?(\.[0-9]{1,2})?[a-zA-Z%]?", fullmatch=True),
)
def test_format_specs(pair: Pair, value: object, spec: str) -> None:
    shown = f"float('{value!r}')" if isinstance(value, float) else repr(value)
    pair.agree(f"format({shown}, {spec!r})")


@compared
@given(
    st.from_regex(r"%[-+ #0]?[0-9]?(\.[0-9])?[diuxXoeEfFgGcrsa%]", fullmatch=True), st.one_of(whole, st.floats(), texts)
)
def test_percent_formats(pair: Pair, form: str, value: object) -> None:
    shown = f"float('{value!r}')" if isinstance(value, float) else repr(value)
    pair.agree(f"{form!r} % ({shown},)")


@compared
@given(texts, texts, texts)
def test_methods_of_str(pair: Pair, s: str, a: str, b: str) -> None:
    x, y = repr(s), repr(a)
    pair.agree(f"{x}.replace({y}, {b!r}), {x}.split({y}), {x}.split(None, 1), {x}.rsplit(None, 1)")
    pair.agree(f"{x}.find({y}), {x}.rfind({y}), {x}.count({y}), {x}.startswith({y}), {x}.strip({y})")
    pair.agree(f"{x}.partition({y}), {x}.rpartition({y}), {x}.center(20), {x}.expandtabs(), {x}.encode()")
    pair.agree(f"{x} < {y}, {x} == {y}, repr({x}), ascii({x}), {x}.splitlines()")


@compared
@given(st.binary(max_size=12), st.binary(max_size=3), slots, slots, slots)
def test_methods_of_bytes(pair: Pair, s: bytes, a: bytes, i: int | None, j: int | None, k: int | None) -> None:
    for x in (repr(s), f"bytearray({s!r})"):
        pair.agree(f"{x}[{i}:{j}:{k}], {x}.split(), {x}.split(None, 1), {x}.rsplit(None, 1)")
        pair.agree(f"{x}.replace({a!r}, b'-'), {x}.find({a!r}), {x}.count({a!r}), {a!r} in {x}")
        pair.agree(f"{x}.upper(), {x}.title(), {x}.strip(), {x}.splitlines(), {x}.hex('-', 2)")


@compared
@given(st.lists(st.integers(0, 9), max_size=8), slots, slots, slots, st.lists(st.integers(10, 19), max_size=4))
def test_slices(pair: Pair, items: list[int], i: int | None, j: int | None, k: int | None, new: list[int]) -> None:
    part = f"[{i}:{j}:{k}]"
    pair.agree(f"{items}{part}, tuple({items}){part}, range({len(items)}){part}, 'abcdefgh'{part}")
    pair.agree(f"(l := {items}, l.__setitem__(slice({i}, {j}, {k}), {new}))")
    pair.agree(f"(l := {items}, l.__delitem__(slice({i}, {j}, {k})))")
    pair.agree(f"sorted({items}, reverse=True), sorted({items}, key=lambda x: -x), hash(tuple({items}))")


@compared
@given(
    st.complex_numbers(), st.sampled_from(["+", "-", "*", "=="]), st.one_of(st.complex_numbers(), st.integers(-9, 9))
)
def test_complex_numbers(pair: Pair, a: complex, op: str, b: complex) -> None:
    def term(value: complex) -> str:
        return f"complex(float('{value.real!r}'), float('{value.imag!r}'))"

    pair.agree(f"{term(a)} {op} {term(b)}")
    pair.agree(f"complex(repr({term(a)})) if {term(a)} == {term(a)} else 0")


@compared
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=6), st.lists(st.integers(0, 5), max_size=6))
def test_dicts_and_sets(pair: Pair, pairs: list[tuple[int, int]], keys: list[int]) -> None:
    d, s = f"dict({pairs})", f"set({keys})"
    pair.agree(f"{d}, {d} | dict.fromkeys({keys}), list(reversed({d})), {d} == dict({pairs[::-1]})")
    pair.agree(f"sorted({d}.keys() & {s}), sorted({s} ^ {{1, 2}}), {s} <= {{1, 2, 3}}, frozenset({keys}) == {s}")


@pytest.mark.parametrize("seed", ["0", "1", "42", "4294967295"])
def test_equal_seeds_give_equal_hashes(pair: Pair, seed: str) -> None:
    """SipHash-1-3 with a key spread from PYTHONHASHSEED, as CPython does it."""
    values = "'', 'a', 'abcdefgh', 'abcdefghi', 'é', '∀x', '😀', b'', b'bytes', ('t', 1, 2.5)"
    program = f"print([hash(x) for x in ({values})])"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    answers = [
        subprocess.run([who.program, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout
        for who in (pair.rabbit, pair.judge)
    ]
    assert answers[0] == answers[1]
