"""Exceptions that are raised, caught by class, chained and passed on."""
import sys


class Missing(KeyError):
    pass


class Wrapped(Exception):
    pass


def find(table, key):
    try:
        return table[key]
    except KeyError as error:
        raise Missing(key) from error


def outer(table, key):
    try:
        return find(table, key)
    except IndexError:
        return -1
    except LookupError as error:
        if key % 3 == 0:
            raise Wrapped(str(key)) from error
        return -2


table = {i: i for i in range(0, 100, 2)}
total = 0
for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 230000):
    try:
        total += outer(table, number % 100)
    except Wrapped as error:
        total += len(error.args[0])
    except Exception:
        total = 0
print(total)
