"""Ask Rabbit and CPython 3.12 the same of programs that nobody wrote, and tell where they disagree.

Programs come from pysource-codegen and hypothesmith, whole and with a few words changed; expressions over numbers, text
and containers from Hypothesis. Compared are acceptance, the syntax tree, the value and the type of the exception.

Example: python Tools/judges/fuzz.py --rabbit build/rabbit --seconds 600 --seed 7
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import select
import subprocess
import sys
import time
import tokenize
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hosts
import hypothesis
import hypothesmith
import pysource_codegen
import pysource_minimize
from hypothesis import strategies as st

WORKER = Path(__file__).with_name("fuzz_worker.py")
JUDGE = "3.12"
LONGEST_S = 20.0
NODES = 150  # of a generated program
SOON_ENOUGH = 25  # differences after which a run ends

Answer = dict[str, str]


class Child:
    """A long-lived interpreter that answers questions; one that died or hung is started again for the next."""

    def __init__(self, program: Path) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, kind: str, source: str) -> Answer:
        """What it says; {"died": ...} with the exit code, or that it took too long."""
        process = self.process = self.process or self._start()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps({"kind": kind, "source": source}).encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], LONGEST_S)
            line = process.stdout.readline() if ready else None
        except BrokenPipeError:
            line = b""
        if line:
            found: Answer = json.loads(line)
            return found
        died = f"no answer in {LONGEST_S:.0f} s" if line is None else f"exit code {process.wait()}"
        self.close()
        return {"died": died}

    def _start(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        env = {**os.environ, "PYTHONHASHSEED": "0"}  # with the same seed strings have the same hash in both
        return subprocess.Popen([self.program, WORKER], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=env)

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            self.process = None


class Pair:
    """Both interpreters, asked the same."""

    def __init__(self, rabbit: Path, judge: Path) -> None:
        self.rabbit, self.judge = Child(rabbit), Child(judge)
        self.compared = 0

    def difference(self, kind: str, source: str) -> str | None:
        """What they disagree about, in a line; None when they agree, or when CPython itself gives no answer."""
        expected = self.judge.ask(kind, source)
        if "died" in expected or expected.get("raised") in ("RecursionError", "MemoryError"):
            return None
        if unassigned(source + expected.get("said", "")):
            return None
        found = self.rabbit.ask(kind, source)
        self.compared += 1
        if found == expected:
            return None
        at = parting(expected.get("said", ""), found.get("said", ""))
        return f"CPython {brief(expected, at)}, Rabbit {brief(found, at)}"

    def close(self) -> None:
        self.rabbit.close()
        self.judge.close()


def unassigned(text: str) -> bool:
    """Does it hold a character that came into Unicode after this Python, whose tables Rabbit was built with?"""
    return any(unicodedata.category(char) == "Cn" for char in text)


def parting(one: str, other: str) -> int:
    """Where two texts begin to differ."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def brief(answer: Answer, at: int) -> str:
    if "raised" in answer:
        return f"raises {answer['raised']}"
    return f"says ...{answer['said'][max(0, at - 30) : at + 40]}" if "said" in answer else f"dies: {answer['died']}"


# -- programs -------------------------------------------------------------------------------------------------------


def programs(seed: int) -> Iterator[str]:
    """Endless: valid programs, and after each the same with a few words changed, which are mostly none."""
    rng = random.Random(seed)  # noqa: S311 - nothing is secret here
    for number in range(seed * 1_000_000, (seed + 1) * 1_000_000):
        source = pysource_codegen.generate(number, node_limit=NODES)
        yield source
        yield broken(source, rng)


def broken(source: str, rng: random.Random) -> str:
    """The program with one to three of its tokens dropped, doubled or exchanged."""
    try:
        words = [token.string for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    except (tokenize.TokenError, SyntaxError):
        return source[: len(source) // 2]
    text = source
    for _ in range(rng.randint(1, 3)):
        word, other = (rng.choice([word for word in words if word.strip()] or ["x"]) for _ in range(2))
        text = text.replace(word, rng.choice(["", f"{word} {word}", other]), 1)
    return text


# -- expressions ----------------------------------------------------------------------------------------------------

EDGES = [0, 1, -1, 2, 7, 255, 2**30, -(2**30), 2**31, 2**53 + 1, 2**60, 2**62, 2**63 - 1, -(2**63), 2**64, 10**18, 10**25]
FLOATS = st.floats(width=64).map(lambda x: f"float({str(x)!r})")
INTS = (st.sampled_from(EDGES) | st.integers(-(2**70), 2**70) | st.integers(-20, 20)).map(lambda n: f"({n})")
TEXT = st.text(st.sampled_from("abAB xX09._-éßİ日🐇\n\t'\"\\{}%ａ"), max_size=8).map(repr)
DATA = st.binary(max_size=5).map(repr)
SMALL = st.integers(-6, 6).map(str) | st.just("None")
SLICE = st.tuples(SMALL, SMALL, SMALL).map(lambda parts: f"[slice({', '.join(parts)})]")
SPECS = st.from_regex(r"([*<é]?[<>=^])?[+ -]?#?0?([1-9])?[,_]?(\.[0-9])?[bcdeEfFgGnosxX%]?", fullmatch=True)
UNARY = st.sampled_from(["-", "+", "~", "not ", "abs", "int", "float", "str", "repr", "hash", "len", "bool", "list", "sorted", "round", "ascii"])
BINARY = st.sampled_from(["+", "-", "*", "/", "//", "%", "&", "|", "^", "==", "!=", "<", ">=", "in", "and", "or", "is not"])
METHODS = st.sampled_from(
    ["upper()", "lower()", "title()", "swapcase()", "capitalize()", "strip()", "split()", "splitlines()", "isdigit()",
     "isalpha()", "isidentifier()", "casefold()", "zfill(6)", "center(9, '*')", "rjust(5)", "partition('a')", "encode()",
     "count('')", "find('a')", "replace('a', 'bb')", "join(['x', 'y'])", "startswith('a')", "expandtabs(3)", "isspace()",
     "bit_length()", "as_integer_ratio()", "is_integer()", "hex()", "index(1)", "count(1)", "copy()", "conjugate()"]
)  # fmt: skip


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An expression around smaller ones. Powers and shifts have small right sides, or they would never end."""
    pair = st.tuples(inner, BINARY, inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
    power = st.tuples(inner, st.sampled_from(["**", "<<", ">>"]), st.integers(-3, 9)).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    )
    items = st.lists(inner, max_size=4).map(", ".join)
    return (
        pair
        | power
        | st.tuples(UNARY, inner).map(lambda parts: f"{parts[0]}({parts[1]})")
        | st.tuples(inner, SLICE).map("".join)
        | st.tuples(inner, SMALL).map(lambda parts: f"{parts[0]}[{parts[1]}]")
        | st.tuples(inner, METHODS).map(lambda parts: f"{parts[0]}.{parts[1]}")
        | st.tuples(inner, SPECS).map(lambda parts: f"format({parts[0]}, {parts[1]!r})")
        | st.tuples(inner, inner).map(lambda parts: f"divmod({parts[0]}, {parts[1]})")
        | st.tuples(inner, SPECS).map(lambda parts: f"('%{parts[1].lstrip('*<>=^é,_')}' % ({parts[0]},))")
        | items.map(lambda text: f"[{text}]")
        | items.map(lambda text: f"({text},)" if text else "()")
        | st.tuples(inner, inner).map(lambda parts: f"{{{parts[0]}: {parts[1]}}}")
    )


EXPRESSIONS = st.recursive(INTS | FLOATS | TEXT | DATA | st.sampled_from(["None", "True", "2j", "range(5)", "''"]), _larger, max_leaves=5)


# -- runs -----------------------------------------------------------------------------------------------------------


def hunt(pair: Pair, kind: str, strategy: st.SearchStrategy[str], seed: int, examples: int) -> tuple[str, str] | None:
    """The smallest source of a strategy that they disagree about, and what about; None if there is none."""
    worst: list[tuple[str, str]] = []
    quiet = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large, hypothesis.HealthCheck.filter_too_much]

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=examples, deadline=None, database=None, suppress_health_check=quiet)
    @hypothesis.given(strategy)
    def agree(source: str) -> None:
        told = pair.difference(kind, source)
        if told is not None:
            worst.append((source, told))
            raise AssertionError(told)

    try:
        agree()
    except AssertionError:
        return worst[-1]
    return None


def smallest(pair: Pair, source: str) -> str:
    """A program cut down as far as they still disagree about it."""

    def still(text: str) -> bool:
        return pair.difference("parse", text) is not None

    try:
        return str(pysource_minimize.minimize(source, still, compilable=False))
    except Exception:  # the minimiser parses, and what is no program it cannot
        return _fewer_lines(source, still)


def _fewer_lines(source: str, still: Callable[[str], bool]) -> str:
    lines = source.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        fewer = lines[:at] + lines[at + 1 :]
        if still("".join(fewer)):
            lines = fewer
        else:
            at += 1
    return "".join(lines)


def run(pair: Pair, seed: int, seconds: float) -> Iterator[tuple[str, str, str]]:
    """(kind, source, difference) of everything found in so many seconds."""
    end = time.monotonic() + seconds
    source = programs(seed)
    turn = 0
    while time.monotonic() < end:
        turn += 1
        text = next(source)
        if (told := pair.difference("parse", text)) is not None:
            yield "parse", smallest(pair, text), told
        if turn % 20 == 0 and (found := hunt(pair, "value", EXPRESSIONS, seed + turn, 200)) is not None:
            yield "value", *found
        if turn % 40 == 0 and (found := hunt(pair, "parse", hypothesmith.from_node(), seed + turn, 30)) is not None:
            yield "parse", *found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rabbit", type=Path, default=Path("./rabbit"), help="the program under test [./rabbit]")
    parser.add_argument("--seconds", type=float, default=60, help="how long to look [60]")
    parser.add_argument("--seed", type=int, default=0, help="where to begin; the same seed finds the same [0]")
    asked = parser.parse_args(arguments)
    judge = hosts.cpython(JUDGE)
    if judge is None:
        print(f"fuzz: no CPython {JUDGE} found: install one, or name it with CAMELOT_PYTHON312=...", file=sys.stderr)
        return 3
    warnings.simplefilter("ignore")  # what generated programs are warned of is no news
    pair = Pair(asked.rabbit.resolve(), judge)
    found: dict[str, Any] = {}
    try:
        for kind, source, told in run(pair, asked.seed, asked.seconds):
            if told not in found:
                found[told] = source
                print(f"--- {kind}: {told}\n{source}", flush=True)
            if len(found) >= SOON_ENOUGH:
                break
    finally:
        pair.close()
    print(f"{len(found)} kinds of difference in {pair.compared:,} answers, {asked.seconds:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
