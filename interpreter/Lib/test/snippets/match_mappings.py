"""match: mappings look only at the keys they name."""
def f(x):
    match x:
        case {"kind": "a", "value": v}:
            return "a", v
        case {"nested": {"k": [first, *_]}}:
            return "nested", first
        case {"x": int(n), **rest} if rest:
            return "rest", n, rest
        case {-1: "minus", None: "none"}:
            return "odd keys"
        case {}:
            return "any mapping"
        case _:
            return "none"


class D(dict):
    def __missing__(self, key):
        return "made"


for x in ({"kind": "a", "value": 1}, {"kind": "a"}, {"nested": {"k": [5, 6]}}, {"x": 1, "y": 2}, {"x": 1}, {}, [], D(), {-1: "minus", None: "none"}):
    try:
        print(x, f(x))
    except ValueError as error:
        print(error)
