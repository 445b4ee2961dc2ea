"""Bad input ends as in CPython 3.12: the same exception at the same place, no crash, no hang, no memory without end.

Each row is a program in a file of its own, which both interpreters run. Rabbit is a debug build, whose asserts listen.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
from pathlib import Path

import pytest

from tests.rabbit_build import build, shared_folder
from tests.rabbit_judges import load

hosts = load("hosts")
LONGEST_S = 120
MOST_BYTES = 4 << 30  # of address space: what asks for more is refused, and must say so


def nested(word: str, last: str, depth: int = 50) -> str:
    return "".join(f"{' ' * i}{word}\n" for i in range(depth)) + f"{' ' * depth}{last}\n"


def deep(first: str, step: str, then: str) -> str:
    """Two values 100,000 deep, and what is done with them."""
    return "".join(f"{name} = {first}\nfor _ in range(100000): {name} = {step.format(name)}\n" for name in "ab") + then


SOURCES: dict[str, str | bytes] = {
    # not UTF-8
    "byte_ff": b"x = 1\ny = '\xff\xfe'\n",
    "latin1_comment": b"# caf\xe9\nprint(1)\n",
    "latin1_name": b"x = 1\nx = 2\n# ok \xc3\xa9\nname\xe9 = 1\n",
    "cut_short": b"x = 'caf\xc3",
    "surrogate": b"x = '\xed\xa0\x80'\n",
    "overlong": b"x = '\xc0\x80'\n",
    "beyond_unicode": b"x = '\xf5\x80\x80\x80'\n",
    "utf16": "print(1)\n".encode("utf-16-le"),
    "cookie_latin1": b"# -*- coding: latin-1 -*-\nprint(ascii('caf\xe9'))\n",
    "cookie_ascii": b"# coding: ascii\nprint('\xe9')\n",
    "cookie_utf8": b"# coding: utf-8\nprint('\xe9')\n",
    "cookie_unknown": b"# coding: nosuch\nprint(1)\n",
    "cookie_and_mark": b"\xef\xbb\xbf# coding: latin-1\nprint('bom')\n",
    "mark": b"\xef\xbb\xbfprint('bom')\n",
    # null bytes
    "null": b"x = 1\nprint(2)\0\ny = 3\n",
    "null_first": b"\0print(2)\n",
    "null_in_string": b"x = 'a\0b'\n",
    "null_in_comment": b"x = 1 # a\0b\nprint(x)\n",
    "null_last": b"x = 1\nprint(x)\n\0",
    "null_before_byte_ff": b"x = '\0'\ny = '\xff'\n",
    # brackets, f-strings
    "brackets_100": f"print({'(' * 100}1{')' * 100})\n",
    "brackets_100_open": f"x = 1\ny = {'(' * 100}",
    "brackets_201": f"x = 1\ny = {'(' * 201}{')' * 201}",
    "brackets_mixed": f"x = {'([{' * 60}",
    "brackets_wrong": f"x = {'(' * 100}]\n",
    "fstrings_200": "x = " + "f'{" * 200 + "1" + "}'" * 200,
    # terms and other depths
    "terms_5000": f"x = 1{' + 1' * 5000}\nprint(x)\n",
    "terms_5000_of_names": f"a = 1\nx = a{' + a' * 5000}\nprint(x)\n",
    "terms_2994": f"x = 1{' + 1' * 2994}\nprint(x)\n",
    "signs_5000": f"x = {'-' * 5000}1\nprint(x)\n",
    "elif_5000": "x = 1\nif x == 0: pass\n" + "elif x == 2: pass\n" * 5000,
    "attributes_5000": f"x = a{'.b' * 5000}\n",
    "comparisons_5000": f"x = 1{' < 1' * 5000}\nprint(x)\n",
    "lambdas_5000": f"x = {'lambda: ' * 5000}1\n",
    # indentation
    "indent_99": nested("if 1:", "print('deep')", 99),
    "indent_100": nested("if 1:", "print('deep')", 100),
    "indent_unexpected": "x = 1\n  y = 2\n",
    "indent_first": "   x = 1\n",
    "indent_missing": "def f():\nxyz = 1\n",
    "indent_missing_match": "match x:\ncase 1: pass\n",
    "indent_missing_case": "match x:\n  case 1:\n  pass\n",
    "indent_missing_at_end": "class A:\n  def f():\n",
    "dedent_to_nowhere": "if 1:\n        x = 1\n    y = 2\n",
    "tabs_and_blanks": "if 1:\n        x = 1\n\ty = 2\n",
    "blanks_and_tabs": "if 1:\n  if 1:\n\tx = 1\n        y = 2\n",
    "else_to_nowhere": "if 1:\n    x = 1\n  else:\n    y = 2\n",
    # ends that come too early
    "backslash_at_end": "x = 1 + \\",
    "string_without_end": "x = 1\ny = 'abc\n",
    "text_without_end": "x = '''abc\n\n",
    # huge numbers
    "int_4300_digits": f"x = {'9' * 4300}\nprint(x > 0)\n",
    "int_from_5000_digits": "int('1' * 5000)\n",
    "int_to_5000_digits": "print(10**5000)\n",
    "int_hexadecimal": f"print((0x{'f' * 100000}).bit_length())\n",
    "int_shifted_far": "1 << 10**20\n",
    "int_shifted": "1 << 2**62\n",
    "int_as_float": "10**800 / 1\n",
    "float_literal": "print(1e99999, 1e-99999)\n",
    "range_as_length": "len(range(10**30))\n",
    "list_repeated": "[0] * 2**62\n",
    "bytes_repeated": "b'ab' * 2**62\n",
    "width_in_format": "format(1, '9' * 20)\n",
    "width_in_percent": "'%99999999999999999999d' % 1\n",
    # endless recursion
    "calls": "def f(): f()\nf()\n",
    "calls_in_turn": "def f(n): return g(n + 1)\ndef g(n): return f(n + 1)\nf(0)\n",
    "attributes": "class A:\n  def __getattr__(self, n): return getattr(self, n)\nA().x\n",
    "reprs": "class A:\n  def __repr__(self): return repr(self)\nprint(A())\n",
    "truths": "class A:\n  def __bool__(self): return not self\nnot A()\n",
    "formats": "class A:\n  def __format__(self, s): return f'{self}'\nf'{A()}'\n",
    "metaclasses": "class M(type):\n  def __call__(c, *a): return c(*a)\nclass A(metaclass=M): pass\nA()\n",
    "generators": "def g():\n  yield from g()\nfor x in g(): pass\n",
    "own_item": "a = []\na.append(a)\nb = []\nb.append(b)\nprint(a)\na == b\n",
    # 100,000 deep
    "lists_equal": deep("[]", "[{}]", "a == b\n"),
    "lists_less": deep("[]", "[{}]", "a < b\n"),
    "tuples_equal": deep("()", "({},)", "a == b\n"),
    "list_shown": deep("[]", "[{}]", "repr(a)\n"),
    "dict_shown": deep("{}", "{{1: {}}}", "repr(a)\n"),
    "filters_let_go": deep("filter(None, [])", "filter(None, {})", "del a, b\nprint('gone')\n"),
}

# How deep C goes is each interpreter's own, and so are the last words.
TOO_DEEP = {
    "exec": "s = 'exec(s)'\nexec(s)\n",
    "eval": "s = 'eval(s)'\neval(s)\n",
    "sort_keys": "def k(x): return sorted([1, 2], key=k)\nk(1)\n",
    "dicts_equal": deep("{}", "{{1: {}}}", "a == b\n"),
}


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


@pytest.fixture(scope="module")
def judge() -> Path:
    found: Path | None = hosts.cpython("3.12")
    if found is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: BAD INPUT WAS NOT JUDGED")
    return found


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def run(program: Path, path: Path) -> tuple[int, str, str]:
    """Exit code, output and errors, without the folder and without how often a line was repeated."""
    env = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    command = [program, path]
    done = subprocess.run(command, capture_output=True, env=env, timeout=LONGEST_S, preexec_fn=limited, check=False)
    out, err = (data.decode("utf-8", "backslashreplace") for data in (done.stdout, done.stderr))
    err = err.replace(f"{path.parent}{os.sep}", "")
    return done.returncode, out, re.sub(r"repeated \d+ more", "repeated N more", err)


def written(tmp_path: Path, name: str, source: str | bytes) -> Path:
    path = tmp_path / f"{name}.py"
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    return path


@pytest.mark.parametrize("name", SOURCES)
def test_bad_input_ends_as_in_cpython(rabbit: Path, judge: Path, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, SOURCES[name])
    expected = run(judge, path)
    assert run(rabbit, path) == expected


@pytest.mark.parametrize("name", TOO_DEEP)
def test_what_is_too_deep_is_a_recursion_error(rabbit: Path, tmp_path: Path, name: str) -> None:
    code, _, err = run(rabbit, written(tmp_path, name, TOO_DEEP[name]))
    assert code == 1
    assert err.splitlines()[-1].startswith("RecursionError: maximum recursion depth exceeded")


def test_small_objects_come_from_pools_where_little_address_space_is_allowed(rabbit: Path) -> None:
    command = [str(rabbit), "-c", "import sys; sys._debugmallocstats()"]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limited, check=True)
    assert re.search(r"^class +size +pools", done.stderr, re.MULTILINE)
    assert len(re.findall(r"^ +\d+ +\d+ +[1-9]\d* +\d+ +\d+$", done.stderr, re.MULTILINE)) >= 5
