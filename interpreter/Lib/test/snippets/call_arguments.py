"""Every kind of parameter, and how arguments find theirs."""
def f(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    return a, b, c, args, d, e, kwargs


print(f(1, d=4), f(1, 2, 3, 4, 5, d=6, z=7), f(1, *[2, 3], **{"d": 4, "x": 5}), f(1, c=9, d=0, a=10))
print(f(*"ab", *(), d=1, *[3]), f.__defaults__, f.__kwdefaults__)
def g(x, y=None):
    return x, y


for job in (lambda: g(), lambda: g(1, 2, 3), lambda: g(1, x=2), lambda: g(1, z=3), lambda: f(1), lambda: f(d=1), lambda: g(*5), lambda: g(**5), lambda: g(**{1: 2}),
            lambda: g(1, **{"y": 1}, **{"y": 2}), lambda: g(1, 2, y=3)):
    try:
        print(job())
    except TypeError as error:
        print(error)
