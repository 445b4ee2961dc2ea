"""Rabbit's own small unittest: the part of the standard module that tests use every day.

Plain Python that also runs on CPython, so that every test can be judged there.
"""

from unittest.case import FunctionTestCase, SkipTest, TestCase, expectedFailure, skip, skipIf, skipUnless
from unittest.loader import TestLoader, TestSuite, defaultTestLoader
from unittest.main import main
from unittest.result import TestResult
from unittest.runner import TextTestResult, TextTestRunner

__all__ = [
    "FunctionTestCase", "SkipTest", "TestCase", "TestLoader", "TestResult", "TestSuite", "TextTestResult",
    "TextTestRunner", "defaultTestLoader", "expectedFailure", "main", "skip", "skipIf", "skipUnless",
]
