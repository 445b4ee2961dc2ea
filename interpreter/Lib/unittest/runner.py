"""Running tests with text as the result."""

import sys
import time

from unittest.loader import run_fixture
from unittest.result import TestResult

SEPARATOR1 = "=" * 70
SEPARATOR2 = "-" * 70


class TextTestResult(TestResult):
    """Prints a line a test (verbosity 2), a dot a test (1) or nothing (0) while the tests run."""

    def __init__(self, stream, verbosity):
        TestResult.__init__(self)
        self.stream = stream
        self.verbosity = verbosity
        self._open_line = False

    def startTest(self, test):
        TestResult.startTest(self, test)
        if self.verbosity > 1:
            self._write(str(test) + " ... ")
            self._open_line = True

    def stopTest(self, test):
        self._open_line = False

    def _write(self, text):
        self.stream.write(text)
        self.stream.flush()

    def _tell(self, word, mark):
        """The outcome of the running test; sub-tests may have taken lines of their own before."""
        if self.verbosity > 1:
            self._write(word + "\n")
            self._open_line = False
        elif self.verbosity == 1:
            self._write(mark)

    def _tell_sub(self, test, description, word, mark):
        if self.verbosity > 1:
            if self._open_line:
                self._write("\n")
                self._open_line = False
            self._write("  " + str(test) + " " + description + " ... " + word + "\n")
        elif self.verbosity == 1:
            self._write(mark)

    def addSuccess(self, test):
        self._tell("ok", ".")

    def addError(self, test, error):
        TestResult.addError(self, test, error)
        self._tell("ERROR", "E")

    def addFailure(self, test, error):
        TestResult.addFailure(self, test, error)
        self._tell("FAIL", "F")

    def addSkip(self, test, reason):
        TestResult.addSkip(self, test, reason)
        self._tell("skipped " + repr(reason), "s")

    def addExpectedFailure(self, test, error):
        TestResult.addExpectedFailure(self, test, error)
        self._tell("expected failure", "x")

    def addUnexpectedSuccess(self, test):
        TestResult.addUnexpectedSuccess(self, test)
        self._tell("unexpected success", "u")

    def addSubFailure(self, test, description, error, is_failure):
        TestResult.addSubFailure(self, test, description, error, is_failure)
        self._tell_sub(test, description, "FAIL" if is_failure else "ERROR", "F" if is_failure else "E")

    def addSubSkip(self, test, description, reason):
        TestResult.addSubSkip(self, test, description, reason)
        self._tell_sub(test, description, "skipped " + repr(reason), "s")

    def print_errors(self):
        """Every test that did not pass, each between its lines."""
        if self.verbosity > 0 and (self.errors or self.failures or self.unexpectedSuccesses):
            self._write("\n")
        for heading, found in (("ERROR", self.errors), ("FAIL", self.failures)):
            for name, text in found:
                self._write(SEPARATOR1 + "\n" + heading + ": " + name + "\n" + SEPARATOR2 + "\n" + text + "\n")
        for name in self.unexpectedSuccesses:
            self._write(SEPARATOR1 + "\nUNEXPECTED SUCCESS: " + name + "\n")

    def print_summary(self, seconds):
        """`Ran 6 tests in 0.004s`, then `OK` or `FAILED (failures=2, ...)`."""
        plural = "" if self.testsRun == 1 else "s"
        self._write(SEPARATOR2 + "\n" + f"Ran {self.testsRun} test{plural} in {seconds:.3f}s" + "\n\n")
        counts = (
            ("failures", self.failures),
            ("errors", self.errors),
            ("skipped", self.skipped),
            ("expected failures", self.expectedFailures),
            ("unexpected successes", self.unexpectedSuccesses),
        )
        notes = ", ".join([name + "=" + str(len(found)) for name, found in counts if found])
        if not self.wasSuccessful():
            word = "FAILED"
        elif self.testsRun == 0 and not self.skipped:
            word = "NO TESTS RAN"
        else:
            word = "OK"
        self._write(word + (" (" + notes + ")" if notes else "") + "\n")


class TextTestRunner:
    """Runs a suite and prints everything to `stream` (standard error unless said otherwise)."""

    def __init__(self, stream=None, verbosity=1, failfast=False):
        self.stream = stream if stream is not None else sys.stderr
        self.verbosity = verbosity
        self.failfast = failfast

    def run(self, suite, module=None):
        """Run the suite inside the fixture of `module`, if it has one."""
        result = TextTestResult(self.stream, self.verbosity)
        result.failfast = self.failfast
        started = time.perf_counter()
        run_in_module(suite, module, result)
        seconds = time.perf_counter() - started
        if self.verbosity > 0:
            result.print_errors()
            if not (result.errors or result.failures or result.unexpectedSuccesses):
                self.stream.write("\n")
            result.print_summary(seconds)
        return result


def run_in_module(suite, module, result):
    """setUpModule, the tests, tearDownModule."""
    set_up = getattr(module, "setUpModule", None)
    if set_up is not None and not run_fixture(set_up, module.__name__, result):
        return
    suite.run(result)
    tear_down = getattr(module, "tearDownModule", None)
    if tear_down is not None:
        run_fixture(tear_down, module.__name__, result)
