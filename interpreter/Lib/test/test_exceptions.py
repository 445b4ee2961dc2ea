"""Exceptions: handlers, finally, chaining, messages."""

import unittest


class HandlerTests(unittest.TestCase):
    def test_the_first_handler_that_fits(self):
        def kind(error):
            try:
                raise error
            except KeyError:
                return "key"
            except (IndexError, ValueError):
                return "index or value"
            except Exception:
                return "other"
        self.assertEqual([kind(e) for e in (KeyError(), ValueError(), TypeError(), LookupError())],
                         ["key", "index or value", "other", "other"])

    def test_else_and_finally(self):
        def run(fail):
            seen = []
            try:
                if fail:
                    raise ValueError
            except ValueError:
                seen.append("except")
            else:
                seen.append("else")
            finally:
                seen.append("finally")
            return seen
        self.assertEqual((run(True), run(False)), (["except", "finally"], ["else", "finally"]))

    def test_finally_runs_on_return_break_and_continue(self):
        seen = []
        def f():
            for n in range(4):
                try:
                    if n == 1:
                        continue
                    if n == 2:
                        break
                finally:
                    seen.append(n)
            try:
                return "returned"
            finally:
                seen.append("last")
        self.assertEqual((f(), seen), ("returned", [0, 1, 2, "last"]))

    def test_return_in_finally_wins(self):
        def f():
            try:
                raise ValueError
            finally:
                return "swallowed"
        self.assertEqual(f(), "swallowed")

    def test_name_is_unbound_after_the_handler(self):
        try:
            raise ValueError
        except ValueError as error:
            pass
        with self.assertRaises(NameError):
            error

    def test_raise_again(self):
        def f():
            try:
                raise KeyError("x")
            except KeyError:
                raise
        with self.assertRaises(KeyError) as caught:
            f()
        self.assertEqual(caught.exception.args, ("x",))

    def test_raise_with_nothing_to_raise(self):
        with self.assertRaises(RuntimeError) as caught:
            raise
        self.assertEqual(str(caught.exception), "No active exception to reraise")

    def test_what_cannot_be_raised(self):
        with self.assertRaises(TypeError) as caught:
            raise 1
        self.assertEqual(str(caught.exception), "exceptions must derive from BaseException")

    def test_nested_handlers_restore_the_outer_exception(self):
        try:
            raise ValueError("outer")
        except ValueError:
            try:
                raise KeyError("inner")
            except KeyError:
                pass
            try:
                raise
            except ValueError as error:
                self.assertEqual(str(error), "outer")


class ChainTests(unittest.TestCase):
    def test_context(self):
        try:
            try:
                raise KeyError("first")
            except KeyError:
                raise ValueError("second")
        except ValueError as error:
            self.assertIsInstance(error.__context__, KeyError)
            self.assertIsNone(error.__cause__)
            self.assertFalse(error.__suppress_context__)

    def test_cause(self):
        try:
            raise ValueError("x") from KeyError("y")
        except ValueError as error:
            self.assertIsInstance(error.__cause__, KeyError)
            self.assertTrue(error.__suppress_context__)

    def test_from_none(self):
        try:
            try:
                raise KeyError
            except KeyError:
                raise ValueError from None
        except ValueError as error:
            self.assertIsNone(error.__cause__)
            self.assertTrue(error.__suppress_context__)

    def test_context_of_finally(self):
        try:
            try:
                raise KeyError
            finally:
                raise ValueError
        except ValueError as error:
            self.assertIsInstance(error.__context__, KeyError)


class ExceptionObjectTests(unittest.TestCase):
    def test_text(self):
        self.assertEqual([str(e) for e in (ValueError(), ValueError("a"), ValueError("a", 1), KeyError("k"))],
                         ["", "a", "('a', 1)", "'k'"])

    def test_repr(self):
        self.assertEqual((repr(ValueError()), repr(ValueError("a")), repr(ValueError("a", 1))),
                         ("ValueError()", "ValueError('a')", "ValueError('a', 1)"))

    def test_own_class(self):
        class Mine(ValueError):
            def __init__(self, code):
                super().__init__("code " + str(code))
                self.code = code
        with self.assertRaises(ValueError) as caught:
            raise Mine(7)
        self.assertEqual((caught.exception.code, str(caught.exception)), (7, "code 7"))

    def test_hierarchy(self):
        rows = ((KeyError, LookupError), (IndexError, LookupError), (ZeroDivisionError, ArithmeticError), (FileNotFoundError, OSError), (RecursionError, RuntimeError), (ModuleNotFoundError, ImportError), (UnboundLocalError, NameError))
        for child, parent in rows:
            with self.subTest(child=child.__name__):
                self.assertTrue(issubclass(child, parent))
        self.assertFalse(issubclass(KeyboardInterrupt, Exception))
        self.assertTrue(issubclass(SystemExit, BaseException))

    def test_stop_iteration_carries_a_value(self):
        self.assertEqual(StopIteration(5).value, 5)

    def test_traceback_lines(self):
        def f():
            1 / 0
        try:
            f()
        except ZeroDivisionError as error:
            tb = error.__traceback__
            first = tb.tb_frame.f_code.co_firstlineno
            self.assertEqual(tb.tb_next.tb_frame.f_code.co_name, "f")
            self.assertEqual(tb.tb_next.tb_lineno, tb.tb_next.tb_frame.f_code.co_firstlineno + 1)
            self.assertGreater(tb.tb_lineno, first)
            tb = None

    def test_assert(self):
        with self.assertRaises(AssertionError) as caught:
            assert 1 == 2, "no"
        self.assertEqual(str(caught.exception), "no")

    def test_os_error(self):
        with self.assertRaises(FileNotFoundError) as caught:
            open("/no/such/file")
        self.assertEqual((caught.exception.errno, caught.exception.filename), (2, "/no/such/file"))
        self.assertEqual(str(caught.exception), "[Errno 2] No such file or directory: '/no/such/file'")

    def test_syntax_error(self):
        for text in ("1 +", "def f(:\n pass", "a b", "return = 1", "'open"):
            with self.subTest(text=text):
                self.assertRaises(SyntaxError, compile, text, "<text>", "exec")


if __name__ == "__main__":
    unittest.main()
