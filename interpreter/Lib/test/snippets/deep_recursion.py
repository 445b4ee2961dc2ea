"""Endless recursion ends in RecursionError, whatever recurses."""
import sys

sys.setrecursionlimit(500)
def down():
    return down()


class A:
    def __repr__(self):
        return repr(self)

    def __eq__(self, other):
        return self == other

    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __call__(self):
        return self()

    def __hash__(self):
        return hash(self)

    def __len__(self):
        return len(self)

    def __iter__(self):
        return iter(self)

    def __add__(self, other):
        return self + other

    @property
    def p(self):
        return self.p


a = A()
for job in (down, lambda: repr(a), lambda: a == 1, lambda: a.z, a, lambda: hash(a), lambda: len(a), lambda: a + 1, lambda: a.p, lambda: [*a]):
    try:
        job()
    except RecursionError as error:
        print(type(error).__name__, str(error).split(" while")[0])
def depth():
    n = 0
    def go():
        nonlocal n
        n += 1
        go()

    try:
        go()
    except RecursionError:
        return 300 < n < 500


print(depth())
