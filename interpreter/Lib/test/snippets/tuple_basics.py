"""Tuples: fixed, comparable, hashable."""
t = (1, "a", None)
print(t, (), (1,), t[0], t[-1], t[1:], len(t), t + (2,), (1, 2) * 2, t.index("a"), t.count(1), 1 in t, tuple("ab"), tuple([1]) == (1,))
print((1, 2) < (1, 3), (1,) < (1, 0), () < (0,), (1, "a") == (1, "a"), hash((1, 2)) == hash((1, 2)), hash(()) == hash(tuple()))
a, (b, *c), d = 1, (2, 3, 4), 5
print(a, b, c, d, (a, b) == (1, 2))
x, y = y0, x0 = 1, 2
print(x, y, x0, y0)
for job in (lambda: t[5], lambda: t.index(9), lambda: hash((1, [])), lambda: t + [1], lambda: (1, 2) < 3, lambda: t.__setitem__(0, 1)):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
