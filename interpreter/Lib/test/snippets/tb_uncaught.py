"""An uncaught exception: where, with the line and the carets."""
def inner(x):
    return x / 0


def outer(x):
    return inner(x + 1) * 2


print("before")
outer(1)
