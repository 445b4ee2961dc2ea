"""What is no context manager."""
class NoExit:
    def __enter__(self):
        pass


class NoEnter:
    def __exit__(self, *args):
        pass


for bad in (5, NoExit(), NoEnter()):
    try:
        with bad:
            pass
    except TypeError as error:
        print(error)
class Instance:
    pass


i = Instance()
i.__enter__ = lambda: 1
i.__exit__ = lambda *a: None
try:
    with i:
        pass
except TypeError as error:
    print(error)
class Bool:
    def __bool__(self):
        raise OSError("no truth")


class Exit:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        return Bool()


try:
    with Exit():
        raise ValueError("v")
except OSError as error:
    print(error, repr(error.__context__))
