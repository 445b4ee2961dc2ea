"""What is one key and what is two."""
d = {}
for key in (1, 1.0, True, 0, False, -0.0, "1", b"1", (1,), (1.0,), None, frozenset({1}), 2**70, float(2**70)):
    d[key] = type(key).__name__
print(d)
class Same:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return 5

    def __eq__(self, other):
        return isinstance(other, Same) and self.n == other.n


same = {Same(i % 3): i for i in range(9)}
print(sorted((key.n, value) for key, value in same.items()), Same(1) in same, Same(7) in same)
class NoEq:
    __hash__ = None


class Bad:
    def __hash__(self):
        return "no"


for key in (NoEq(), Bad()):
    try:
        {key: 1}
    except TypeError as error:
        print(error)
