"""Comprehensions: lists, sets, dicts, nested, filtered."""
print([x * 2 for x in range(4) if x % 2], {x % 3 for x in range(9)}, {k: v for k, v in zip("abc", range(3))}, [(x, y) for x in range(3) for y in "ab" if x])
print([[i * j for j in range(3)] for i in range(3)], [x for row in [[1, 2], [3]] for x in row], [y for x in [1, 2] if x > 1 for y in [x, -x] if y < 0])
x = "outside"
print([x for x in range(3)], x, [i for i, in [(1,), (2,)]], [a + b for (a, b) in {1: 2}.items()], [*[z for z in "ab"]], [a for a, *b in ["xyz"]])
print({n: {m: n * m for m in range(2)} for n in range(2)}, [lambda: i for i in range(2)][0](), [(lambda i: i)(i) for i in range(2)])
try:
    [i for i in range(2)]
    i
except NameError as error:
    print(error)
print([d["k"] for d["k"] in range(2)] if (d := {}) == {} else 0, d)
