"""Inlined comprehensions keep their own names to themselves (PEP 709)."""
def f():
    x = 1
    a = [x for x in range(3)]
    b = [lambda: x for x in range(2)]
    c = [(x, y) for y in range(2)]
    return x, a, [g() for g in b], c


print(f())
def g():
    [z for z in range(2)]
    try:
        return z
    except NameError as error:
        return str(error)


print(g())
def cells(n):
    fs = [(lambda: (n, i)) for i in range(2)]
    n = "changed"
    return [h() for h in fs], sorted(locals())


print(cells(5))
class C:
    y = 1
    a = [y for y in range(2)]
    try:
        b = [q + y for q in range(2)]
    except NameError as error:
        b = str(error)


print(C.a, C.b, C.y)
def dele():
    k = 1
    del k
    try:
        return [k for _ in range(1)]
    except NameError as error:
        return type(error).__name__


print(dele(), [[x for x in range(x)] for x in range(3)], [x for x in (x for x in range(3))])
def nl():
    v = 1
    def inner():
        nonlocal v
        return [v := v + i for i in range(3)], v

    return inner(), v


print(nl())
