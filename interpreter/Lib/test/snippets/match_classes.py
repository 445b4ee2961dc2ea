"""match: classes, by place and by name."""
class P:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Q(P):
    z = 3


def f(v):
    match v:
        case P(0, 0):
            return "origin"
        case Q(x, y, z=3):
            return "Q", x, y
        case P(x=0, y=yy):
            return "on y", yy
        case P(a, P(b, c)):
            return "nested", a, b, c
        case P(x, _) if x is v.y:
            return "diagonal"
        case P():
            return "some P"
        case int(n) | str(n):
            return "builtin", n
        case list([a, *_]):
            return "list", a
        case type(__name__=name):
            return "class", name


for v in (P(0, 0), Q(1, 2), P(0, 5), P(1, P(2, 3)), P(4, 4), P(7, 8), 5, "s", [1, 2], [], P, 1.5):
    print(type(v).__name__, f(v))
for pattern in ("int(a, b)", "P(1, 2, 3)", "P(1, x=2)", "five()", "object(1)"):
    five = 5
    try:
        exec(f"match P(1, 2):\n    case {pattern}:\n        pass\nmatch 5:\n    case {pattern}:\n        pass")
    except TypeError as error:
        print(pattern, error)
