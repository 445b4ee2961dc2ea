"""Identity: small ints, strings, None, methods."""
a = 5
b = 5
x = "abc"
y = "abc"
print(a is b, x is y, None is None, True is True, [] is [], a is not x)
def f():
    pass


class C:
    def m(self):
        pass


c = C()
print(f is f, c.m is c.m, c.m == c.m, C.m is C.m, type(c) is C, c is c, (1, 2) == (1, 2), id(c) == id(c))
print(... is Ellipsis, NotImplemented is NotImplemented, type(None)() is None, type(...)() is ...)
