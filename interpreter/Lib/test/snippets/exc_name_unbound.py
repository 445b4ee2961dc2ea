"""The name of a handler is gone after it."""
e = "before"
try:
    raise ValueError(1)
except ValueError as e:
    pass
try:
    e
except NameError as error:
    print(error)
def f():
    for n in range(2):
        try:
            raise KeyError(n)
        except KeyError as e:
            e = "replaced"
        try:
            print(e)
        except UnboundLocalError as error:
            print(error)
    try:
        1 / 0
    except ZeroDivisionError as e:
        del e
    return "fine"


print(f())
