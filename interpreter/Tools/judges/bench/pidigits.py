"""Big integers: digits of pi, one after the other, from a stream of fractions."""
import sys


def digits(count):
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    found = []
    while len(found) < count:
        if 4 * q + r - t < n * t:
            found.append(n)
            q, r, n = 10 * q, 10 * (r - n * t), (10 * (3 * q + r)) // t - 10 * n
        else:
            q, r, t, k, n, l = q * k, (2 * q + r) * l, t * l, k + 1, (q * (7 * k + 2) + r * l) // (t * l), l + 2
    return found


found = digits(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
print("".join(map(str, found[:30])), sum(found))
