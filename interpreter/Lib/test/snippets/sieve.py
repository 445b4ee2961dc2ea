"""A small program: primes, in three ways."""
def trial(n):
    return [p for p in range(2, n) if all(p % q for q in range(2, int(p**0.5) + 1))]


def sieve(n):
    marks = [True] * n
    for p in range(2, n):
        if marks[p]:
            for q in range(p * p, n, p):
                marks[q] = False
    return [p for p in range(2, n) if marks[p]]


def by_set(n):
    left = set(range(2, n))
    found = []
    while left:
        p = min(left)
        found.append(p)
        left -= set(range(p, n, p))
    return found


print(trial(100), trial(200) == sieve(200) == by_set(200), len(sieve(10000)))
