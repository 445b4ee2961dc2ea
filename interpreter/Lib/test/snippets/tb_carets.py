"""Carets stand below the part that failed."""
data = {"a": {"b": [1, 2, 3]}}
number = 5


def index():
    return data["a"]["b"][10]


def attribute():
    return data.copy().nothing + 1


def operand():
    return number + len(data) * "x" - 1 + None


def call():
    return index(number, 2)


def key():
    return data["a"]["zzz"]["b"]


def several():
    return (number +
            data["a"]
            )


import sys

for f in (index, attribute, operand, call, key, several):
    try:
        f()
    except Exception as error:
        tb = error.__traceback__.tb_next or error.__traceback__
        print(f.__name__, type(error).__name__, tb.tb_lineno, error)
several()
