"""Sources that are no program: the message and the place."""
sources = ["x = ", "if x\n    y", "def f(:\n    pass", "  x = 1", "if 1:\npass", "if 1:\n    x\n  y", "x = (1", "x = 1)", "(]", "x = 'abc", "x = '''abc", "1 = x", "f() = 1", "x + 1 = 2", "return 1", "yield 1", "break", "continue",
           "def f():\n\tx\n        y", "a b", "x = = 1", "print 'x'", "for x in y", "while", "class", "class C(:", "import", "from x", "from x import", "import a.b as", "lambda x: = 1", "x = 5 +* 3", "@\ndef f(): pass", "try:\n    pass", "try:\n  pass\nexcept:\n  pass\nexcept A:\n  pass",
           "else:\n    pass", "$", "x = ?", "a = 1 2", "def f(a, a): pass", "def f(a=1, b): pass", "f(a=1, 2)", "f(**a, *b)", "f(a=1, a=2)", "nonlocal x", "def f():\n    nonlocal x", "def f(x):\n    global x", "None = 1", "x.None = 1", "True += 1", "f(True=1)", "async = 1", "with x as 1: pass", "x = yield = 1",
           "\x00", "x = 'a\\", "if x: y: z", "not = 1", "a, b += 1", "(a, b) += 1", "x: int: str", "del", "assert", "raise a from", "global", "x if y", "[1, 2", "{1: 2, 3}", "{1, 2: 3}", "{1:}", "...= 1", "-x = 1", "`x`", "x <> y", "0777", "1__0", "'\\N{nope}'", "'\\x1'", "b'é'", "u'x' b'y'", "é€ = 1", "a = 1\n\x0c b = 2"]
for source in sources:
    try:
        compile(source, "s", "exec")
        print(repr(source), "compiles")
    except SyntaxError as error:
        print(repr(source), "->", type(error).__name__, error.msg, error.lineno, error.offset, error.end_lineno, error.end_offset)
    except ValueError as error:
        print(repr(source), "->", type(error).__name__, error)
