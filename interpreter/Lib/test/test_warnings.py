"""Warnings: told once a place, ignored, raised or collected, as the filters say."""

import unittest
import warnings


class WarnTests(unittest.TestCase):
    def setUp(self):
        caught = warnings.catch_warnings(record=True)
        self.log = caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.resetwarnings()

    def texts(self):
        return [str(entry.message) for entry in self.log]

    def test_default_tells_a_place_once(self):
        warnings.simplefilter("default")
        for _ in range(3):
            warnings.warn("again")
        warnings.warn("again")
        self.assertEqual(self.texts(), ["again", "again"])

    def test_always_and_once(self):
        warnings.simplefilter("always")
        for n in range(2):
            warnings.warn("each")
        self.assertEqual(self.texts(), ["each", "each"])

    def test_ignore_by_category_and_message(self):
        warnings.filterwarnings("ignore", "No", UserWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.warn("no matter")
        warnings.warn("old", DeprecationWarning)
        warnings.warn("yes")
        self.assertEqual(self.texts(), ["yes"])

    def test_error_raises(self):
        warnings.simplefilter("error")
        with self.assertRaises(RuntimeWarning):
            warnings.warn("now", RuntimeWarning)
        with self.assertRaises(UserWarning):
            warnings.warn(UserWarning("made"))

    def test_the_caller_is_named(self):
        def deprecated():
            warnings.warn("old", stacklevel=2)

        deprecated()
        self.assertEqual(self.log[0].lineno, deprecated.__code__.co_firstlineno + 3)
        self.assertEqual(self.log[0].filename, deprecated.__code__.co_filename)

    def test_a_wrong_category_is_refused(self):
        with self.assertRaises(TypeError):
            warnings.warn("x", int)

    def test_form(self):
        text = warnings.formatwarning("words", UserWarning, "no-such-file.py", 5)
        self.assertEqual(text, "no-such-file.py:5: UserWarning: words\n")

    def test_filters_come_back(self):
        before = list(warnings.filters)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
        self.assertEqual(list(warnings.filters), before)


if __name__ == "__main__":
    unittest.main()
