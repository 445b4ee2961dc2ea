"""Closures and functions that are given functions."""
import sys


def adder(n):
    def add(x):
        return x + n

    return add


def compose(*functions):
    def run(x):
        for function in functions:
            x = function(x)
        return x

    return run


def counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step


pipeline = compose(adder(1), adder(2), lambda x: x * 2, adder(-3))
step = counter()
total = 0
for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 250000):
    total += pipeline(i) + step()
print(total)
