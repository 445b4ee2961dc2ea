"""Generator expressions: the first source is looked at at once, the rest later."""
print(sum(x * x for x in range(4)), list((x, y) for x in range(2) for y in range(x + 1)), max((len(w) for w in ("a", "bbb")), default=0))
try:
    g = (x for x in 5)
except TypeError as error:
    print(error)
g = (undefined for x in [1])
try:
    next(g)
except NameError as error:
    print(error)
n = 1
h = (n * x for x in [1, 2])
n = 10
print(list(h), (x for x in []).__name__)
data = [1, 2, 3]
lazy = (x for x in data if x > threshold)
threshold = 1
data.append(4)
print(list(lazy))
def outer(k):
    return list(k + x for x in range(2))


print(outer(5), any(x == 2 for x in data), all(isinstance(x, int) for x in data))
