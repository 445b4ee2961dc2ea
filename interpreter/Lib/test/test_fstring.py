"""f-strings."""

import unittest


class FStringTests(unittest.TestCase):
    def test_expressions(self):
        a, items = 3, ["x", "y"]
        self.assertEqual(f"{a} {a + 1} {items[0]} {len(items)}", "3 4 x 2")

    def test_nothing_to_fill_in(self):
        self.assertEqual(f"plain", "plain")
        self.assertEqual(f"", "")

    def test_braces(self):
        self.assertEqual(f"{{}} {{{1}}}", "{} {1}")

    def test_conversions(self):
        text = "é'"
        self.assertEqual(f"{text!r} {text!s} {text!a}", "\"é'\" é' \"\\xe9'\"")

    def test_specs(self):
        self.assertEqual(f"{3.14159:.2f}|{42:>5}|{'ab':*^6}|{255:#06x}|{1e6:,.0f}", "3.14|   42|**ab**|0x00ff|1,000,000")

    def test_spec_from_an_expression(self):
        width, precision = 8, 3
        self.assertEqual(f"{2.5:{width}.{precision}f}|{'x':>{width}}", "   2.500|       x")

    def test_conversion_and_spec(self):
        self.assertEqual(f"{'a'!r:>5}", "  'a'")

    def test_debug_form(self):
        x = 5
        self.assertEqual(f"{x=} {x + 1 = } {x=:03d}", "x=5 x + 1 = 6 x=005")

    def test_nested(self):
        names = ["a", "b"]
        self.assertEqual(f"{', '.join(f'<{n}>' for n in names)}", "<a>, <b>")

    def test_joined_literals(self):
        x = 1
        self.assertEqual("a" f"{x}" "b" f"{x}", "a1b1")

    def test_raw_and_triple(self):
        x = 1
        self.assertEqual(rf"\n{x}", "\\n1")
        self.assertEqual(f"""{x}
{x}""", "1\n1")

    def test_dict_and_lambda(self):
        found = {"k": 1}
        self.assertEqual(f"{found['k']} {(lambda: 2)()} { {'a': 1}['a'] }", "1 2 1")

    def test_not_equal_is_no_conversion(self):
        self.assertEqual(f"{1 != 2}", "True")

    def test_format_hook(self):
        class A:
            def __format__(self, spec):
                return f"[{spec}]"
        self.assertEqual(f"{A():abc}{A()}", "[abc][]")

    def test_bad_ones(self):
        for text in ("f'{'", "f'}'", "f'{}'", "f'{a b}'", "f'{a!x}'"):
            with self.subTest(text=text):
                self.assertRaises(SyntaxError, compile, text, "<text>", "eval")

    def test_bad_spec(self):
        self.assertRaises(ValueError, lambda: f"{'x':d}")


if __name__ == "__main__":
    unittest.main()
