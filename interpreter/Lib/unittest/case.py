"""A test case: how one test method is run, and what can become of it."""

from unittest.asserts import Assertions


class SkipTest(Exception):
    """Raised by a test that cannot run here; its text is the reason."""


class _ExpectedFailure(Exception):
    """A test marked with expectedFailure failed, with this exception."""

    def __init__(self, cause):
        Exception.__init__(self, "expected failure")
        self.cause = cause


class _UnexpectedSuccess(Exception):
    """A test marked with expectedFailure passed."""


class _StopTest(Exception):
    """A sub-test failed and the run is to stop at the first failure."""


def skip(reason):
    """Leave out a test method or a whole class."""
    def decorate(target):
        if isinstance(target, type):
            target.__unittest_skip__ = True
            target.__unittest_skip_why__ = reason
            return target

        def skipped(*args, **kwargs):
            raise SkipTest(reason)
        return skipped
    if not isinstance(reason, str):  # used without a reason: @skip
        target, reason = reason, ""
        return decorate(target)
    return decorate


def _as_is(target):
    return target


def skipIf(condition, reason):
    return skip(reason) if condition else _as_is


def skipUnless(condition, reason):
    return _as_is if condition else skip(reason)


def expectedFailure(test):
    """Mark a method that is known to fail; it passes the suite only as long as it does fail."""
    def expecting(*args, **kwargs):
        try:
            test(*args, **kwargs)
        except SkipTest:
            raise
        except Exception as error:
            failure = _ExpectedFailure(error)
        else:
            failure = _UnexpectedSuccess()
        raise failure
    return expecting


class _SubTest:
    """The part of a test inside `with self.subTest(...)`: its failure is noted and the test goes on."""

    def __init__(self, case, message, params):
        self.case = case
        self.description = _describe(message, params)

    def __enter__(self):
        return None

    def __exit__(self, kind, error, traceback):
        if kind is None or not issubclass(kind, Exception):
            return False
        if issubclass(kind, _StopTest):
            return False
        result = self.case._result
        if issubclass(kind, SkipTest):
            result.addSubSkip(self.case, self.description, str(error))
            return True
        result.addSubFailure(self.case, self.description, error, issubclass(kind, self.case.failureException))
        self.case._sub_failed = True
        if result.failfast:
            raise _StopTest() from None
        return True


def _describe(message, params):
    """`[message] (name=value, ...)`, as it stands after the name of the test."""
    parts = []
    if message is not None:
        parts.append("[" + str(message) + "]")
    if params:
        parts.append("(" + ", ".join([name + "=" + repr(value) for name, value in params.items()]) + ")")
    return " ".join(parts) or "(<subtest>)"


class TestCase(Assertions):
    """One test method of a class, with its own fixture."""

    failureException = AssertionError
    longMessage = True
    maxDiff = 640
    __unittest_skip__ = False
    __unittest_skip_why__ = ""

    def __init__(self, methodName="runTest"):
        self._testMethodName = methodName
        self._cleanups = []
        self._result = None
        self._sub_failed = False

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        pass

    def tearDown(self):
        pass

    def id(self):
        return _class_name(type(self)) + "." + self._testMethodName

    def __str__(self):
        return self._testMethodName + " (" + self.id() + ")"

    def __repr__(self):
        return "<" + _class_name(type(self)) + " testMethod=" + self._testMethodName + ">"

    def __eq__(self, other):
        return type(self) is type(other) and self._testMethodName == other._testMethodName

    def __hash__(self):
        return hash((type(self), self._testMethodName))

    def shortDescription(self):
        return None

    def countTestCases(self):
        return 1

    def addCleanup(self, function, *args, **kwargs):
        """Call function after tearDown; the last added is called first."""
        self._cleanups.append((function, args, kwargs))

    def doCleanups(self):
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            function(*args, **kwargs)

    def enterContext(self, manager):
        """Enter a context manager that is left after tearDown; returns what its __enter__ returns."""
        entered = type(manager).__enter__(manager)
        self.addCleanup(type(manager).__exit__, manager, None, None, None)
        return entered

    @classmethod
    def addClassCleanup(cls, function, *args, **kwargs):
        """Call function after tearDownClass; the last added is called first."""
        cls._class_cleanups = [*cls.__dict__.get("_class_cleanups", ()), (function, args, kwargs)]

    @classmethod
    def doClassCleanups(cls):
        cleanups = list(cls.__dict__.get("_class_cleanups", ()))
        cls._class_cleanups = []
        while cleanups:
            function, args, kwargs = cleanups.pop()
            function(*args, **kwargs)

    def subTest(self, msg=None, **params):
        return _SubTest(self, msg, params)

    def skipTest(self, reason):
        raise SkipTest(reason)

    def fail(self, msg=None):
        raise self.failureException(msg)

    def debug(self):
        """Run without a result: the first exception gets out."""
        self.setUp()
        getattr(self, self._testMethodName)()
        self.tearDown()
        self.doCleanups()

    def __call__(self, result):
        return self.run(result)

    def run(self, result):
        """Run the method with its fixture and tell `result` what came of it."""
        result.startTest(self)
        self._result = result
        self._sub_failed = False
        try:
            if self.__unittest_skip__:
                result.addSkip(self, self.__unittest_skip_why__)
            else:
                self._run_phases(result)
        finally:
            self._result = None
            result.stopTest(self)

    def _run_phases(self, result):
        """setUp, the method, tearDown, clean-ups: each may fail by itself, and only one outcome is `ok`."""
        passed = self._run_phase(result, self.setUp)
        if passed:
            passed = self._run_phase(result, getattr(self, self._testMethodName))
            passed = self._run_phase(result, self.tearDown) and passed
        passed = self._run_phase(result, self.doCleanups) and passed
        if passed and not self._sub_failed:
            result.addSuccess(self)

    def _run_phase(self, result, phase):
        """True if the phase left nothing to tell."""
        try:
            phase()
        except _StopTest:
            pass
        except SkipTest as error:
            result.addSkip(self, str(error))
        except _ExpectedFailure as error:
            result.addExpectedFailure(self, error.cause)
        except _UnexpectedSuccess:
            result.addUnexpectedSuccess(self)
        except self.failureException as error:
            result.addFailure(self, error)
        except Exception as error:
            result.addError(self, error)
        else:
            return True
        return False


class FunctionTestCase(TestCase):
    """A test made of a function."""

    def __init__(self, function):
        TestCase.__init__(self, "runTest")
        self._function = function

    def runTest(self):
        self._function()


def _class_name(cls):
    return cls.__module__ + "." + cls.__qualname__
