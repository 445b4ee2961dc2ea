"""os and os.path."""

import os
import os.path
import unittest


class PathTests(unittest.TestCase):
    def test_join(self):
        self.assertEqual(os.path.join("a", "b/", "c"), "a/b/c")
        self.assertEqual(os.path.join("a", "/b"), "/b")

    def test_split(self):
        rows = (("/a/b", ("/a", "b")), ("/b", ("/", "b")), ("b", ("", "b")), ("a/", ("a", "")), ("//b", ("//", "b")))
        for path, expected in rows:
            with self.subTest(path=path):
                self.assertEqual(os.path.split(path), expected)
        self.assertEqual((os.path.dirname("/a/b"), os.path.basename("/a/b")), ("/a", "b"))

    def test_splitext(self):
        rows = (("a.py", ("a", ".py")), ("a.b/c", ("a.b/c", "")), (".profile", (".profile", "")), ("x/a.tar.gz", ("x/a.tar", ".gz")))
        for path, expected in rows:
            with self.subTest(path=path):
                self.assertEqual(os.path.splitext(path), expected)

    def test_normpath(self):
        rows = (("a//b/./c/..", "a/b"), ("/..", "/"), ("../a/../..", "../.."), ("", "."), ("/a/b/", "/a/b"))
        for path, expected in rows:
            with self.subTest(path=path):
                self.assertEqual(os.path.normpath(path), expected)

    def test_abspath(self):
        self.assertEqual(os.path.abspath("x"), os.path.join(os.getcwd(), "x"))


class SystemTests(unittest.TestCase):
    def test_files_and_folders(self):
        os.mkdir("os_test")
        with open("os_test/file", "w") as stream:
            stream.write("text")
        self.assertEqual(os.listdir("os_test"), ["file"])
        self.assertTrue(os.path.isfile("os_test/file") and os.path.isdir("os_test") and os.path.exists("os_test"))
        self.assertEqual(os.path.getsize("os_test/file"), 4)
        os.unlink("os_test/file")
        os.rmdir("os_test")
        self.assertFalse(os.path.exists("os_test"))
        self.assertRaises(FileNotFoundError, os.listdir, "os_test")

    def test_environment(self):
        os.environ["RABBIT_OS_TEST"] = "1"
        self.assertEqual((os.environ.get("RABBIT_OS_TEST"), os.getenv("RABBIT_OS_TEST")), ("1", "1"))
        del os.environ["RABBIT_OS_TEST"]
        self.assertIsNone(os.getenv("RABBIT_OS_TEST"))
        with self.assertRaises(TypeError):
            os.environ["RABBIT_OS_TEST"] = 1

    def test_chdir(self):
        before = os.getcwd()
        os.chdir("/")
        self.assertEqual(os.getcwd(), "/")
        os.chdir(before)

    def test_pid(self):
        self.assertGreater(os.getpid(), 0)


if __name__ == "__main__":
    unittest.main()
