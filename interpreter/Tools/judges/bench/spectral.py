"""Floats and comprehensions: the spectral norm of an endless matrix."""
import sys


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector):
    return [sum([element(i, j) * v for j, v in enumerate(vector)]) for i in range(len(vector))]


def times_turned(vector):
    return [sum([element(j, i) * v for j, v in enumerate(vector)]) for i in range(len(vector))]


def norm(n):
    u = [1.0] * n
    for _ in range(10):
        v = times_turned(times(u))
        u = times_turned(times(v))
    return (sum(a * b for a, b in zip(u, v)) / sum(a * a for a in v)) ** 0.5


print("%.9f" % norm(int(sys.argv[1]) if len(sys.argv) > 1 else 140))
