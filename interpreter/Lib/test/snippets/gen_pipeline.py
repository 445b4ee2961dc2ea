"""Generators that feed each other."""
def count(n=0):
    while True:
        yield n
        n += 1


def take(k, source):
    for _ in range(k):
        yield next(source)


def where(test, source):
    return (x for x in source if test(x))


def sieve(source):
    prime = next(source)
    yield prime
    yield from sieve(x for x in source if x % prime)


print(list(take(10, where(lambda x: x % 3 == 0, count()))), list(take(15, sieve(count(2)))))
def average():
    total = n = 0
    value = None
    while True:
        got = yield value
        total += got
        n += 1
        value = total / n


a = average()
next(a)
print([a.send(x) for x in (10, 20, 60)])
