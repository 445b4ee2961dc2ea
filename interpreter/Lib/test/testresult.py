"""The result of one file's tests, with the JUnit text that the driver collects."""

import time

from unittest.runner import TextTestResult


def escape(text):
    """Text as XML allows it; control characters are replaced, for no escape makes them legal."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return "".join([c if c >= " " or c in "\t\n" else "?" for c in text])


class RegressionTestResult(TextTestResult):
    """Notes name, outcome and seconds of every case; a failing sub-test becomes a case of its own."""

    def __init__(self, stream, verbosity, want_xml):
        TextTestResult.__init__(self, stream, verbosity)
        self.want_xml = want_xml
        self._started = 0.0
        self._rows = []
        self._sub_failures = 0

    def startTest(self, test):
        TextTestResult.startTest(self, test)
        self._sub_failures = 0
        self._noted = False
        self._started = time.perf_counter()

    def stopTest(self, test):
        if not self._noted and not self._sub_failures:
            self._note(test.id(), "", "")
        TextTestResult.stopTest(self, test)

    def _note(self, name, child, extra):
        if self.want_xml:
            seconds = f"{time.perf_counter() - self._started:.6f}"
            attributes = f'name="{escape(name)}" status="run" result="completed" time="{seconds}"{extra}'
            self._rows.append(f"<testcase {attributes}>{child}</testcase>" if child else f"<testcase {attributes} />")
        self._noted = True

    def _note_problem(self, name, tag, found):
        text = found[-1][1]
        last = text.strip().split("\n")[-1]
        kind = last.split(":")[0]
        self._note(name, f'<{tag} type="{escape(kind)}" message="{escape(last)}">{escape(text)}</{tag}>', "")

    def addError(self, test, error):
        TextTestResult.addError(self, test, error)
        self._note_problem(test.id(), "error", self.errors)

    def addFailure(self, test, error):
        TextTestResult.addFailure(self, test, error)
        self._note_problem(test.id(), "failure", self.failures)

    def addSubFailure(self, test, description, error, is_failure):
        TextTestResult.addSubFailure(self, test, description, error, is_failure)
        found, tag = (self.failures, "failure") if is_failure else (self.errors, "error")
        self._note_problem(test.id() + " " + description, tag, found)
        self._sub_failures += 1

    def addSkip(self, test, reason):
        TextTestResult.addSkip(self, test, reason)
        self._note(test.id(), f"<skipped>{escape(reason)}</skipped>", "")

    def addUnexpectedSuccess(self, test):
        TextTestResult.addUnexpectedSuccess(self, test)
        self._note(test.id(), "", ' unexpected_success="true"')

    def xml(self):
        """One <testsuite> element."""
        counts = f'tests="{self.testsRun}" errors="{len(self.errors)}" failures="{len(self.failures)}"'
        start = f"{time.time():.6f}"
        return f'<testsuite start="{start}" {counts} skipped="{len(self.skipped)}">{"".join(self._rows)}</testsuite>'
