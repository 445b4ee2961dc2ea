"""Dicts keep the order of their keys."""
d = {"b": 1, "a": 2}
d["c"] = 3
d["b"] = 9
print(d, len(d), list(d), d.get("x"), d.get("x", 0), d.pop("a"), d.pop("zz", None), d.setdefault("n", []), d)
d.update({"b": 0}, k=5)
d.update([("p", 1), ("q", 2)])
print(d, d.popitem(), "k" in d, list(d.items())[:2], list(d.values()), list(reversed(d)), dict.fromkeys("ab", 0))
print({**d, "b": 7}, d | {"z": 1}, {1: 2} == {1: 2.0}, {1: 2} == {2: 1}, dict(a=1, **{"b": 2}), dict([(1, 2)]), {} == dict())
d |= {"new": 1}
del d["new"]
copy = d.copy()
copy["only"] = 1
print("only" in d, d == copy, d != copy)
for job in (lambda: d["nope"], lambda: d.pop("nope"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: d.__delitem__("nope"), lambda: dict([1]), lambda: dict([(1, 2, 3)]), lambda: d < d):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
