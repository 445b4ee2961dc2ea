"""__slots__: places instead of a dict."""
class P:
    __slots__ = ("x", "y", "__weakref__")

    def __init__(self, x):
        self.x = x


p = P(1)
print(p.x, P.__slots__, hasattr(p, "__dict__"), type(P.x).__name__)
for job in (lambda: p.y, lambda: setattr(p, "z", 1), lambda: delattr(p, "y"), lambda: P.x.__get__(5, int)):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
p.y = 2
del p.y
print(hasattr(p, "y"))
class Q(P):
    pass


q = Q(5)
q.anything = 1
print(q.__dict__, q.x)
class R(P):
    __slots__ = ("w", "__dict__")


r = R(1)
r.w, r.free = 2, 3
print(r.__dict__, r.w)
for body in ({"__slots__": ("x",), "x": 1}, {"__slots__": ("1a",)}, {"__slots__": (5,)}, {"__slots__": ("__dict__", "__dict__")}):
    try:
        type("S", (), body)
        print("fine")
    except Exception as error:
        print(type(error).__name__, error)
class M:
    __slots__ = "__private"

    def __init__(self):
        self.__private = 7


print(M()._M__private)
class E1:
    __slots__ = ("a",)


class E2:
    __slots__ = ("b",)


try:
    class Both(E1, E2):
        pass
except TypeError as error:
    print(error)
