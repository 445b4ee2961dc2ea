"""What is told when arguments are missing, too many, or unknown."""
text = "x"


def none():
    pass


def one(a):
    pass


def three(a, b, c):
    pass


def keywords(*, a, b, c=1):
    pass


def positional(a, b, /):
    pass


class K:
    def __init__(self, x):
        pass

    def method(self):
        pass


for job in (lambda: none(1), lambda: one(), lambda: three(), lambda: three(1), lambda: three(1, 2, 3, 4), lambda: keywords(), lambda: keywords(a=1), lambda: keywords(1),
            lambda: positional(a=1, b=2), lambda: positional(1), lambda: K(), lambda: K(1).method(2), lambda: K(1, 2), lambda: one(b=1), lambda: (lambda: 0)(1),
            lambda: len(), lambda: len(1, 2), lambda: text(), lambda: object(1), lambda: isinstance(1), lambda: print(wrong=1), lambda: int(1, 2, 3)):
    try:
        job()
    except TypeError as error:
        print(error)
