"""Classes: attributes of the class and of the instance, methods of three kinds."""
class C:
    """A class."""

    shared = []
    n = 0

    def __init__(self, name):
        self.name = name
        self.n += 1

    def method(self, x=1):
        return self.name, x

    @classmethod
    def of_class(cls, x):
        return cls.__name__, x

    @staticmethod
    def alone(x):
        return x


a, b = C("a"), C("b")
a.shared.append(1)
print(a.n, C.n, b.shared, a.method(), C.method(b, 2), a.of_class(1), C.of_class(2), a.alone(3), C.alone(4), C.__doc__, C.__name__, C.__bases__, a.__class__ is C)
print(a.__dict__, sorted(k for k in C.__dict__ if not k.startswith("__")), isinstance(a, C), issubclass(C, object), hasattr(a, "zz"), getattr(a, "zz", 0), vars(b))
a.extra = 1
del a.name
for job in (lambda: a.name, lambda: C.nothing, lambda: delattr(a, "nope"), lambda: a.method(1, 2, 3), lambda: C(), lambda: C.method()):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
print(type("Made", (C,), {"x": 5})("m").x, C.__mro__, C.method.__qualname__, type(a.method).__name__)
def method(self):
    return "added later"


C.later = method
print(b.later())
