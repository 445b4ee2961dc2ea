"""A name that is nearly another one."""
counter = 1


def f():
    total = 5
    return totel


f()
