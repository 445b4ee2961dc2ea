"""The names with two underscores that the language asks for."""
class Box:
    def __init__(self, items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, key):
        return ("slice", key.start, key.stop, key.step) if isinstance(key, slice) else self.items[key]

    def __setitem__(self, key, value):
        print("set", key, value)

    def __delitem__(self, key):
        print("del", key)

    def __contains__(self, item):
        return item == "magic"

    def __iter__(self):
        return iter(["iter", *self.items])

    def __reversed__(self):
        return ["rev"]

    def __call__(self, *args, **kwargs):
        return args, kwargs

    def __repr__(self):
        return "Box!"

    def __str__(self):
        return "str of box"

    def __format__(self, spec):
        return "format " + spec

    def __bool__(self):
        return False

    def __hash__(self):
        return 42

    def __int__(self):
        return 7

    def __float__(self):
        return 1.5

    def __round__(self, n=None):
        return ("round", n)

    def __dir__(self):
        return ["z", "a"]


b = Box("ab")
b[1] = 2
b[1:2, ...] = 3
del b[0]
print(len(b), b[0], b[1:5:2], b[::], "magic" in b, "a" in b, list(b), reversed(b), b(1, k=2), b, [b], f"{b:x} {b!s} {b!r}", bool(b), hash(b), int(b), float(b), round(b), round(b, 2), dir(b))
for name, value in (("__len__", lambda s: "x"), ("__len__", lambda s: -1), ("__repr__", lambda s: 5), ("__hash__", lambda s: "x"), ("__iter__", None), ("__contains__", None), ("__int__", lambda s: "x"), ("__str__", lambda s: 1)):
    K = type("K", (), {name: value})
    try:
        {"__len__": len, "__repr__": repr, "__hash__": hash, "__iter__": iter, "__contains__": lambda x: 1 in x, "__int__": int, "__str__": str}[name](K())
    except Exception as error:
        print(name, type(error).__name__, error)
