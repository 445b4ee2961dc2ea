"""match: values, alternatives, captures, guards."""
def f(x):
    match x:
        case 0:
            return "zero"
        case 1 | 2 | 3:
            return "small"
        case -1 | 1.5 | 2 + 3j:
            return "odd"
        case "a" "b":
            return "text"
        case b"x":
            return "bytes"
        case None:
            return "none"
        case True:
            return "never, 1 came first"
        case int() | float() as n if n > 100:
            return f"big {n}"
        case str(s) if s.startswith("q"):
            return "q..." + s[1:]
        case y:
            return ("other", y)


for x in (0, False, 1, True, 2.0, -1, 1.5, 2 + 3j, "ab", b"x", None, 500, 50, "quiet", "x", [1]):
    print(repr(x), f(x))
