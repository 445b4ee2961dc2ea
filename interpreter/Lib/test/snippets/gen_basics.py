"""Generators: next, send, return, exhausted."""
def g():
    got = yield 1
    print("got", got)
    got = yield 2
    print("got", got)
    return "end"


a = g()
print(next(a), a.send("x"))
try:
    a.send("y")
except StopIteration as stop:
    print("stopped", stop.value)
print(list(a), next(a, "nothing"))
b = g()
try:
    b.send("early")
except TypeError as error:
    print(error)
print(b.gi_running, b.gi_frame is None, b.gi_code.co_name, b.__name__, b.__qualname__)
b.close()
print(b.gi_frame, b.close())
def never():
    return
    yield


print(list(never()), type(never()).__name__)
def squares(n):
    for i in range(n):
        yield i * i


print(list(squares(4)), sum(squares(5)), [*squares(3)], dict(enumerate(squares(2))), 4 in squares(3))
