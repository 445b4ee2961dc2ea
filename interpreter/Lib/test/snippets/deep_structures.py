"""Deep lists and tuples: made, compared, shown, let go."""
deep = []
for _ in range(100000):
    deep = [deep]
other = []
for _ in range(100000):
    other = [other]
for job in (lambda: deep == other, lambda: repr(deep), lambda: str(deep), lambda: deep < other):
    try:
        print(job())
    except RecursionError as error:
        print(type(error).__name__)
t = ()
for _ in range(100000):
    t = (t,)
try:
    hash(t)
    print("hashed")
except RecursionError as error:
    print(type(error).__name__)
d = {}
for _ in range(100000):
    d = {"d": d}
class Node:
    pass


n = Node()
for _ in range(100000):
    m = Node()
    m.next = n
    n = m
error = None
for _ in range(100000):
    e = ValueError()
    e.__context__ = error
    error = e
f = None
for _ in range(100000):
    f = (lambda f: lambda: f)(f)
del deep, other, t, d, n, m, error, e, f
print("let go")
