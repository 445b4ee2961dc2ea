"""Functions without a name."""
print((lambda: 1)(), (lambda x, *a, y=2, **k: (x, a, y, k))(1, 2, z=3), (lambda x: lambda y: x + y)(1)(2))
fact = lambda n: 1 if n < 2 else n * fact(n - 1)
print(fact(20), list(map(lambda p: p[0], [(1, 2)])), sorted([3, 1, 2], key=lambda n: -n), (lambda *, a: a)(a=1))
print([(lambda i: i * j)(2) for j in range(3)], (lambda: (yield 1))().__class__.__name__, list((lambda: (yield 1))()))
f = lambda a, b=(lambda: 5)(): (a, b)
print(f(1), f.__name__, f.__defaults__, f.__code__.co_firstlineno)
