"""A generator cannot run inside itself; StopIteration inside is an error."""
def g():
    try:
        next(me)
    except ValueError as error:
        yield str(error)


me = g()
print(next(me))
def stops():
    yield 1
    raise StopIteration("x")


try:
    list(stops())
except RuntimeError as error:
    print(error, repr(error.__cause__))
def leaks():
    yield next(iter([]))


try:
    list(leaks())
except RuntimeError as error:
    print(error)
print(list(x for x in iter([1, 2])))
