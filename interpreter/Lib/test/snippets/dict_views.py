"""Views of a dict follow it, and are sets where that makes sense."""
d = {"a": 1, "b": 2}
keys, values, items = d.keys(), d.values(), d.items()
d["c"] = 3
print(keys, values, items, len(keys), "c" in keys, 3 in values, ("a", 1) in items, ("a", 2) in items)
print(sorted(keys & {"a", "z"}), sorted(keys | {"z"}), sorted(keys - {"a"}), sorted(keys ^ {"a", "z"}), keys == {"a", "b", "c"}, keys >= {"a"}, keys.isdisjoint({"q"}))
print(sorted(items & {("a", 1)}), list(reversed(keys)), list(reversed(values)), dict(items) == d, items.mapping["a"])
try:
    for key in d:
        d[key + "x"] = 1
except RuntimeError as error:
    print(error)
try:
    for key in list(d):
        del d[key]
    for key in d.keys():
        pass
    print(d)
except RuntimeError as error:
    print(error)
e = {1: 1}
try:
    for key in e:
        e.pop(key)
        e[2] = 2
        e[3] = 3
except RuntimeError as error:
    print(error)
