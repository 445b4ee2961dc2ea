"""Stars on both sides."""
a, *b = 1, 2, 3
*c, d = "xyz"
e, *f, g = range(5)
(h, *i), *j = [1, 2], 3, 4
[*k] = {1: 2}
print(a, b, c, d, e, f, g, h, i, j, k)
print([*range(3), *"ab"], (*[1], 2), {*[1, 2], 2}, {**{"a": 1}, "b": 2, **{"a": 3}}, *[1, 2], *(3,))
def tail(*args):
    return args[1:]


print(tail(*b, *b), [*tail(1, 2)], *tail(5, 6, 7), sep="|")
for first, *rest in [(1, 2, 3), "ab", [4]]:
    print(first, rest)
for source in ("a, b = 1", "a, b = 1, 2, 3", "a, b = (1,)", "a, *b, c = (1,)", "a, b = 5", "[*5]", "{**5}", "a, b = {1}"):
    try:
        exec(source)
    except (TypeError, ValueError) as error:
        print(source, "->", type(error).__name__, error)
def returns():
    return 1, *[2, 3]


def yields():
    yield 1, *[2]


print(returns(), list(yields()))
x = {}
x["a"], *x["b"] = 1, 2, 3
print(x)
