"""The assert methods: each says what was expected and what came, or says nothing."""

from unittest.pattern import search


class _AssertRaises:
    """What assertRaises returns: a context manager that remembers the exception."""

    def __init__(self, case, expected, text, msg):
        self.case = case
        self.expected = expected
        self.text = text
        self.msg = msg
        self.exception = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is None:
            self.case._fail(self.msg, _names(self.expected) + " not raised")
        if not issubclass(kind, self.expected):
            return False
        # without its traceback, which would keep every frame of the test alive
        self.exception = error.with_traceback(None)
        if self.text is not None and not search(self.text, str(error)):
            self.case._fail(self.msg, _pattern(self.text) + " does not match " + repr(str(error)))
        return True


class _AssertWarns:
    """What assertWarns returns: warnings are collected while it is open, and one of the right kind must be there."""

    def __init__(self, case, expected, text, msg):
        self.case = case
        self.expected = expected
        self.text = text
        self.msg = msg
        self.warning = None

    def __enter__(self):
        import warnings

        self.catcher = warnings.catch_warnings(record=True)
        self.caught = self.catcher.__enter__()
        warnings.simplefilter("always", self.expected)
        return self

    def __exit__(self, kind, error, traceback):
        self.catcher.__exit__(kind, error, traceback)
        if kind is not None:
            return
        of_kind = [entry for entry in self.caught if isinstance(entry.message, self.expected)]
        for entry in of_kind:
            if self.text is None or search(self.text, str(entry.message)):
                self.warning, self.filename, self.lineno = entry.message, entry.filename, entry.lineno
                return
        if of_kind:
            self.case._fail(self.msg, _pattern(self.text) + " does not match " + repr(str(of_kind[-1].message)))
        self.case._fail(self.msg, _names(self.expected) + " not triggered")


class Assertions:
    """Mixed into TestCase; needs `failureException`."""

    failureException = AssertionError

    def _fail(self, msg, standard):
        if msg is None:
            raise self.failureException(standard)
        raise self.failureException(standard + " : " + str(msg))

    def assertTrue(self, value, msg=None):
        if not value:
            self._fail(msg, repr(value) + " is not true")

    def assertFalse(self, value, msg=None):
        if value:
            self._fail(msg, repr(value) + " is not false")

    def assertEqual(self, first, second, msg=None):
        if not first == second:
            self._fail(msg, _unequal(first, second))

    def _equal_of(self, kinds, first, second, msg):
        for value, which in ((first, "First"), (second, "Second")):
            if not isinstance(value, kinds):
                self._fail(msg, which + " argument is not a " + _names(kinds) + ": " + repr(value))
        self.assertEqual(first, second, msg)

    def assertListEqual(self, first, second, msg=None):
        self._equal_of(list, first, second, msg)

    def assertTupleEqual(self, first, second, msg=None):
        self._equal_of(tuple, first, second, msg)

    def assertDictEqual(self, first, second, msg=None):
        self._equal_of(dict, first, second, msg)

    def assertSetEqual(self, first, second, msg=None):
        self._equal_of((set, frozenset), first, second, msg)

    def assertMultiLineEqual(self, first, second, msg=None):
        self._equal_of(str, first, second, msg)

    def assertSequenceEqual(self, first, second, msg=None, seq_type=None):
        """The same items in the same order; a list may equal a tuple, unless `seq_type` says what both must be."""
        if seq_type is not None:
            self._equal_of(seq_type, first, second, msg)
        elif len(first) != len(second) or any(not a == b for a, b in zip(first, second)):
            self._fail(msg, _unequal(first, second))

    def assertNotEqual(self, first, second, msg=None):
        if not first != second:
            self._fail(msg, repr(first) + " == " + repr(second))

    def assertIs(self, first, second, msg=None):
        if first is not second:
            self._fail(msg, repr(first) + " is not " + repr(second))

    def assertIsNot(self, first, second, msg=None):
        if first is second:
            self._fail(msg, "unexpectedly identical: " + repr(first))

    def assertIsNone(self, value, msg=None):
        if value is not None:
            self._fail(msg, repr(value) + " is not None")

    def assertIsNotNone(self, value, msg=None):
        if value is None:
            self._fail(msg, "unexpectedly None")

    def assertIn(self, member, container, msg=None):
        if member not in container:
            self._fail(msg, repr(member) + " not found in " + repr(container))

    def assertNotIn(self, member, container, msg=None):
        if member in container:
            self._fail(msg, repr(member) + " unexpectedly found in " + repr(container))

    def assertIsInstance(self, value, cls, msg=None):
        if not isinstance(value, cls):
            self._fail(msg, repr(value) + " is not an instance of " + repr(cls))

    def assertNotIsInstance(self, value, cls, msg=None):
        if isinstance(value, cls):
            self._fail(msg, repr(value) + " is an instance of " + repr(cls))

    def assertLess(self, first, second, msg=None):
        if not first < second:
            self._fail(msg, repr(first) + " not less than " + repr(second))

    def assertLessEqual(self, first, second, msg=None):
        if not first <= second:
            self._fail(msg, repr(first) + " not less than or equal to " + repr(second))

    def assertGreater(self, first, second, msg=None):
        if not first > second:
            self._fail(msg, repr(first) + " not greater than " + repr(second))

    def assertGreaterEqual(self, first, second, msg=None):
        if not first >= second:
            self._fail(msg, repr(first) + " not greater than or equal to " + repr(second))

    def assertAlmostEqual(self, first, second, places=7, msg=None, delta=None):
        """Equal when rounded to `places` decimals, or when no further apart than `delta`."""
        if first == second:
            return
        apart = abs(first - second)
        near = apart <= delta if delta is not None else round(apart, places) == 0
        if not near:
            self._fail(msg, repr(first) + " != " + repr(second) + " (" + repr(apart) + " apart)")

    def assertNotAlmostEqual(self, first, second, places=7, msg=None):
        if first == second or round(abs(first - second), places) == 0:
            self._fail(msg, repr(first) + " == " + repr(second) + " within " + str(places) + " places")

    def assertCountEqual(self, first, second, msg=None):
        """The same items, each as often, in any order; items need not be hashable."""
        missing = list(second)
        extra = []
        for item in first:
            if item in missing:
                missing.remove(item)
            else:
                extra.append(item)
        if missing or extra:
            self._fail(msg, "Element counts were not equal: missing " + repr(missing) + ", unexpected " + repr(extra))

    def assertRaises(self, expected, callable=None, *args, **kwargs):
        """As a context manager, or with a callable and its arguments."""
        return self._expect(expected, None, callable, args, kwargs)

    def assertRaisesRegex(self, expected, text, callable=None, *args, **kwargs):
        """The pattern `text` must match somewhere in the exception's message."""
        return self._expect(expected, text, callable, args, kwargs)

    def assertWarns(self, expected, callable=None, *args, **kwargs):
        """As a context manager, or with a callable and its arguments."""
        return self._expect(expected, None, callable, args, kwargs, _AssertWarns)

    def assertWarnsRegex(self, expected, text, callable=None, *args, **kwargs):
        return self._expect(expected, text, callable, args, kwargs, _AssertWarns)

    def _expect(self, expected, text, callable, args, kwargs, kind=_AssertRaises):
        msg = kwargs.pop("msg", None) if callable is None else None
        context = kind(self, expected, text, msg)
        if callable is None:
            return context
        with context:
            callable(*args, **kwargs)
        return None

    def assertRegex(self, value, text, msg=None):
        """The pattern `text` must match somewhere in `value`."""
        if not search(text, value):
            self._fail(msg, "Regex didn't match: " + _pattern(text) + " not found in " + repr(value))

    def assertNotRegex(self, value, text, msg=None):
        if search(text, value):
            self._fail(msg, "Regex matched: " + _pattern(text) + " found in " + repr(value))


def _pattern(text):
    return repr(getattr(text, "pattern", text))


def _names(expected):
    if isinstance(expected, tuple):
        return "(" + ", ".join([cls.__name__ for cls in expected]) + ")"
    return expected.__name__


def _unequal(first, second):
    """`a != b`, and for two sequences of one kind also where they part."""
    text = repr(first) + " != " + repr(second)
    if type(first) is not type(second) or not isinstance(first, (list, tuple, str)):
        return text
    for index in range(min(len(first), len(second))):
        if first[index] != second[index]:
            return text + "\n\nFirst difference at " + str(index) + ": " + repr(first[index]) + " != " + repr(second[index])
    return text + "\n\nLengths differ: " + str(len(first)) + " != " + str(len(second))
