"""Import: modules, packages, names."""

import os
import sys
import unittest


def write(path, text):
    with open(path, "w") as stream:
        stream.write(text)


class ImportTests(unittest.TestCase):
    """Each test has a folder of its own at the front of sys.path, and leaves neither it nor its modules behind."""

    def setUp(self):
        self.folder = os.getcwd() + "/import_test"
        os.mkdir(self.folder)
        self.made = []
        self.before = set(sys.modules)
        sys.path.insert(0, self.folder)

    def tearDown(self):
        sys.path.remove(self.folder)
        for name in set(sys.modules) - self.before:
            del sys.modules[name]
        for path in self.made:
            os.unlink(path)
        for path in sorted(set([path.rpartition("/")[0] for path in self.made]) - {self.folder}, reverse=True):
            os.rmdir(path)
        os.rmdir(self.folder)

    def module(self, name, text):
        path = self.folder + "/" + name
        if "/" in name and not os.path.isdir(path.rpartition("/")[0]):
            os.mkdir(path.rpartition("/")[0])
        write(path, text)
        self.made.append(path)

    def test_module(self):
        self.module("rabbit_m1.py", "'doc'\nx = 5\ndef f(): return x\n")
        import rabbit_m1
        self.assertEqual((rabbit_m1.x, rabbit_m1.f(), rabbit_m1.__name__, rabbit_m1.__doc__), (5, 5, "rabbit_m1", "doc"))
        self.assertIs(sys.modules["rabbit_m1"], rabbit_m1)
        self.assertEqual(rabbit_m1.__file__, self.folder + "/rabbit_m1.py")

    def test_body_runs_once(self):
        self.module("rabbit_m2.py", "import sys\nsys.path.append('ran')\n")
        import rabbit_m2
        import rabbit_m2 as again
        self.assertIs(rabbit_m2, again)
        self.assertEqual(sys.path.count("ran"), 1)
        sys.path.remove("ran")

    def test_from(self):
        self.module("rabbit_m3.py", "a, b, _c = 1, 2, 3\n")
        from rabbit_m3 import a, b as second
        self.assertEqual((a, second), (1, 2))
        with self.assertRaises(ImportError) as caught:
            from rabbit_m3 import z
        self.assertIn("cannot import name 'z' from 'rabbit_m3'", str(caught.exception))

    def test_star(self):
        self.module("rabbit_m4.py", "a, _b = 1, 2\n")
        self.module("rabbit_m5.py", "__all__ = ['_b']\na, _b = 1, 2\n")
        found = {}
        exec("from rabbit_m4 import *", found)
        self.assertEqual(("a" in found, "_b" in found), (True, False))
        found = {}
        exec("from rabbit_m5 import *", found)
        self.assertEqual(("a" in found, "_b" in found), (False, True))

    def test_missing(self):
        with self.assertRaises(ModuleNotFoundError) as caught:
            import rabbit_no_such_module
        self.assertEqual(str(caught.exception), "No module named 'rabbit_no_such_module'")
        self.assertEqual(caught.exception.name, "rabbit_no_such_module")

    def test_package(self):
        self.module("rabbit_p1/__init__.py", "where = 'package'\n")
        self.module("rabbit_p1/part.py", "from . import where\nfrom .other import x\n")
        self.module("rabbit_p1/other.py", "x = 9\n")
        import rabbit_p1.part
        self.assertEqual((rabbit_p1.where, rabbit_p1.part.where, rabbit_p1.part.x), ("package", "package", 9))
        self.assertEqual(rabbit_p1.part.__package__, "rabbit_p1")
        from rabbit_p1 import other
        self.assertEqual(other.__name__, "rabbit_p1.other")

    def test_failing_body_leaves_no_module(self):
        self.module("rabbit_m6.py", "1 / 0\n")
        for _ in range(2):
            with self.assertRaises(ZeroDivisionError):
                import rabbit_m6
            self.assertNotIn("rabbit_m6", sys.modules)

    def test_syntax_error(self):
        self.module("rabbit_m7.py", "x = = 1\n")
        with self.assertRaises(SyntaxError) as caught:
            import rabbit_m7
        self.assertEqual((caught.exception.filename, caught.exception.lineno), (self.folder + "/rabbit_m7.py", 1))

    def test_cycle(self):
        self.module("rabbit_c1.py", "import rabbit_c2\nx = 1\n")
        self.module("rabbit_c2.py", "import rabbit_c1\nseen = hasattr(rabbit_c1, 'x')\n")
        import rabbit_c1
        self.assertFalse(rabbit_c1.rabbit_c2.seen)
        self.assertEqual(rabbit_c1.x, 1)

    def test_builtin_modules(self):
        import math
        import time
        self.assertEqual(math.sqrt(16), 4.0)
        self.assertGreater(time.time(), 1.5e9)


if __name__ == "__main__":
    unittest.main()
