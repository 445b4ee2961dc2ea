"""Ranges are lists that nobody wrote down."""
for r in (range(5), range(2, 5), range(5, 2), range(10, 0, -3), range(0), range(-3, 3, 2), range(10**20, 10**20 + 3)):
    print(r, list(r), len(r), r[::-1], 3 in r, r[1:], list(reversed(r)), bool(r))
print(range(0, 10, 2) == range(0, 9, 2), hash(range(3)) == hash(range(0, 3)), range(10)[3], range(10)[-1], range(10).index(4), range(10).count(4), 2.0 in range(3), "a" in range(3))
print(range(10).start, range(1, 10, 2).stop, range(1, 10, 2).step, range(10)[2:8:3], range(True, 3))
for job in (lambda: range(1, 2, 0), lambda: range(1.0), lambda: range(3)[5], lambda: range(3).index(7), lambda: range("a"), lambda: len(range(10**30))):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
