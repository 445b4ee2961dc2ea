"""__missing__, and a dict that lists itself."""
class Counting(dict):
    def __missing__(self, key):
        self[key] = value = len(key)
        return value


c = Counting(one=1)
print(c["one"], c["three"], c, c.get("four"), "four" in c, isinstance(c, dict), type(c.copy()).__name__, c | {"x": 1})
d = {}
d["me"] = d
print(d, [d], {"in": d})
class Case(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key.lower(), value)

    def __getitem__(self, key):
        return super().__getitem__(key.lower())


e = Case()
e["ABC"] = 1
print(e, e["Abc"], dict(e))
e.update(XYZ=2)
print(e)
