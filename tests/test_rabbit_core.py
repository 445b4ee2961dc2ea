"""Rabbit runs programs as CPython does: small ones, with what they print written beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rabbit_build import build, shared_folder

# A name, the program, and behind an arrow each line that it prints.
_PROGRAMS = r"""
# whole numbers have no limit
print(2**100 // 3**20, -7 // 2, -7 % 3)
=> 363558641556578823726 -4 2

# floats show their shortest digits
print(0.1 + 0.2, 1e22, 5e-324, -0.0)
=> 0.30000000000000004 1e+22 5e-324 -0.0

# equal numbers hash alike
print(hash(1) == hash(1.0) == hash(True), {1: 'a'}[1.0])
=> True a

# strings count characters
s = 'é€😀'
print(len(s), s[::-1], s.encode())
=> 3 😀€é b'\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'

# f-strings format
x = 3.14159
print(f'{x:.2f}|{42:>6}|{1234567:,}|{"a"!r}|{x = :.1f}')
=> 3.14|    42|1,234,567|'a'|x = 3.1

# percent formats
print('%5d|%-4s|%05.1f' % (7, 'ab', 2.5), '%(a)s' % {'a': 1})
=>     7|ab  |002.5 1

# arguments find their parameters
def f(a, /, b, *c, d=4, **e):
    return a, b, c, d, e
print(f(1, 2, 3, d=5, z=6), f(1, *[2], **{'y': 7}))
=> (1, 2, (3,), 5, {'z': 6}) (1, 2, (), 4, {'y': 7})

# a missing argument is named
def f(a, b): pass
try:
    f(1)
except TypeError as error:
    print(error)
=> f() missing 1 required positional argument: 'b'

# closures share their variable
def counter():
    n = 0
    def up():
        nonlocal n
        n += 1
        return n
    return up
up = counter()
up()
print(up(), [g() for g in [lambda: i for i in range(3)]])
=> 2 [2, 2, 2]

# super follows the method resolution order
class A:
    def f(self): return 'A'
class B(A):
    def f(self): return 'B' + super().f()
class C(A):
    def f(self): return 'C' + super().f()
class D(B, C):
    def f(self): return 'D' + super().f()
print(D().f(), [c.__name__ for c in D.__mro__])
=> DBCA ['D', 'B', 'C', 'A', 'object']

# a subclass on the right is asked first
class A:
    def __add__(self, other): return 'A.add'
class B(A):
    def __radd__(self, other): return 'B.radd'
print(A() + B(), A() + A(), B() + A())
=> B.radd A.add A.add

# metaclasses, descriptors and slots
class M(type):
    def __new__(m, n, b, d, **k):
        c = super().__new__(m, n, b, d)
        c.tag = k
        return c
class D:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, o, t): return self.name
class A(metaclass=M, x=1):
    __slots__ = ('s',)
    d = D()
a = A()
a.s = 5
print(A.tag, a.d, a.s, hasattr(a, '__dict__'))
=> {'x': 1} d 5 False

# finally runs on every way out
def f():
    for i in range(3):
        try:
            if i == 1:
                return 'out'
        finally:
            print(i)
print(f())
=> 0
=> 1
=> out

# exceptions remember what came before
try:
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise KeyError('k') from error
except KeyError as error:
    print(repr(error.__cause__), error.__suppress_context__)
=> ZeroDivisionError('division by zero') True

# with leaves in order and may swallow
class C:
    def __init__(self, n): self.n = n
    def __enter__(self): print('in', self.n)
    def __exit__(self, *a): print('out', self.n, a[0] is not None); return self.n == 1
with C(1), C(2):
    raise ValueError
print('on')
=> in 1
=> in 2
=> out 2 True
=> out 1 True
=> on

# generators send, throw and return
def inner():
    try:
        x = yield 1
        print('got', x)
        yield 2
    except KeyError:
        yield 3
    return 'r'
def outer():
    print((yield from inner()))
g = outer()
print(next(g), g.send('s'), g.throw(KeyError('k')), list(g))
=> got s
=> r
=> 1 2 3 []

# comprehensions have a scope of their own
i = 'kept'
print([i for i in range(3)])
print({i: i * i for i in range(2)}, {i % 2 for i in range(4)}, sum(i for i in range(4)), i)
=> [0, 1, 2]
=> {0: 0, 1: 1} {0, 1} 6 kept

# unpacking takes stars
a, *b, (c, d) = 1, 2, 3, (4, 5)
print(a, b, c, d, [*b, *'xy'], {**{'k': 1}, 'l': 2})
=> 1 [2, 3] 4 5 [2, 3, 'x', 'y'] {'k': 1, 'l': 2}

# dicts keep their order and views are live
d = {'b': 1, 'a': 2}
k = d.keys()
d['c'] = 3
del d['b']
print(str(d), list(k), d.popitem(), k & {'a', 'z'})
=> {'a': 2, 'c': 3} ['a', 'c'] ('c', 3) {'a'}

# sorting is stable both ways
w = ['bb', 'a', 'cc', 'd']
print(sorted(w, key=len), sorted(w, key=len, reverse=True))
=> ['a', 'd', 'bb', 'cc'] ['bb', 'cc', 'a', 'd']

# endless recursion is an exception
def f(): return f()
try:
    f()
except RecursionError as error:
    print(str(error)[:32])
=> maximum recursion depth exceeded

# long chains die quietly
x = None
for i in range(200000):
    x = [x]
del x
print('done')
=> done

# cycles are collected and finalised once
import gc
class A:
    def __del__(self): print('del')
a = A()
a.me = a
del a
gc.collect()
print('end')
=> del
=> end

# source can be run from within
d = {}
exec('y = [n * 2 for n in range(3)]', d)
print(d['y'], eval('1 + 1'))
=> [0, 2, 4] 2

"""


def programs(text: str) -> dict[str, tuple[str, str]]:
    """The name, source and output of every program in `text`."""
    found = {}
    for part in text.strip().split("\n\n# "):
        lines = part.removeprefix("# ").split("\n")
        source = [line for line in lines[1:] if not line.startswith("=> ")]
        output = [line.removeprefix("=> ") for line in lines[1:] if line.startswith("=> ")]
        found[lines[0]] = "\n".join(source), "\n".join(output)
    return found


PROGRAMS = programs(_PROGRAMS)

BAD_SOURCES: dict[str, bytes] = {
    "not UTF-8": b"x = 1\n\xff = 2\n",
    "a NUL byte": b"x = '\0'\n",
    "an open bracket": b"f(1,\n",
    "an open string": b"x = 'abc\n",
    "too many brackets": b"(" * 5000 + b")" * 5000,
    "a wrong indentation": b"if 1:\n    a\n  b\n",
    "an endless sign": b"x = " + b"-" * 200_000 + b"1\n",
    "a broken f-string": b"f'{x'\n",
}


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


def run(program: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [str(program), *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=60,
        env=environment,
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_is_written_beside_it(rabbit: Path, name: str) -> None:
    source, expected = PROGRAMS[name]
    result = run(rabbit, "-X", "showrefcount", "-c", source)
    assert (result.stdout, result.stderr) == (expected + "\n", "[0 refs, 0 blocks]\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_cpython_prints_the_same(name: str) -> None:
    source, expected = PROGRAMS[name]
    assert run(sys.executable, "-I", "-c", source).stdout == expected + "\n"


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_bad_source_is_an_exception_and_never_a_crash(rabbit: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.py"
    path.write_bytes(BAD_SOURCES[name])
    result = run(rabbit, str(path))
    assert result.returncode == 1
    assert "Error" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-c", "pass"], 0),
        (["-c", "raise SystemExit(3)"], 3),
        (["-c", "raise SystemExit('text')"], 1),
        (["-c", "1 / 0"], 1),
        (["-z"], 2),
        (["-c"], 2),
        (["no_such_file.py"], 2),
        (["-m", "no_such_module"], 1),
    ],
)
def test_the_exit_code_is_cpythons(rabbit: Path, arguments: list[str], code: int) -> None:
    assert run(rabbit, *arguments).returncode == code
    assert run(sys.executable, *arguments).returncode == code


def test_a_traceback_names_file_line_function_and_source(rabbit: Path, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text("def divide(a):\n    return a / 0\n\ndivide(1)\n")
    assert run(rabbit, str(path)).stderr == (
        "Traceback (most recent call last):\n"
        f'  File "{path}", line 4, in <module>\n    divide(1)\n'
        f'  File "{path}", line 2, in divide\n    return a / 0\n           ~~^~~\n'
        "ZeroDivisionError: division by zero\n"
    )


def test_the_count_of_references_is_steady(rabbit: Path) -> None:
    """A function that makes classes, exceptions, generators and closures leaves no reference behind, run after run."""
    source = """
import gc, sys
def work():
    class A:
        def f(self): return super().__repr__()
    a = A(); a.me = a
    def g():
        try: yield 1
        finally: pass
    next(g())
    try: raise ValueError(a)
    except ValueError as error: error.__traceback__
    exec("def h(x): return [y for y in x]", {})
    gc.collect()
def measure():
    gc.collect()
    before = sys.gettotalrefcount(), sys.getallocatedblocks()
    work()
    gc.collect()
    after = sys.gettotalrefcount(), sys.getallocatedblocks()
    return after[0] - before[0], after[1] - before[1]
for _ in range(3): measure()
print(len({measure() for _ in range(5)}), max(measure()) < 4)
"""
    assert run(rabbit, "-c", source).stdout == "1 True\n"
