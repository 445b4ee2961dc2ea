"""throw: the exception appears at the yield."""
def g():
    while True:
        try:
            yield "waiting"
        except KeyError as error:
            yield f"handled {error}"
        except ValueError:
            return "done"


a = g()
print(next(a), a.throw(KeyError("k")), next(a))
try:
    a.throw(ValueError)
except StopIteration as stop:
    print(stop.value)
try:
    a.throw(OSError("late"))
except OSError as error:
    print("late", error)
b = g()
try:
    b.throw(ValueError("early"))
except ValueError as error:
    print(error)
print(list(b))
c = g()
next(c)
for bad in (5, int, "text"):
    try:
        c.throw(bad)
    except TypeError as error:
        print(error)
