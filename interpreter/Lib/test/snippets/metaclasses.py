"""Classes of classes."""
class Meta(type):
    def __prepare__(name, bases, **kwargs):
        print("prepare", name, kwargs)
        return {"given": 1}

    def __new__(mcls, name, bases, namespace, **kwargs):
        print("new", name, sorted(k for k in namespace if not k.startswith("__")))
        return super().__new__(mcls, name, bases, namespace)

    def __init__(cls, name, bases, namespace, **kwargs):
        print("init", name)
        super().__init__(name, bases, namespace)

    def __call__(cls, *args):
        print("call", cls.__name__, args)
        return super().__call__(*args)

    def __getattr__(cls, name):
        return "meta " + name

    def __len__(cls):
        return 99

    @property
    def prop(cls):
        return "of " + cls.__name__


class A(metaclass=Meta, option=1):
    x = 1

    def __init__(self, *args):
        pass


class B(A):
    y = given


print(A.nothing, B.prop, len(B), type(B).__name__, B(5).__class__.__name__, isinstance(A, Meta))
class Other(type):
    pass


try:
    class Clash(A, metaclass=Other):
        pass
except TypeError as error:
    print(error)
class Check(type):
    def __instancecheck__(cls, thing):
        return thing == "yes"

    def __subclasscheck__(cls, other):
        return other is int


class I(metaclass=Check):
    pass


print(isinstance("yes", I), isinstance(5, I), issubclass(int, I), issubclass(str, I), isinstance(I(), I))
print((lambda name, bases, ns: (name, bases, sorted(ns)))("f", (), {}))
class FromFunction(metaclass=lambda name, bases, ns: (name, bases, sorted(ns))):
    z = 1


print(FromFunction)
