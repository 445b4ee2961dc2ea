"""unittest itself: every outcome of a test is told as what it is."""

import sys
import unittest
import warnings
from unittest import mock


class Text:
    """A stream that keeps what is written."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


class Sample(unittest.TestCase):
    """Loaded by name only: the methods do not begin with `test`."""

    def case_ok(self):
        self.assertTrue(True)

    def case_fail(self):
        self.assertEqual(1, 2)

    def case_error(self):
        {}["x"]

    def case_skip(self):
        self.skipTest("why")

    def case_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)

    @unittest.expectedFailure
    def case_expected(self):
        self.fail("as expected")

    @unittest.expectedFailure
    def case_unexpected(self):
        pass


def run(*names):
    stream = Text()
    result = unittest.TextTestRunner(stream, verbosity=2).run(unittest.TestSuite([Sample(name) for name in names]))
    return result, stream.text


class OutcomeTests(unittest.TestCase):
    def test_lines(self):
        rows = (("case_ok", "ok"), ("case_fail", "FAIL"), ("case_error", "ERROR"), ("case_skip", "skipped 'why'"),
                ("case_expected", "expected failure"), ("case_unexpected", "unexpected success"))
        for name, word in rows:
            with self.subTest(name=name):
                text = run(name)[1]
                self.assertIn(f"{name} ({__name__}.Sample.{name}) ... {word}\n", text)

    def test_success(self):
        result, text = run("case_ok", "case_skip", "case_expected")
        self.assertTrue(result.wasSuccessful())
        self.assertIn("Ran 3 tests in ", text)
        self.assertIn("\n\nOK (skipped=1, expected failures=1)\n", text)

    def test_failure_block(self):
        result, text = run("case_fail")
        self.assertFalse(result.wasSuccessful())
        self.assertIn("=" * 70 + f"\nFAIL: case_fail ({__name__}.Sample.case_fail)\n" + "-" * 70 + "\nTraceback", text)
        self.assertIn("AssertionError: 1 != 2\n", text)
        self.assertIn("FAILED (failures=1)\n", text)
        self.assertNotIn("asserts.py", text)

    def test_error_block(self):
        text = run("case_error")[1]
        self.assertIn(f"ERROR: case_error ({__name__}.Sample.case_error)\n", text)
        self.assertIn("KeyError: 'x'\n", text)

    def test_failing_sub_test_is_named_and_others_run(self):
        result, text = run("case_sub")
        self.assertEqual([name for name, _ in result.failures], [f"case_sub ({__name__}.Sample.case_sub) (i=1)"])
        self.assertIn(f"  case_sub ({__name__}.Sample.case_sub) (i=1) ... FAIL\n", text)

    def test_unexpected_success_fails_the_run(self):
        result, text = run("case_unexpected")
        self.assertFalse(result.wasSuccessful())
        self.assertIn("FAILED (unexpected successes=1)", text)

    def test_nothing_to_run(self):
        self.assertIn("NO TESTS RAN\n", run()[1])


class FixtureTests(unittest.TestCase):
    def test_order(self):
        log = []
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                log.append("class")
            @classmethod
            def tearDownClass(cls):
                log.append("end")
            def setUp(self):
                log.append("set")
                self.addCleanup(log.append, "clean")
            def tearDown(self):
                log.append("tear")
            def test_a(self):
                log.append("a")
            def test_b(self):
                log.append("b")
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
        suite.run(unittest.TestResult())
        self.assertEqual(log, ["class", "set", "a", "tear", "clean", "set", "b", "tear", "clean", "end"])

    def test_failing_set_up_runs_no_test(self):
        class Case(unittest.TestCase):
            def setUp(self):
                raise KeyError
            def test_a(self):
                self.fail("never")
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
        self.assertEqual((len(result.errors), len(result.failures)), (1, 0))

    def test_failing_class_fixture_is_one_error(self):
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise KeyError
            def test_a(self):
                pass
            def test_b(self):
                pass
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
        self.assertEqual((result.testsRun, len(result.errors)), (0, 1))
        self.assertTrue(result.errors[0][0].startswith("setUpClass ("))


class AssertTests(unittest.TestCase):
    def test_each_can_fail(self):
        rows = (
            (self.assertTrue, (0,)), (self.assertFalse, (1,)), (self.assertEqual, (1, 2)), (self.assertNotEqual, (1, 1)),
            (self.assertIs, ([], [])), (self.assertIsNot, (None, None)), (self.assertIsNone, (0,)),
            (self.assertIsNotNone, (None,)), (self.assertIn, (1, [])), (self.assertNotIn, (1, [1])),
            (self.assertIsInstance, (1, str)), (self.assertNotIsInstance, (1, int)), (self.assertLess, (1, 1)),
            (self.assertLessEqual, (2, 1)), (self.assertGreater, (1, 1)), (self.assertGreaterEqual, (1, 2)),
            (self.assertAlmostEqual, (1.0, 1.1)), (self.assertNotAlmostEqual, (1.0, 1.0)),
            (self.assertListEqual, ((1,), (1,))), (self.assertTupleEqual, ([1], [1])), (self.assertDictEqual, ([], [])),
            (self.assertSetEqual, ([1], [1])), (self.assertMultiLineEqual, (1, 1)), (self.assertSequenceEqual, ([1], [2])),
            (self.assertRegex, ("abc", "b$")), (self.assertNotRegex, ("abc", "^a.c$")),
            (self.assertCountEqual, ([1, 1], [1, 2])), (self.assertRaises, (ValueError, len, [])), (self.fail, ()),
        )
        for method, arguments in rows:
            with self.subTest(method=method.__name__):
                with self.assertRaises(AssertionError):
                    method(*arguments)

    def test_own_message(self):
        with self.assertRaises(AssertionError) as caught:
            self.assertEqual(1, 2, "own words")
        self.assertEqual(str(caught.exception), "1 != 2 : own words")

    def test_sequences_of_two_kinds_may_be_equal(self):
        self.assertSequenceEqual([1, 2], (1, 2))
        with self.assertRaises(AssertionError):
            self.assertSequenceEqual([1, 2], (1, 2), seq_type=list)

    def test_messages_are_matched_by_patterns(self):
        found = ("a.c", "^ab?c+", r"\[x\]", "(one|two) (three)*$", "[0-9]{2,3}", r"\bword\b", "[^a-z]", "x.*?y", r"\d+\s\w")
        texts = ("xabc", "acc", "[x]", "two three", "is 123", "a word here", "abc1", "xzzy", "5 a")
        for pattern, text in zip(found, texts):
            with self.subTest(pattern=pattern):
                self.assertRegex(text, pattern)
                with self.assertRaisesRegex(ValueError, pattern):
                    raise ValueError(text)
        for pattern, text in (("a.c", "ac"), ("^b", "ab"), ("b$", "ba"), (r"\d", "x"), ("[^x]", "x"), ("a{3}", "aa"), ("(a|b)c", "ab")):
            with self.subTest(pattern=pattern):
                self.assertNotRegex(text, pattern)

    def test_a_message_that_does_not_match_fails(self):
        with self.assertRaises(AssertionError):
            with self.assertRaisesRegex(ValueError, "this"):
                raise ValueError("that")

    def test_warnings(self):
        with self.assertWarns(DeprecationWarning) as caught:
            warnings.warn("old", DeprecationWarning)
        self.assertEqual(str(caught.warning), "old")
        with self.assertWarnsRegex(UserWarning, "n.w"):
            warnings.warn("new")
        for kind, text in ((UserWarning, "x"), (DeprecationWarning, "y")):
            with self.assertRaises(AssertionError):
                with self.assertWarnsRegex(kind, text):
                    warnings.warn("y")

    def test_other_exceptions_go_through(self):
        with self.assertRaises(KeyError):
            with self.assertRaises(ValueError):
                {}["x"]


class LoaderTests(unittest.TestCase):
    def test_names_choose(self):
        loader = unittest.defaultTestLoader
        suite = loader.loadTestsFromNames(["OutcomeTests.test_success", "FixtureTests"], sys.modules[__name__])
        self.assertEqual(suite.countTestCases(), 1 + len(loader.getTestCaseNames(FixtureTests)))
        self.assertEqual(loader.loadTestsFromName(f"{__name__}.OutcomeTests.test_success").countTestCases(), 1)

    def test_load_tests_has_the_last_word(self):
        module = type(sys)("made")
        module.Sample = Sample
        module.load_tests = lambda loader, tests, pattern: unittest.TestSuite([Sample("case_ok")])
        self.assertEqual(unittest.defaultTestLoader.loadTestsFromModule(module).countTestCases(), 1)

    def test_class_clean_ups_come_last(self):
        log = []
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.addClassCleanup(log.append, "clean")
            @classmethod
            def tearDownClass(cls):
                log.append("end")
            def test_a(self):
                self.enterContext(Entered(log))
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(unittest.TestResult())
        self.assertEqual(log, ["in", "out", "end", "clean"])


class Entered:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        self.log.append("in")

    def __exit__(self, *details):
        self.log.append("out")


class PatchTests(unittest.TestCase):
    def test_a_name_is_replaced_for_a_while(self):
        with mock.patch(f"{__name__}.Text", 5) as new:
            self.assertEqual((Text, new), (5, 5))
        self.assertIsInstance(Text(), object)

    def test_a_builtin_can_be_hidden_in_a_module(self):
        with mock.patch(f"{__name__}.len", lambda x: "hidden"):
            self.assertEqual(len([]), "hidden")
        self.assertEqual(len([]), 0)

    def test_an_attribute_comes_back_after_an_error(self):
        with self.assertRaises(KeyError):
            with mock.patch.object(Sample, "case_ok", None):
                raise KeyError
        self.assertIsNotNone(Sample.case_ok)

    def test_what_is_not_there_cannot_be_replaced(self):
        with self.assertRaises(AttributeError):
            with mock.patch(f"{__name__}.no_such_name", 5):
                pass


if __name__ == "__main__":
    unittest.main()
