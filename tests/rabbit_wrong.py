"""Programs that are wrong, one idea each; what CPython 3.12 says of them is recorded in rabbit_wrong.json.

`str` is a program given as text, `bytes` one as a file holds it.
"""

from __future__ import annotations

BRACKETS = [
    "(", "[", "{", "x = (1, 2", "f(1, 2", "a[1:2", "{1: 2", ")", "]", "}", "(]", "[)", "{)", "(\n]", "x = [1,\n2)", "f(a))",
    "foo(\n  a,\n  b\n", "x = {\n 'a': [1, 2\n}\n", "print('a'\nprint('b')\n", "if (x:\n  pass\n", "x = (1 +\ny = 2\n",
    "d = {1: (2, 3}\n", "a = (b\nc = d\ne = f\n", "(" * 201 + ")" * 201, "[" * 300, "(a b", "(a, b c)", "f(a b)", "[a b]", "{a b}",
    "f(a, b c, d)", "[x for x in y z]", "x[a b]", "print(a b)", "(1 2)", '("a" b)', "f(x y for x in z)", "a = (1, 2\n\ndef f():\n    pass\n",
]  # fmt: skip

INDENTS = [
    "  x = 1", "if x:\npass", "if x:\n  a\n b\n", "x\n  y\n", "if x:\n\ta\n        b\n", "if x:\n        a\n\tb\n", "def f():\nreturn 1\n",
    "class A:\nx = 1\n", "for x in y:\npass\n", "while x:\npass\n", "try:\npass\nexcept: pass\n", "try:\n  pass\nexcept:\npass\n",
    "try:\n  pass\nexcept A as b:\npass\n", "try:\n  pass\nfinally:\npass\n", "with a:\npass\n", "with (a, b):\npass\n", "if x:\n  pass\nelif y:\npass\n",
    "if x:\n  pass\nelse:\npass\n", "match x:\ncase 1: pass\n", "match x:\n  case 1:\n  pass\n", "try:\n  pass\nexcept* A:\npass\n",
    "async def f():\npass\n", "async def f():\n  async with a:\n  pass\n", "async def f():\n  async for a in b:\n  pass\n", "lambda:\n", "def f():\n",
    "if 1:\n  if 2:\n    a\n   b\n", "if x:\n    a\n  b\n", "\n".join(" " * i + "if x:" for i in range(101)) + "\n" + " " * 101 + "pass\n",
    "if x:\n  a\n\n   # comment\n   b\n", "if True:\n\tx\n  y\n", "def f():\n    x\n     y\n", "x = 1\n    # only a comment\n  y = 2\n", "for i in x:\n", "if a: pass\n  b\n",
]  # fmt: skip

COLONS = [
    "if x\n  pass\n", "if x pass\n", "while x\n  pass\n", "for x in y\n  pass\n", "for x in y pass\n", "def f()\n  pass\n", "class A\n  pass\n", "class A(B)\n  pass\n",
    "try\n  pass\n", "try:\n  pass\nexcept\n  pass\n", "try:\n  pass\nexcept A\n  pass\n", "try:\n  pass\nexcept A as e\n  pass\n", "try:\n  pass\nfinally\n  pass\n",
    "if x:\n  pass\nelse\n  pass\n", "if x:\n  pass\nelif y\n  pass\n", "with a as b\n  pass\n", "with (a as b)\n  pass\n", "match x\n  case 1: pass\n",
    "match x:\n  case 1\n    pass\n", "lambda x 1", "def f() -> int\n  pass\n", "def f:\n  pass\n", "def (x):\n  pass\n", "class:\n  pass\n", "if:\n  pass\n", "for in x: pass",
    "else:\n  pass\n", "elif x:\n  pass\n", "except:\n  pass\n", "finally:\n  pass\n", "try:\n  pass\nx\n", "try:\n  pass\n", "try:\n  pass\nexcept:\n  pass\nexcept* A:\n  pass\n",
    "try:\n  pass\nexcept* A:\n  pass\nexcept B:\n  pass\n", "try:\n  pass\nexcept A, B:\n  pass\n", "try:\n  pass\nexcept A, B as c:\n  pass\n", "try:\n  pass\nexcept*:\n  pass\n",
    "def f(x):\n  return\n  else: 1\n", "while x: y: z\n", "async x = 1", "async with a: pass\nb c", "import a from b", "import a.b from c", "x if y", "x if y else", "(x if y)", "[a if b for c in d]",
]  # fmt: skip

TARGETS = [
    "1 = x", "f() = 1", "f(x) += 1", "a + b = c", "None = 1", "True = 1", "False = 2", "... = 1", "x = 1 = y", "'a' = 1", "f'{x}' = 1", "(a, b + 1) = c", "[a, 1] = b",
    "a, f() = 1, 2", "*a = 1", "*a, *b = c", "(yield) = 1", "lambda: 1 = 2", "a if b else c = 1", "[x for x in y] = 1", "{1: 2} = 3", "{1} = 3", "(x for x in y) = 1", "not x = 1",
    "a < b = c", "a and b = c", "await x = 1", "x.y() = 1", "-x = 1", "(a := 1) = 2", "a, b += 1", "(a, b) += 1", "[a] += 1", "1 += 1", "a.b() -= 1", "None += 1", "x + 1 += 1", "f'{a}' += 'b'",
    "del f()", "del a + b", "del (a, f())", "del *a", "del None", "del 1", "del (a, *b)", "del a, b c", "del", "del [x for x in y]", "for 1 in x: pass", "for f() in x: pass", "for a, 1 in x: pass",
    "for x + 1 in y: pass", "for (a, f()) in y: pass", "[x for 1 in y]", "[x for f() in y]", "(x for None in y)", "with a as 1: pass", "with a as f(): pass", "with (a as 1): pass", "with a as b + c: pass",
    "(a, b): int", "[a]: int = 1", "a, b: int", "f(): int", "1: int = 2", "(a): int b", "x: int: str", "a.b: int = ", "x := 1", "(x.y := 1)", "(x[0] := 1)", "(f() := 1)", "((a, b) := 1)", "(1 := 2)",
    "f(x := 1, y = z := 2)", "x = y := 1", "import a as b.c", "import a as 1", "from a import b as c.d", "global 1", "nonlocal x.y", "global x, ", "x = ", "x = = y", "x == ", "x +", "x = y = ", "a b = 1",
    "if x = 1: pass", "while x = 1: pass", "if x.y = 1: pass", "if f() = 1: pass", "if x[0] = 3: pass", "(a = 1)", "print(a.b = 1)", "f(a.b=1)", "f(1=2)", "f(a()=1)", "f(None=1)", "f(True=1)", "f(x=1 for x in y)",
    "f(a for a in b, c)", "f(c, a for a in b)", "f(a for a in b, c for c in d)", "f(**a, *b)", "f(**a, b)", "f(a=1, b)", "f(a=1, *b, c)", "f(x, y for y in z, 1)", "f(a, b=c, d for d in e)", "f(*)", "f(**)", "f(a, , b)", "f(,)",
    "f(a=)", "f(a=1, b=)", "class A(x=1, y): pass", "f(a=b c)", "x++", "x--y z", "a ? b : c", "a <> b", "a ! b", "a $ b", "`a`", "a @@ b", "a = b ?", "x = yield = 1", "not", "a not b", "a is is b", "a in", "print x", "print 'a'", "exec 'x'", "print x, y", "print", "exec x in y", "print -1 a",
]  # fmt: skip

DISPLAYS = [
    "{1: 2, 3}", "{1:}", "{1: , 2: 3}", "{1: *a}", "{**a: 1}", "{1: 2, **}", "{1: 2, 3: }", "{1: 2, 3:4, 5}", "{a: b for a in c, d}", "{**a for a in b}", "[*a for a in b]", "(*a for a in b)", "{*a for a in b}",
    "[a, b for a in b]", "[a, for a in b]", "{a, b for a in b}", "{a, for a in b}", "(a, b for a in b)", "(*a)", "(**a)", "(*a, b", "[**a]", "{1: 2 3: 4}", "{1 2: 3}", "[a for b in c if]", "[for a in b]", "[a for]", "[a for b]",
    "[a async for b]", "x[1:2:3:4]", "x[]", "x[,]", "x[a:b c]", "x.", "x.1", "x..y", "x.(y)", "()()(", "*a", "**a", "print(*a for a in b)", "a[*]", "a, b, *", "lambda", "lambda x", "lambda x:", "lambda (x): 1", "lambda x=1, y: 1",
    "lambda *: 1", "lambda *, **k: 1", "lambda **k, x: 1", "lambda *a, *b: 1", "lambda /: 1", "lambda a, /, b, /: 1", "lambda *a=1: 1", "lambda **k=1: 1", "lambda a=: 1", "lambda *, a, /: 1", "lambda a, (b, c): 1", "yield from", "x = yield from", "await", "return *",
]  # fmt: skip

PARAMETERS = [
    "def f(a=1, b): pass", "def f(*): pass", "def f(*, **k): pass", "def f(**k, a): pass", "def f(**k, *a): pass", "def f(*a, *b): pass", "def f(/): pass", "def f(/, a): pass", "def f(a, /, b, /): pass", "def f(*a=1): pass", "def f(**k=1): pass",
    "def f(a=): pass", "def f((a, b)): pass", "def f(a, (b, c)): pass", "def f(*, a, /): pass", "def f(a, / *b): pass", "def f(a:): pass", "def f(1): pass", "def f(a.b): pass", "def f(a b): pass", "def f(None): pass", "def f(a, *, ): pass",
    "def f(a, b=1, /, c): pass", "def f(a=1, /, b): pass", "def f(*a, b=1, c, /): pass", "def f(a, a b): pass", "def f(x) = 1", "def f[T: pass", "def f[1](): pass", "def f[*T: int](): pass", "def f[**P: int](): pass", "def f[*T: (int, str)](): pass",
    "class A[]: pass", "type X", "type X = ", "type 1 = 2", "type X[T] int", "class A(: pass", "class A(b c): pass", "class 1: pass", "@\ndef f(): pass", "@a b\ndef f(): pass", "@a\nx = 1", "@a", "async lambda: 1",
]  # fmt: skip

PATTERNS = [
    "match x:\n  case a as _: pass\n", "match x:\n  case a as b.c: pass\n", "match x:\n  case a as 1: pass\n", "match x:\n  case A(b=1, c): pass\n", "match x:\n  case A(1, b=2, c, d): pass\n", "match x:\n  case {**a, 'b': 1}: pass\n", "match x:\n  case {a: 1}: pass\n",
    "match x:\n  case 1 + 2: pass\n", "match x:\n  case 1j + 2j: pass\n", "match x:\n  case -a: pass\n", "match x:\n  case f'{a}': pass\n", "match x:\n  case *a | b: pass\n", "match x:\n  case a.b(: pass\n", "match x:\n  case: pass\n", "match x:\n  pass\n", "match x:\n  case 1: pass\n  x\n",
    "match:\n  case 1: pass\n", "match x: case 1: pass\n", "match x:\n  case {**_}: pass\n", "match x:\n  case [a, b: pass\n", "match x:\n  case a if: pass\n", "match x y:\n  case 1: pass\n", "match x:\n  case 1 | : pass\n", "match x:\n  case {'a'}: pass\n", "case 1: pass",
]  # fmt: skip

STRINGS = [
    "'abc", '"abc', "'''abc", '"""abc\ndef\n', "x = 'abc\ny = 1\n", "'a\\", "'a' b'c'", "b'\xe9'", "b'a' 'c'", "'\\x4'", "'\\u12'", "'\\U0011ffff'", "'\\U00110000'", "'\\xzz'", "'\\N{no such name at all}'", "'\\N'", "'\\N{'", "'\\N{}'", "b'\\x4'", "b'ab\\xg'", "'é\\x4'", "u'abc", "ur'a'", "bu'a'", "fb'a'", "'a' 'b\\x'",
    "f'{'", "f'{a'", "f'{a!}'", "f'{a!x}'", "f'{a! r}'", "f'{a!rr}'", "f'{}'", "f'{ }'", "f'{!r}'", "f'{:x}'", "f'{=}'", "f'}'", "f'{a}}'", "f'{a b}'", "f'{a:{b}'", "f'{a:{b:{c:{d}}}}'", "f'{a=!}'", "f'{a=b}'", "f'{lambda x: 1}'", "f'{a'", "f'{a:'", "f'{(a}'", "f'{a)}'", "f'{a]}'", "f'{*}'",
    "f'{yield}' = 1", "f'abc", "f'''abc", "f'''{a\n", "f'''\n{a b}\n'''", "f'{a:{b c}}'", "f'{a $ b}'", "f'{1a}'", "f'{\"a}'", "f'{'a}'", "f'{a!r:'", "f'{a!r b}'", "f'{a;b}'", "f'{import x}'", "f'{a = }' x", "f'{,}'", "f'{a,,b}'", "f'{x:{y!}}'", "f'{a[}'", "f'{a(1}'", "f'{{}'", "f'{a:}}'", "f'{\n}'", "rf'{'", "f'\\N{no such name}'", "f'\\x4'", "f'{a!1}'",
    "f'{a.}'", "f'{for}'", "f'{a if b}'", "f'{#}'", "f'''{a # comment\n'''", "f'{a\\}'", "f'{'x' 1}'", "f'{a:{b}}' c", "f'{f'{f'{'", "f'{**a}'", "f'{a=:}' 1", "f'{a:b}c' d",
]  # fmt: skip

NUMBERS = [
    "1a", "1_", "1__0", "0_", "0x", "0xg", "0x_", "0x1_", "0b", "0b2", "0b12", "0o8", "0o18", "0o", "0777", "00_1", "012.", "012", "09", "0_7", "1e", "1e+", "1.e", "1.5a", "1ja", "1_a", "0b1a", "0o1a", "0xfz", "1.2.3", "1..2", "0b1_", "1if 2else 3x", "1_000_", "5 5", "1e5_", "1e_5",
    "1" * 4301, "0x1.5", "1L", "0xL", "1 .real 2", "0b1.0", "0o1.5", "1__2j", "1.0_", "123abc", "00001x", "0e0x",
]  # fmt: skip

CHARACTERS = [
    "a = “b”", "x = 1 − 2", "a = ´b´", "a\xa0= 1", "€ = 1", "x€ = 1", "x = €", "a = 1\x0c\x01", "x\u200b = 1", "\x00", "a\x00b", "a = 'x\x00'", "x = 5 ‘", "á b", "é = = 1", "x = 'é' b", "日本 語", "('é' a)", "x = 1 # é\ny z", "\\", "x = \\", "x = \\ y", "x \\ # c\ny", "\\\n", "x = 1 \\\n", "if x: \\\n", "  \\\nx",
    "a\u2028b", "ſ ſ", "x·y = ·", "x = a\x7fb", "\x07", "@", "!", "$", "?", "a!", "~", "->", ":=", "...x", "..", "=>", "x => y", "a;;b", ";", ",", ":", "*", "a, = ", "pass pass", "break 1", "continue x", "return return", "raise from x", "raise a from", "assert", "assert x,", "from . import", "from import a", "from a import", "from a import b,", "from a import (b", "from a import (b,,c)", "from a import *, b", "from a import (*)",
    "import", "import a,", "import a.", "import .a", "from .a import b c", "from a.b. import c", "import a as", "global", "nonlocal", "class A: x y", "def f(): x y", "with", "with a", "with a:", "with a as: pass", "with a, : pass", "with (a, b) as c, d: e f", "if x: else: pass", "while: pass", "for: pass", "for x: pass", "for x in: pass", "try: pass", "x = [1, 2\ny = 3]", "a\n\n\nb c", "a = 1\nb = = 2\nc = '", "a b\nc = '", "a b\n(", "(\na b\n", "a = )\n'x", "x = (\n'a\n)", "None.x = 1 2", "False()=1", "def None(): pass", "class True: pass", "def f(True): pass", "lambda None: 1", "import None", "from None import a", "from a import None", "x.None", "f(__debug__ a)", "for None in x: pass", "with a as None: pass", "except a: pass", "as", "in", "is", "and", "or", "from", "if", "elif", "else", "lambda lambda", "yield yield", "async", "await a b",
]  # fmt: skip

STARS = [
    "f(**a=b)", "f(*a=b)", "f(*a=b, c)", "f(x, **a=b)", "f(**a=)", "f(*a=)", "class A(*b=c): pass", "x[*a=b]", "with open(a=b c): pass", "f(x for x in y=1)", "del f(a=1)", "a.b=c d", "print(*a b)", "f(**a b)", "[*a b]", "{**a b}", "{*a b}", "*a b", "x = *a b",
    "def f(*a b): pass", "def f(a, *): pass", "def f(a=1 b): pass", "return a b", "assert a b", "yield a b", "import a b", "lambda a b: c", "{a: b c}", "{a: b, c d: e}", "{a: b, c: d e}", "{a: b, c}", "{a, b: c}", "{a: b c, d: e}", "{**a, b c}", "{1:2 **a}", "{a:b, **c d}",
    "{a:b, *c}", "{*a, b:c}", "x: y z", "def f(x: int y): pass", "if a b: c", "if a: b else: c", "while True print(1)", "for i in range(3) print(i)", "try: a except: b", "class A b: pass", "with a b: c", "match a b: pass", "x = [1, 2 3]", "x = {1: 2, 3 4}",
    "f(a=1, b=2 c=3)", "f(a 1)", 'f(a "b")', 'f("a" 1)', 'f(f"a" 1)', 'f(a f"b")', "(c d)", "(m x)", "(type_ x)", "(ty x)", "(_ x)", "x = (c\nd)", "a b\nf'{x)}'", "a b\nf'{x", "a b\n\t'", "def f():\n   = 1\n  b\n", "f(x, None\\\n",
]  # fmt: skip

FILES = [
    b"x = '\xff'", b"\xff", b"# -*- coding: nonsense -*-\nx = 1\n", b"# coding: utf-8\nx = '\xe9'\n", b"# coding: ascii\nx = '\xc3\xa9'\n", b"\xef\xbb\xbf# coding: latin-1\nx\n", b"\xef\xbb\xbfx y", b"x = 1\n\n# \xe9\ny z\n", b"# coding: latin-1\nx = '\xe9' y\n", b"a\x00b", b"x\r\ny z\r\n", b"x\ry z\r", b"\n# coding: latin-1\n\xe9 \xe9\n",
    b"#!/usr/bin/x\n# vim: set fileencoding=latin1 :\nx = '\xe9' '\n", b"\xc3", b"x = 1\ny = \xe2\x82\n", b"# coding: utf-8-sig\nx y\n",
]  # fmt: skip

WRONG: list[str | bytes] = [
    *BRACKETS, *INDENTS, *COLONS, *TARGETS, *DISPLAYS, *PARAMETERS, *PATTERNS, *STRINGS, *NUMBERS, *CHARACTERS, *STARS, *FILES,
]  # fmt: skip
