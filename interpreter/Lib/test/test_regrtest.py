"""The part of the test runner that runs inside the interpreter."""

import sys
import unittest

from test import environment, refleak, support, testresult


class MatchTests(unittest.TestCase):
    def test_patterns(self):
        rows = (("test_a", "test_a", True), ("test_a", "test_*", True), ("test_a", "*_a", True), ("test_a", "test_?", True),
                ("test_ab", "test_?", False), ("test_a", "test", False), ("", "*", True), ("abcabc", "a*c", True), ("x", "", False))
        for text, pattern, expected in rows:
            with self.subTest(text=text, pattern=pattern):
                self.assertEqual(support.match_pattern(text, pattern), expected)

    def test_choose_and_leave_out(self):
        case = "test.test_x.Cls.test_m"
        self.assertTrue(support.match_test(case, []))
        self.assertTrue(support.match_test(case, [["test_m", True]]))
        self.assertTrue(support.match_test(case, [["Cls", True]]))
        self.assertFalse(support.match_test(case, [["test_n", True]]))
        self.assertFalse(support.match_test(case, [["test_m", False]]))
        self.assertTrue(support.match_test(case, [["test_n", False]]))
        self.assertFalse(support.match_test(case, [["Cls", True], ["test_m", False]]))


class LeakRuleTests(unittest.TestCase):
    def lines(self, *runs):
        return refleak.report("test_x", [list(column) for column in zip(*runs)], 1)

    def test_every_counted_run_must_grow(self):
        lines, leaked = self.lines((9, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0))
        self.assertEqual((lines, leaked), (["test_x leaked [1, 1, 1] references, sum=3"], True))

    def test_growth_that_stops_is_fine(self):
        for deltas in ((3, 0, 0), (0, 1, 0), (8, -8, 1)):
            with self.subTest(deltas=deltas):
                lines, leaked = self.lines((0, 0, 0), *[(d, 0, 0) for d in deltas])
                self.assertFalse(leaked)
                self.assertTrue(lines[0].endswith(" (this is fine)"))

    def test_one_descriptor_is_a_leak(self):
        lines, leaked = self.lines((0, 0, 0), (0, 0, 0), (0, 0, -1))
        self.assertEqual((lines, leaked), (["test_x leaked [0, -1] file descriptors, sum=-1"], True))

    def test_no_change_no_line(self):
        self.assertEqual(self.lines((5, 5, 5), (0, 0, 0)), ([], False))

    def test_marks(self):
        self.assertEqual([refleak.mark(d) for d in ((0, 0, 0), (-3, 0, 0), (1, 4, 0), (10, 0, 0))], [".", ".", "4", "X"])

    def test_a_hunt(self):
        class Result:
            def wasSuccessful(self):
                return True
        kept, text = [], []
        if not hasattr(sys, "gettotalrefcount"):
            self.assertRaises(refleak.NotADebugBuild, refleak.hunt, "test_x", Result, 1, 2, text.append)
            return

        def once():
            kept.append(object())
            return Result()
        result, leaked = refleak.hunt("test_x", once, 3, 2, text.append)
        kept.clear()
        self.assertTrue(leaked)
        self.assertEqual("".join(text).split("\n")[1], "123:45")


class EnvironmentTests(unittest.TestCase):
    def test_values_of_variables_are_not_shown(self):
        lines = environment.changes({"os.environ": {"A": "1"}}, {"os.environ": {"A": "secret", "B": "2"}}, "test_x")
        self.assertEqual(lines[0], "Warning -- os.environ was modified by test_x")
        self.assertNotIn("secret", "".join(lines))
        self.assertEqual(lines[2], "Warning --   After:  ['A', 'B']")

    def test_nothing_changed(self):
        before = environment.snapshot()
        self.assertEqual(environment.changes(before, environment.snapshot(), "test_x"), [])


class XmlTests(unittest.TestCase):
    def test_escape(self):
        self.assertEqual(testresult.escape('<a b="c">&\x00\n'), "&lt;a b=&quot;c&quot;&gt;&amp;?\n")


if __name__ == "__main__":
    unittest.main()
