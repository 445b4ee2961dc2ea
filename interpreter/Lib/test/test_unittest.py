"""unittest itself: every outcome of a test is told as what it is."""

import unittest


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

    def test_other_exceptions_go_through(self):
        with self.assertRaises(KeyError):
            with self.assertRaises(ValueError):
                {}["x"]


if __name__ == "__main__":
    unittest.main()
