"""traceback."""

import traceback
import unittest


def fail():
    raise ValueError("text")


def caught(function):
    try:
        function()
    except Exception as error:
        return error


class TracebackTests(unittest.TestCase):
    def test_exception_only(self):
        self.assertEqual(traceback.format_exception_only(ValueError, ValueError("x")), ["ValueError: x\n"])
        self.assertEqual(traceback.format_exception_only(KeyError, KeyError("x")), ["KeyError: 'x'\n"])
        self.assertEqual(traceback.format_exception_only(ValueError, ValueError()), ["ValueError\n"])

    def test_class_of_a_module(self):
        class Mine(Exception):
            pass
        name = __name__ + ".TracebackTests.test_class_of_a_module.<locals>.Mine"
        self.assertEqual(traceback.format_exception_only(Mine, Mine("x")), [name + ": x\n"])

    def test_frames(self):
        entries = traceback.extract_tb(caught(fail).__traceback__)
        self.assertEqual([entry.name for entry in entries], ["caught", "fail"])
        self.assertEqual(entries[-1].line, 'raise ValueError("text")')
        self.assertTrue(entries[-1].filename.endswith("test_traceback.py"))

    def test_whole_text(self):
        error = caught(fail)
        lines = "".join(traceback.format_exception(error)).split("\n")
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertTrue(lines[1].startswith('  File "') and lines[1].endswith(", in caught"))
        self.assertIn("    function()", lines)
        self.assertEqual(lines[-2:], ["ValueError: text", ""])

    def test_context_and_cause(self):
        def context():
            try:
                fail()
            except ValueError:
                raise KeyError("later")
        def cause():
            try:
                fail()
            except ValueError as error:
                raise KeyError("later") from error
        def hidden():
            try:
                fail()
            except ValueError:
                raise KeyError("later") from None
        text = "".join(traceback.format_exception(caught(context)))
        self.assertIn("During handling of the above exception, another exception occurred:", text)
        text = "".join(traceback.format_exception(caught(cause)))
        self.assertIn("The above exception was the direct cause of the following exception:", text)
        self.assertLess(text.index("ValueError: text"), text.index("KeyError: 'later'"))
        self.assertNotIn("ValueError", "".join(traceback.format_exception(caught(hidden))))

    def test_format_exc(self):
        try:
            fail()
        except ValueError:
            self.assertTrue(traceback.format_exc().endswith("ValueError: text\n"))

    def test_recursion_is_shortened(self):
        def deep(n):
            return deep(n - 1) if n else 1 // n
        lines = traceback.format_tb(caught(lambda: deep(20)).__traceback__)
        self.assertLess(len(lines), 12)
        self.assertTrue(any(["[Previous line repeated " in line for line in lines]))


if __name__ == "__main__":
    unittest.main()
