"""Runs inside the interpreter under test: one test file of an installed CPython, a line for every case as it ends.

Use: ladder_worker.py FOLDER NAME.  A line is `began`, `passed` or `failed`, a tab, and the id of the case.
"""

import sys
import unittest
from unittest.runner import run_in_module

import test


class Teller(unittest.TestResult):
    """Writes what happens at once, so that a crash loses nothing."""

    def startTest(self, case):
        super().startTest(case)
        self.bad = self.count()
        self.tell("began", case)

    def stopTest(self, case):
        self.tell("passed" if self.count() == self.bad else "failed", case)

    def count(self):
        return len(self.errors) + len(self.failures) + len(self.unexpectedSuccesses)

    def tell(self, word, case):
        sys.stdout.write(word + "\t" + case.id() + "\n")
        sys.stdout.flush()


def main(folder, name):
    sys.path.append(folder)
    test.__path__.append(folder)  # what the files import from `test` and we do not have
    module = __import__(name)
    result = Teller()
    run_in_module(unittest.defaultTestLoader.loadTestsFromModule(module), module, result)
    for case, text in [*result.errors, *result.failures]:
        sys.stderr.write(case + "\n" + text + "\n")
    return 0


sys.exit(main(sys.argv[1], sys.argv[2]))
