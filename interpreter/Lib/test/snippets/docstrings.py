"""Where a docstring is, and where there is none."""
def a():
    """Doc of a."""


def b():
    "joined " "doc"


def c():
    x = 1
    """not a doc"""


def d():
    b"bytes"


class E:
    """Doc of E."""
    def m(self): "one line"


class F:
    pass


print(__doc__, a.__doc__, b.__doc__, c.__doc__, d.__doc__, E.__doc__, E.m.__doc__, F.__doc__, (lambda: "x").__doc__)
E.__doc__ = "changed"
print(E.__doc__, len.__doc__ is not None, int.__doc__ is not None)
