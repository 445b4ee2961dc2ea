"""Sorting is stable, by key, and survives what keys do."""
pairs = [(2, "b"), (1, "z"), (2, "a"), (1, "a"), (3, "")]
print(sorted(pairs), sorted(pairs, key=lambda p: p[0]), sorted(pairs, key=lambda p: p[0], reverse=True), sorted("banana"), sorted({3, 1, 2}))
many = [(i * 7919) % 1009 for i in range(3000)]
print(sorted(many) == sorted(sorted(many, reverse=True)), sorted(many)[:5], sorted(many, key=lambda n: -n)[:5])
class Item:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n < other.n


print([item.n for item in sorted(map(Item, [3, 1, 2]))])
mixed = [1, "a", 2]
try:
    mixed.sort()
except TypeError as error:
    print(error, sorted(map(str, mixed)))
changing = [3, 2, 1]
def key(n):
    changing.append(n)
    return n


try:
    changing.sort(key=key)
except ValueError as error:
    print(error)
try:
    sorted([1, 2], key=lambda n: 1 / 0)
except ZeroDivisionError as error:
    print(error)
