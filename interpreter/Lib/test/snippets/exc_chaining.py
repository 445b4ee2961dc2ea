"""__context__ and __cause__: what came before."""
def chain(error):
    parts = []
    while error is not None:
        parts.append((repr(error), error.__suppress_context__, error.__cause__ is not None))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return parts


def run(f):
    try:
        f()
    except BaseException as error:
        print(chain(error))


def implicit():
    try:
        1 / 0
    except ZeroDivisionError:
        [][1]


def explicit():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise KeyError("x") from error


def nothing():
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError("x") from None


def in_finally():
    try:
        1 / 0
    finally:
        raise ValueError("later")


def again():
    try:
        1 / 0
    except ZeroDivisionError as error:
        raise error


def loop():
    a, b = ValueError("a"), ValueError("b")
    try:
        try:
            raise a
        except ValueError:
            raise b
    except ValueError:
        raise a


for f in (implicit, explicit, nothing, in_finally, again, loop, lambda: (_ for _ in ()).throw(KeyError("k"))):
    run(f)
try:
    raise ValueError from 5
except TypeError as error:
    print(error)
error = ValueError("x")
error.__cause__ = KeyError("c")
print(error.__suppress_context__)
for bad in (5, "x"):
    try:
        error.__context__ = bad
    except TypeError as e:
        print(e)
