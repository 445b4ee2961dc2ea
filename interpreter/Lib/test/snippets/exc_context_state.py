"""sys.exception() and what is handled now."""
import sys


def now():
    return repr(sys.exception()), sys.exc_info()[0]


print(now())
try:
    raise KeyError(1)
except KeyError:
    print(now())
    try:
        raise ValueError(2)
    except ValueError:
        print(now())
    print(now())
    def inside():
        return now()

    print(inside())
print(now())
def gen():
    yield now()
    try:
        raise OSError(3)
    except OSError:
        yield now()
    yield now()


try:
    raise TypeError(4)
except TypeError:
    for state in gen():
        print(state)
print(now())
try:
    try:
        raise ValueError("first")
    except ValueError:
        try:
            raise KeyError("second")
        except KeyError:
            pass
        raise
except ValueError as error:
    print(repr(error))
