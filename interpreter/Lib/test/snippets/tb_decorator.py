"""A decorator that fails."""
def broken(f):
    raise TypeError(f"cannot decorate {f.__name__}")


@broken
def function():
    pass
