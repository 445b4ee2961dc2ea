"""The module sys."""

import sys
import unittest

from test import support


class SysTests(unittest.TestCase):
    def test_version(self):
        self.assertEqual(len(sys.version_info), 5)
        self.assertTrue(sys.version.startswith(f"{sys.version_info[0]}.{sys.version_info[1]}."))
        self.assertEqual(sys.hexversion >> 24, sys.version_info[0])

    @support.rabbit_only
    def test_implementation(self):
        self.assertEqual(sys.implementation.name, "rabbit")

    def test_modules(self):
        self.assertIs(sys.modules["sys"], sys)
        self.assertIn("builtins", sys.modules)

    def test_byteorder_and_maxsize(self):
        self.assertIn(sys.byteorder, ("little", "big"))
        self.assertEqual(sys.maxsize & (sys.maxsize + 1), 0)

    def test_exit(self):
        for argument, code in ((None, None), (3, 3), ("text", "text")):
            with self.subTest(argument=argument):
                with self.assertRaises(SystemExit) as caught:
                    sys.exit(argument)
                self.assertEqual(caught.exception.code, code)

    def test_exc_info(self):
        self.assertEqual(sys.exc_info(), (None, None, None))
        try:
            raise ValueError("x")
        except ValueError as error:
            self.assertIs(sys.exc_info()[0], ValueError)
            self.assertIs(sys.exc_info()[1], error)

    def test_recursion_limit(self):
        before = sys.getrecursionlimit()
        self.assertGreater(before, 100)
        sys.setrecursionlimit(before + 10)
        self.assertEqual(sys.getrecursionlimit(), before + 10)
        sys.setrecursionlimit(before)
        self.assertRaises(ValueError, sys.setrecursionlimit, 0)

    def test_intern(self):
        a = sys.intern("".join(["rab", "bit hole"]))
        b = sys.intern("".join(["rabbit", " hole"]))
        self.assertIs(a, b)
        self.assertRaises(TypeError, sys.intern, 1)

    def test_block_count_goes_up_and_down(self):
        before = sys.getallocatedblocks()
        held = [[] for _ in range(1000)]
        self.assertGreater(sys.getallocatedblocks() - before, 900)  # some come from a free list
        held.clear()
        self.assertLess(sys.getallocatedblocks() - before, 100)

    @unittest.skipUnless(support.Py_DEBUG, "needs a debug build")
    def test_total_reference_count_goes_up_and_down(self):
        item = object()
        held = []
        before = sys.gettotalrefcount()
        held.extend([item] * 1000)
        self.assertGreaterEqual(sys.gettotalrefcount() - before, 1000)
        held.clear()
        self.assertLess(abs(sys.gettotalrefcount() - before), 20)

    def test_standard_streams(self):
        for stream in (sys.stdout, sys.stderr):
            self.assertTrue(hasattr(stream, "write") and hasattr(stream, "flush"))
        self.assertEqual(sys.stdout.write(""), 0)

    def test_stdout_can_be_replaced(self):
        class Catch:
            def __init__(self):
                self.text = ""
            def write(self, text):
                self.text += text
        catch, kept = Catch(), sys.stdout
        sys.stdout = catch
        try:
            print("a", 1, sep="-", end="!")
        finally:
            sys.stdout = kept
        self.assertEqual(catch.text, "a-1!")


if __name__ == "__main__":
    unittest.main()
