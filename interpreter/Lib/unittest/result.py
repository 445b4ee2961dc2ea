"""What came of a run: counts, and the tests that did not pass with their tracebacks."""

import traceback


class TestResult:
    """Collects outcomes; runners derive from it to print them as they come."""

    def __init__(self):
        self.testsRun = 0
        self.failures = []
        self.errors = []
        self.skipped = []
        self.expectedFailures = []
        self.unexpectedSuccesses = []
        self.failfast = False
        self.shouldStop = False

    def startTest(self, test):
        self.testsRun += 1

    def stopTest(self, test):
        pass

    def addSuccess(self, test):
        pass

    def addError(self, test, error):
        self.errors.append((str(test), format_error(error)))
        self._stop_if_fast()

    def addFailure(self, test, error):
        self.failures.append((str(test), format_error(error)))
        self._stop_if_fast()

    def addSubFailure(self, test, description, error, is_failure):
        """A sub-test failed; the test goes on."""
        found = self.failures if is_failure else self.errors
        found.append((str(test) + " " + description, format_error(error)))
        self._stop_if_fast()

    def addSubSkip(self, test, description, reason):
        self.skipped.append((str(test) + " " + description, reason))

    def addSkip(self, test, reason):
        self.skipped.append((str(test), reason))

    def addExpectedFailure(self, test, error):
        self.expectedFailures.append((str(test), format_error(error)))

    def addUnexpectedSuccess(self, test):
        self.unexpectedSuccesses.append(str(test))
        self._stop_if_fast()

    def _stop_if_fast(self):
        if self.failfast:
            self.shouldStop = True

    def stop(self):
        self.shouldStop = True

    def wasSuccessful(self):
        return not (self.failures or self.errors or self.unexpectedSuccesses)


def format_error(error):
    """The traceback of an exception as text, without the frames of unittest itself."""
    entries = [entry for entry in traceback.extract_tb(error.__traceback__) if not _is_ours(entry.filename)]
    lines = ["Traceback (most recent call last):\n"] if entries else []
    lines.extend(traceback.format_list(entries))
    lines.extend(traceback.format_exception_only(type(error), error))
    return "".join(lines)


def _is_ours(filename):
    return "/unittest/" in filename
