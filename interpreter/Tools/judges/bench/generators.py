"""`yield from`: walks through trees, every value through a generator a level."""
import sys


class Tree:
    def __init__(self, left, value, right):
        self.left = left
        self.value = value
        self.right = right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def build(values):
    if not values:
        return None
    middle = len(values) // 2
    return Tree(build(values[:middle]), values[middle], build(values[middle + 1 :]))


rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
tree = build(range(10000))
print(sum(value for _ in range(rounds) for value in tree))
