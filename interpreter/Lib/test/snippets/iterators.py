"""iter, next, map, filter, zip, and objects that are walked."""
it = iter([1, 2])
print(next(it), next(it), next(it, "end"), iter(it) is it, list(iter(lambda c=[3]: c.append(0) or len(c), 5)))
try:
    next(it)
except StopIteration as error:
    print(repr(error), error.value)
class Down:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


print(list(Down(3)), sum(Down(4)), max(Down(5)), tuple(map(str, Down(3))), list(filter(None, Down(3))), dict(zip("ab", Down(2))), sorted(Down(3)), 1 in Down(3))
print(list(map(lambda a, b: a + b, [1, 2], [10, 20, 30])), list(zip()), list(zip([1], [])), list(reversed("ab")), list(enumerate([])), all([]), any([]))
for job in (lambda: iter(5), lambda: next(5), lambda: list(zip([1], [1, 2], strict=True)), lambda: iter(type("I", (), {"__iter__": lambda s: 5})()), lambda: reversed({1}), lambda: min([]), lambda: max(), lambda: sum(["a"])):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
print(min(3, 1, 2), max("abc"), min([], default=0), max([1, -5], key=abs), sum([1, 2], 10), sum([[1], [2]], []), abs(-2), divmod(7, 3))
