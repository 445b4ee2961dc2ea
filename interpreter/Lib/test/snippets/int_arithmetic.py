"""Whole numbers of any size: the four rules, floor and sign."""
for a in (0, 1, -1, 7, -7, 2**30, -(2**30), 2**31 - 1, 2**62, 10**30, -(10**30) + 1):
    for b in (1, -1, 3, -3, 2**30, -(2**60), 10**15 + 7):
        q, r = divmod(a, b)
        assert q * b + r == a and q == a // b and r == a % b
        print(a, b, a + b, a - b, a * b, q, r)
print(-(-(2**64)), +5, abs(-(3**50)), ~0, ~(2**70))
