"""The with statement and contextlib."""

import contextlib
import unittest


class Manager:
    def __init__(self, log, name="m", swallow=False):
        self.log = log
        self.name = name
        self.swallow = swallow

    def __enter__(self):
        self.log.append("enter " + self.name)
        return self.name

    def __exit__(self, kind, error, traceback):
        self.log.append("exit " + self.name + (" " + kind.__name__ if kind else ""))
        return self.swallow


class WithTests(unittest.TestCase):
    def test_enter_and_exit(self):
        log = []
        with Manager(log) as name:
            log.append("body " + name)
        self.assertEqual(log, ["enter m", "body m", "exit m"])

    def test_exception_goes_through_exit(self):
        log = []
        with self.assertRaises(ValueError):
            with Manager(log):
                raise ValueError
        self.assertEqual(log, ["enter m", "exit m ValueError"])

    def test_exception_swallowed(self):
        log = []
        with Manager(log, swallow=True):
            raise ValueError
        self.assertEqual(log[-1], "exit m ValueError")

    def test_several_managers(self):
        log = []
        with Manager(log, "a") as a, Manager(log, "b") as b:
            log.append(a + b)
        self.assertEqual(log, ["enter a", "enter b", "ab", "exit b", "exit a"])

    def test_parenthesised_managers(self):
        log = []
        with (
            Manager(log, "a"),
            Manager(log, "b"),
        ):
            pass
        self.assertEqual(log, ["enter a", "enter b", "exit b", "exit a"])

    def test_leaving_by_return_break_and_continue(self):
        log = []
        def f():
            for n in range(3):
                with Manager(log, str(n)):
                    if n == 0:
                        continue
                    if n == 1:
                        break
            with Manager(log, "r"):
                return "value"
        self.assertEqual(f(), "value")
        self.assertEqual(log, ["enter 0", "exit 0", "enter 1", "exit 1", "enter r", "exit r"])

    def test_unpacking_target(self):
        class Pair:
            def __enter__(self):
                return 1, (2, 3)
            def __exit__(self, *args):
                pass
        with Pair() as (a, (b, c)):
            self.assertEqual((a, b, c), (1, 2, 3))

    def test_not_a_manager(self):
        with self.assertRaises(TypeError):
            with 1:
                pass

    def test_exit_that_raises_keeps_the_context(self):
        class Bad:
            def __enter__(self):
                pass
            def __exit__(self, *args):
                raise KeyError
        try:
            with Bad():
                raise ValueError
        except KeyError as error:
            self.assertIsInstance(error.__context__, ValueError)


class ContextlibTests(unittest.TestCase):
    def test_contextmanager(self):
        log = []
        @contextlib.contextmanager
        def tag(name):
            log.append("<" + name)
            try:
                yield name
            finally:
                log.append(name + ">")
        with tag("a") as name:
            log.append(name)
        with self.assertRaises(ValueError):
            with tag("b"):
                raise ValueError
        self.assertEqual(log, ["<a", "a", "a>", "<b", "b>"])

    def test_contextmanager_that_swallows(self):
        @contextlib.contextmanager
        def quiet():
            try:
                yield
            except KeyError:
                pass
        with quiet():
            raise KeyError

    def test_suppress(self):
        with contextlib.suppress(KeyError, ValueError):
            {}["x"]
        with self.assertRaises(ZeroDivisionError):
            with contextlib.suppress(KeyError):
                1 / 0

    def test_closing(self):
        class Thing:
            closed = False
            def close(self):
                self.closed = True
        thing = Thing()
        with contextlib.closing(thing) as same:
            self.assertIs(same, thing)
        self.assertTrue(thing.closed)

    def test_nullcontext(self):
        with contextlib.nullcontext(5) as value:
            self.assertEqual(value, 5)


if __name__ == "__main__":
    unittest.main()
