"""contextlib.contextmanager over a generator."""
from contextlib import contextmanager


@contextmanager
def tag(name):
    print("<" + name + ">", end="")
    try:
        yield name.upper()
    except ValueError as error:
        print("caught", error, end="")
    finally:
        print("</" + name + ">")


with tag("a") as t, tag("b"):
    print(t, end="")
with tag("c"):
    raise ValueError("v")
try:
    with tag("d"):
        raise KeyError("k")
except KeyError as error:
    print(repr(error))
@contextmanager
def never():
    if False:
        yield


@contextmanager
def twice():
    yield 1
    yield 2


for bad in (never, twice):
    try:
        with bad():
            pass
    except RuntimeError as error:
        print(error)
