"""`finally` and `with`: on the way out, whichever way that is."""
import sys


class Guard:
    def __init__(self, log):
        self.log = log

    def __enter__(self):
        self.log[0] += 1
        return self

    def __exit__(self, kind, value, traceback):
        self.log[1] += 1
        return kind is ValueError


def leave(i, log):
    for j in range(3):
        try:
            if i % 5 == j:
                return j
            if j == 1:
                continue
        finally:
            log[2] += 1
    return 3


def guarded(i, log):
    with Guard(log), Guard(log) as inner:
        if i % 7 == 0:
            raise ValueError(i)
        return inner.log[0]


log = [0, 0, 0]
total = 0
for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 130000):
    total += leave(i, log)
    guarded(i, log)
print(total, log)
