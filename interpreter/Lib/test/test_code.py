"""Code objects: what they tell, how they compare, and that equal constants are one."""

import unittest


def function(source, *path):
    """The code object that `path` names, from the module's code down."""
    code = compile(source, "<test>", "exec")
    for name in path:
        code = next(c for c in code.co_consts if hasattr(c, "co_code") and c.co_name == name)
    return code


class CodeAttributesTest(unittest.TestCase):
    def test_variables(self):
        code = function("def f(a, /, b, *c, d, **e):\n x = a\n y = 1\n return lambda: (x, b)\n", "f")
        self.assertEqual(code.co_varnames, ("a", "b", "d", "c", "e", "y"))
        self.assertEqual(code.co_cellvars, ("b", "x"))
        self.assertEqual((code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount), (2, 1, 1))
        self.assertEqual(code.co_nlocals, 6)
        inner = function("def f(a, b):\n x = a\n return lambda: (x, b)\n", "f", "<lambda>")
        self.assertEqual(inner.co_freevars, ("b", "x"))
        self.assertEqual(inner.co_qualname, "f.<locals>.<lambda>")

    def test_flags(self):
        source = "def f(*a): pass\ndef g(**k): pass\ndef h(): yield\nasync def i(): pass\nasync def j(): yield\n"
        flags = [function(source, name).co_flags for name in "fghij"]
        self.assertEqual(flags, [7, 11, 35, 131, 515])
        self.assertEqual(function(source).co_flags, 0)
        self.assertEqual(function("def f():\n def g(): pass\n", "f", "g").co_flags, 19)

    def test_docstring_is_the_first_constant(self):
        self.assertEqual(function("def f():\n 'doc'\n return 1\n", "f").co_consts[0], "doc")
        self.assertIsNone(function("def f():\n return 'x'\n", "f").co_consts[0])
        bare = compile("def f():\n 'doc'\n", "<test>", "exec", optimize=2)
        self.assertIsNone(bare.co_consts[0].co_consts[0])

    def test_names_and_places(self):
        code = function("\n\ndef f():\n    return g(\n        1)\n", "f")
        self.assertEqual((code.co_name, code.co_filename, code.co_firstlineno), ("f", "<test>", 3))
        self.assertEqual(code.co_names, ("g",))
        self.assertIn((4, 5, 11, 10), list(code.co_positions()))
        lines = [line for start, end, line in code.co_lines()]
        self.assertEqual(lines, [3, 4, 5, 4])
        self.assertIn("<code object f at ", repr(code))

    def test_first_line_is_the_decorators(self):
        self.assertEqual(function("\n@d\n\ndef f(): pass\n", "f").co_firstlineno, 2)


class CodeComparisonTest(unittest.TestCase):
    def test_equal_source_equal_code(self):
        first, second = function("def f(x): return x + 1\n", "f"), function("def f(x): return x + 1\n", "f")
        self.assertEqual(first, second)
        self.assertEqual(hash(first), hash(second))
        self.assertNotEqual(first, function("def f(x): return x + 2\n", "f"))
        self.assertNotEqual(first, function("def f(y): return y + 1\n", "f"))
        self.assertNotEqual(first, function("\ndef f(x): return x + 1\n", "f"))
        self.assertFalse(first == 1)

    def test_constants_of_other_type_or_sign_differ(self):
        def returning(text):
            return function(f"def f(): return {text:>6}\n", "f")
        self.assertNotEqual(returning("1"), returning("1.0"))
        self.assertNotEqual(returning("0.0"), returning("-0.0"))
        self.assertNotEqual(returning("(0,)"), returning("(0.,)"))

    def test_replace(self):
        code = function("def f(): return 1\n", "f")
        other = code.replace(co_name="g", co_filename="elsewhere", co_firstlineno=7)
        self.assertEqual((other.co_name, other.co_filename, other.co_firstlineno), ("g", "elsewhere", 7))
        self.assertEqual(other.co_consts, code.co_consts)
        self.assertEqual(code.co_name, "f")
        self.assertRaises(TypeError, code.replace, co_name=1)
        changed = code.replace(co_consts=tuple(2 if c == 1 else c for c in code.co_consts))

        def run(): pass
        run.__code__ = changed
        self.assertEqual(run(), 2)


class ConstantsTest(unittest.TestCase):
    def test_equal_constants_are_one_object(self):
        space = {}
        exec("f = lambda: 'not a name'\ng = lambda: ('not a name', 2.5)\nh = lambda: (('not a name', 2.5), 1)\n", space)
        f, g, h = space["f"], space["g"], space["h"]
        self.assertIs(f(), g()[0])
        self.assertIs(g(), h()[0])

    def test_constants_keep_type_and_sign(self):
        values = [1, 1.0, True, 0, 0.0, -0.0, False, (1,), (1.0,), (True,), (0.0,), (-0.0,), "1", b"1"]
        found = eval("[" + ", ".join(map(repr, values)) + "]")
        self.assertEqual(list(map(repr, found)), list(map(repr, values)))
        found = eval("(" + ", ".join(map(repr, values)) + ")")
        self.assertEqual(list(map(repr, found)), list(map(repr, values)))

    def test_folding_leaves_errors_and_giants_for_run_time(self):
        for text in ("1 / 0", "1 // 0", "1 % 0", "0 ** -1", "1 << -1", "'a' + 1", "'abc'[9]", "-'a'", "1 @ 2"):
            code = compile("def f(): return " + text, "<test>", "exec")
            space = {}
            exec(code, space)
            self.assertRaises((ZeroDivisionError, TypeError, ValueError, IndexError), space["f"])
        for text in ("2 ** 1000", "1 << 1000", "'a' * 10000", "(1,) * 1000", "b'x' * 5000"):
            self.assertLess(len(repr(compile(text, "<test>", "eval").co_consts)), 100)
            eval(text)

    def test_sets_and_lists_that_are_searched(self):
        self.assertIn(frozenset({1, 2}), compile("x in {1, 2}", "<test>", "eval").co_consts)
        self.assertIn((1, 2), compile("x not in [1, 2]", "<test>", "eval").co_consts)

    def test_percent_formats_are_as_at_run_time(self):
        a, b = "x", 12
        self.assertEqual("%s|%5s|%-5s|%r|%a|%%|%.1r" % (a, a, a, a, "é", "yz"), "x|    x|x    |'x'|'\\xe9'|%|'")
        self.assertEqual("%s" % (b,), "12")
        self.assertRaises(TypeError, lambda: "%s %s" % (a,))
        self.assertRaises(TypeError, lambda: "%s" % (a, b))


class CompileTest(unittest.TestCase):
    def test_optimize(self):
        for level, expected in ((0, (True, "doc", AssertionError)), (1, (False, "doc", None)), (2, (False, None, None))):
            space = {}
            exec(compile("'doc'\nd = __debug__\ndef f(): assert 0\n", "<test>", "exec", optimize=level), space)
            raised = None
            try:
                space["f"]()
            except AssertionError as error:
                raised = type(error)
            self.assertEqual((space["d"], space.get("__doc__"), raised), expected)
        self.assertRaises(ValueError, compile, "x", "<test>", "exec", optimize=3)

    def test_flags(self):
        self.assertRaises(ValueError, compile, "x", "<test>", "exec", 1 << 30)
        space = {}
        exec(compile("x: a.b[c] = 1\n", "<test>", "exec", 0x1000000), space)
        self.assertEqual(space["__annotations__"], {"x": "a.b[c]"})

    def test_future_holds_for_exec(self):
        space = {}
        exec("from __future__ import annotations\nexec('y: nowhere = 1')\n", space)
        self.assertEqual(space["__annotations__"], {"y": "nowhere"})

    def test_annotations_as_text(self):
        texts = ["int", "list[int, ...]", "a | b", "(a, b)", "a.b(c, *d, e=1, **f)", "lambda x, /, y=1, *z, w: x", "not a or b",
                 "-a ** (-b)", "[i for i in j if k]", "{a: b, **c}", "{1, 2}", "x if y else z", "a < b <= c", "a[b:c, ::d]",
                 "'text'", "(yield)", "f'{a!r:>{b}}'", "(a := b)", "a[*b,]", "1 .real", "await_", "()", "(a,)", "a @ b // c"]
        for text in texts:
            source = f"from __future__ import annotations\ndef f(x: {text}): pass\n"
            if text == "(yield)":
                self.assertRaises(SyntaxError, compile, source, "<test>", "exec")
                continue
            if text == "(a := b)":
                self.assertRaises(SyntaxError, compile, source, "<test>", "exec")
                continue
            space = {}
            exec(source, space)
            self.assertEqual(space["f"].__annotations__["x"], text)

    def test_deep_sources_are_refused(self):
        for source in ("+".join(["x"] * 5000), "x" + ".y" * 5000):
            self.assertRaises(RecursionError, compile, source, "<test>", "exec")
        compile("+".join(["x"] * 2000), "<test>", "exec")


class WarningsTest(unittest.TestCase):
    def test_doubtful_code(self):
        import warnings
        for source, text in (
            ("x is 1", "\"is\" with 'int' literal"), ("x is not 'a'", "\"is not\" with 'str' literal"),
            ("assert (x, 'y')", "assertion is always true"), ("[1](2)", "'list' object is not callable"),
            ("None[1]", "'NoneType' object is not subscriptable"), ("'a'[1.0]", "str indices must be integers or slices, not float"),
        ):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                compile(source, "<test>", "exec")
            self.assertEqual([w.category for w in caught], [SyntaxWarning])
            self.assertTrue(str(caught[0].message).startswith(text))
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.assertRaises(SyntaxError, compile, source, "<test>", "exec")


if __name__ == "__main__":
    unittest.main()
