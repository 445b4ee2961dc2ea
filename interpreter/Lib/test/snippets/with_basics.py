"""Context managers: enter, exit, swallow."""
class M:
    def __init__(self, name, swallow=False, fail=None):
        self.name, self.swallow, self.fail = name, swallow, fail

    def __enter__(self):
        print("enter", self.name, end="; ")
        if self.fail == "enter":
            raise ValueError("enter failed")
        return self.name

    def __exit__(self, kind, value, tb):
        print("exit", self.name, kind and kind.__name__, value, tb is not None, end="; ")
        if self.fail == "exit":
            raise KeyError("exit failed")
        return self.swallow


with M("a") as a, M("b") as b:
    print(a, b)
with (M("c") as c, M("d"),):
    print(c)
with M("s", swallow=True):
    1 / 0
print("swallowed")
for managers in ((M("x"), M("y", fail="enter")), (M("x", True), M("y", fail="exit")), (M("x", True), M("y", True))):
    try:
        with managers[0], managers[1]:
            raise TypeError("body")
    except Exception as error:
        print(repr(error), repr(error.__context__))
    else:
        print("no error")
def f():
    for i in range(3):
        with M(i):
            if i == 0:
                continue
            if i == 1:
                return "returned"


print(f())
with M("t") as (x, *y):
    pass
d = {}
with M("ab") as d["k"]:
    print(d)
