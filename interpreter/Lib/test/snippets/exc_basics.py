"""Exceptions are objects with arguments."""
for error in (Exception(), Exception("one"), Exception("one", 2), KeyError("k"), KeyError(), OSError(2, "gone", "file"), OSError("only"), StopIteration(5), SystemExit(3), ValueError(None), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")):
    print(repr(error), "|", str(error), "|", error.args)
print(type(OSError(2, "x")), type(OSError(17, "x")), OSError(2, "x", "f").filename, OSError(2, "x").errno, StopIteration(5).value, SystemExit(3).code)
print([c.__name__ for c in ZeroDivisionError.__mro__], issubclass(KeyError, LookupError), IOError is OSError)
class Mine(Exception):
    def __init__(self, a, b):
        super().__init__(a)
        self.b = b

    def __str__(self):
        return f"mine {self.args} {self.b}"


try:
    raise Mine(1, 2)
except Mine as error:
    print(error, repr(error), error.__traceback__ is not None, error.__cause__, error.__context__)
for job in (lambda: Mine(1), lambda: BaseException.__new__(int), lambda: Exception(x=1)):
    try:
        job()
    except TypeError as error:
        print(error)
