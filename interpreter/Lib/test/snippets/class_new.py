"""__new__ and __init__: who makes, who fills."""
class Single:
    one = None

    def __new__(cls, *args):
        print("new", args)
        if cls.one is None:
            cls.one = super().__new__(cls)
        return cls.one

    def __init__(self, *args):
        print("init", args)


print(Single(1) is Single(2))
class Other:
    def __new__(cls):
        return 5

    def __init__(self):
        print("never")


print(Other())
class Upper(str):
    def __new__(cls, text):
        return super().__new__(cls, text.upper())


print(Upper("abc"), type(Upper("x")).__name__, Upper("a") + "b")
class Pair(tuple):
    def __new__(cls, a, b):
        return tuple.__new__(cls, (a, b))

    first = property(lambda self: self[0])


p = Pair(1, 2)
print(p, p.first, p == (1, 2), len(p))
class BadInit:
    def __init__(self):
        return 5


for job in (BadInit, lambda: object.__new__(int), lambda: object(5), lambda: int.__new__(str), lambda: object.__new__()):
    try:
        job()
    except TypeError as error:
        print(error)
