"""Decorators: on functions, methods, classes; with arguments; from expressions."""
log = []
def mark(tag):
    log.append("made " + tag)
    def wrap(f):
        log.append("applied " + tag)
        def run(*args, **kwargs):
            return tag, f(*args, **kwargs)

        return run

    return wrap


@mark("a")
@mark("b")
def f(x):
    return x


print(f(1), log)
table = {"k": [lambda g: ("from table", g.__name__)]}
@table["k"][0]
def g():
    pass


print(g)
@(lambda c: c)
class C:
    @staticmethod
    @mark("s")
    def s(x):
        return x

    @classmethod
    @mark("c")
    def c(cls):
        return cls.__name__

    @property
    @mark("p")
    def p(self):
        return "p"


print(C.s(1), C.c(), C().p)
def register(cls):
    cls.registered = True
    return cls


@register
class D:
    pass


print(D.registered)
