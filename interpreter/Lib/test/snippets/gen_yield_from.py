"""yield from passes everything through."""
def inner():
    try:
        x = yield "a"
        print("inner got", x)
        yield "b"
    except ValueError as error:
        print("inner caught", error)
        yield "c"
    finally:
        print("inner cleaned")
    return "result"


def outer():
    result = yield from inner()
    print("result", result)
    yield from [1, 2]
    return (yield from ())


o = outer()
print(next(o), o.send("hello"), next(o), next(o), next(o, "end"))
o = outer()
next(o)
print(o.throw(ValueError("v")), next(o))
o = outer()
next(o)
o.close()
def flat(x):
    if isinstance(x, list):
        for y in x:
            yield from flat(y)
    else:
        yield x


print(list(flat([1, [2, [3, [4]], 5]])))
def bad():
    yield from 5


try:
    next(bad())
except TypeError as error:
    print(error)
class It:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration("value of It")


def of_it():
    x = yield from It()
    yield x


print(list(of_it()))
