"""A function is an object: names, text, annotations, attributes of its own."""
def f(a: int, b: "str" = "x", *c: float, d: list = None, **e: dict) -> bool:
    """What it says."""
    local = 1
    return local


print(f.__name__, f.__qualname__, f.__doc__, f.__module__, f.__annotations__, f.__code__.co_varnames, f.__code__.co_argcount, f.__code__.co_kwonlyargcount)
f.note = "mine"
print(f.note, f.__dict__, f.__defaults__, f.__closure__)
f.__name__ = "renamed"
f.__doc__ = None
print(f.__name__, f.__doc__)
class C:
    def m(self):
        def inner():
            pass

        return inner


print(C.m.__qualname__, C().m().__qualname__, (lambda: 0).__qualname__, C().m.__self__.__class__, C.m is C.__dict__["m"], C().m.__func__ is C.m)
for job in (lambda: setattr(f, "__name__", 5), lambda: setattr(f, "__code__", 1), lambda: delattr(f, "nothing")):
    try:
        job()
    except Exception as error:
        print(type(error).__name__, error)
