"""Generators and sets: all places of n queens on a board."""
import sys


def orders(items):
    if not items:
        yield ()
        return
    for i, item in enumerate(items):
        for rest in orders(items[:i] + items[i + 1 :]):
            yield (item,) + rest


def queens(n):
    columns = range(n)
    for places in orders(tuple(columns)):
        if n == len(set(places[i] + i for i in columns)) == len(set(places[i] - i for i in columns)):
            yield places


print(len(list(queens(int(sys.argv[1]) if len(sys.argv) > 1 else 8))))
