"""match: sequences, with stars, nested."""
def f(x):
    match x:
        case []:
            return "empty"
        case [1]:
            return "one"
        case [1, *rest, 9]:
            return "1..9", rest
        case (a, [b, c]):
            return "pair", a, b, c
        case [x, y, *_] if x == y:
            return "same", x
        case [*_, "end"]:
            return "ends"
        case [_, _, third]:
            return "three", third
        case _:
            return "none"


for x in ([], (), [1], (1, 9), [1, 5, 6, 9], (2, [3, 4]), [7, 7, 8, 8], ["x", "y", "z", "end"], (1, 2, 3), "ab", b"ab", {1: 2}, {1, 2}, range(1), range(1, 10), 5, [[]]):
    print(repr(x), f(x))
