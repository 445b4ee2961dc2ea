"""getattr, setattr, delattr, hasattr, dir, vars, type."""
class C:
    a = 1


c = C()
setattr(c, "b", 2)
print(getattr(c, "a"), getattr(c, "b"), getattr(c, "z", "default"), hasattr(c, "b"), vars(c), "a" in dir(c), [n for n in dir(c) if not n.startswith("_")])
delattr(c, "b")
print(hasattr(c, "b"), type(c) is C, type(C) is type, type("D", (C,), {"z": 3}).z, C.__module__, type.__name__)
for job in (lambda: getattr(c, "z"), lambda: setattr(c, 5, 1), lambda: delattr(c, "z"), lambda: vars(5), lambda: type("x"), lambda: type("D", 5, {}), lambda: type("D", (), 5), lambda: type(1, 2), lambda: getattr(c), lambda: hasattr(c, 5)):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
