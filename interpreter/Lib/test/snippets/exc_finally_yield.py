"""finally in a generator that is left alone, closed or thrown at."""
def g():
    try:
        yield 1
        yield 2
    except ValueError as error:
        print("caught", error)
        yield "after"
    finally:
        print("cleaned")


a = g()
print(next(a))
a.close()
b = g()
next(b)
print(b.throw(ValueError("thrown")), list(b))
c = g()
next(c)
del c
for x in g():
    break
print("left the loop")
def stubborn():
    for _ in range(2):
        try:
            yield
        except GeneratorExit:
            pass


s = stubborn()
next(s)
try:
    s.close()
except RuntimeError as error:
    print(error)
def returns():
    try:
        yield 1
    finally:
        return "value"


r = returns()
next(r)
try:
    r.throw(KeyError)
except StopIteration as stop:
    print(stop.value)
