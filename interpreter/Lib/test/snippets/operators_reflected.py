"""Binary operators: left, then right; a subclass on the right goes first; in place."""
class N:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return NotImplemented if isinstance(other, str) else ("N.add", self.n)

    def __radd__(self, other):
        return ("N.radd", other)

    def __matmul__(self, other):
        return "matmul"

    def __iadd__(self, other):
        self.n += other
        return self

    def __rpow__(self, other, modulo=None):
        return "rpow"

    def __neg__(self):
        return "neg"

    def __invert__(self):
        return "inv"


class M(N):
    def __radd__(self, other):
        return ("M.radd", other.n)


n = N(1)
print(n + 1, 1 + n, n + M(2), M(2) + n, n @ 1, 2**n, -n, ~n)
n += 5
print(n.n)
for job in (lambda: n - 1, lambda: +n, lambda: n + "x", lambda: [] @ [], lambda: -"a"):
    try:
        print(job())
    except TypeError as error:
        print(error)
x = [1]
y = x
x += (2,)
x *= 2
print(y, x is y)
t = ([],)
try:
    t[0] += [1]
except TypeError as error:
    print(error, t)
