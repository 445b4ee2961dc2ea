"""Finding tests: in a class, in a module, by name."""


class TestSuite:
    """Tests that are run one after the other; those of one class share its class fixture."""

    def __init__(self, tests=()):
        self._tests = list(tests)

    def __iter__(self):
        return iter(self._tests)

    def addTest(self, test):
        self._tests.append(test)

    def addTests(self, tests):
        for test in tests:
            self._tests.append(test)

    def countTestCases(self):
        return sum([test.countTestCases() for test in self._tests])

    def cases(self):
        """Every test case in it, however deep."""
        found = []
        for test in self._tests:
            if isinstance(test, TestSuite):
                found.extend(test.cases())
            else:
                found.append(test)
        return found

    def __call__(self, result):
        return self.run(result)

    def run(self, result):
        """Run all; a class fixture that fails counts as one error and leaves out its class."""
        cases = self.cases()
        start = 0
        while start < len(cases) and not result.shouldStop:
            end = start
            while end < len(cases) and type(cases[end]) is type(cases[start]):
                end += 1
            _run_class(type(cases[start]), cases[start:end], result)
            start = end
        return result


class _Fixture:
    """Stands for setUpClass, setUpModule and the like where one of them fails."""

    def __init__(self, name, where):
        self.name = name
        self.where = where

    def id(self):
        return self.where + "." + self.name

    def __str__(self):
        return self.name + " (" + self.where + ")"


def run_fixture(function, where, result):
    """Call a fixture function; False, with an error or a skip noted, if its tests must not run."""
    from unittest.case import SkipTest
    try:
        function()
    except SkipTest as error:
        result.addSkip(_Fixture(function.__name__, where), str(error))
        return False
    except Exception as error:
        result.addError(_Fixture(function.__name__, where), error)
        return False
    return True


def _run_class(cls, cases, result):
    if cls.__unittest_skip__:
        for case in cases:
            case.run(result)
        return
    where = cls.__module__ + "." + cls.__qualname__
    if run_fixture(cls.setUpClass, where, result):
        for case in cases:
            if result.shouldStop:
                break
            case.run(result)
        run_fixture(cls.tearDownClass, where, result)
    run_fixture(cls.doClassCleanups, where, result)


class TestLoader:
    """Finds the methods that begin with `test`, in alphabetic order."""

    testMethodPrefix = "test"

    def getTestCaseNames(self, cls):
        prefix = self.testMethodPrefix
        return sorted([name for name in dir(cls) if name.startswith(prefix) and callable(getattr(cls, name))])

    def loadTestsFromTestCase(self, cls):
        return TestSuite([cls(name) for name in self.getTestCaseNames(cls)])

    def loadTestsFromModule(self, module):
        """All cases of a module; one with a `load_tests(loader, tests, pattern)` has the last word."""
        suite = self._all_of(module)
        load_tests = getattr(module, "load_tests", None)
        return suite if load_tests is None else load_tests(self, suite, None)

    def loadTestsFromName(self, name, module=None):
        """`Class`, `Class.method`, or with the module's name in front where no module is given."""
        if module is None:
            module, name = _module_of(name)
            if not name:
                return self.loadTestsFromModule(module)
        class_name, dot, method = name.partition(".")
        cls = getattr(module, class_name)
        from unittest.case import TestCase
        if not (isinstance(cls, type) and issubclass(cls, TestCase)):
            raise TypeError(repr(name) + " does not name a test case")
        return TestSuite([cls(method)]) if dot else self.loadTestsFromTestCase(cls)

    def loadTestsFromNames(self, names, module=None):
        return TestSuite([self.loadTestsFromName(name, module) for name in names])

    def _all_of(self, module):
        from unittest.case import FunctionTestCase, TestCase
        suite = TestSuite()
        for name in sorted(dir(module)):
            value = getattr(module, name)
            if isinstance(value, type) and issubclass(value, TestCase) and value not in (TestCase, FunctionTestCase):
                suite.addTest(self.loadTestsFromTestCase(value))
        return suite


def _module_of(path):
    """The module that a dotted path begins with, imported, and what is left of the path."""
    import sys
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        try:
            __import__(name)
        except ModuleNotFoundError:
            continue
        return sys.modules[name], ".".join(parts[end:])
    raise ModuleNotFoundError("No module named " + repr(parts[0]))


defaultTestLoader = TestLoader()
