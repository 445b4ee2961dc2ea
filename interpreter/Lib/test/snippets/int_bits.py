"""Shifts and bitwise operators work as if on endless two's complement."""
values = [0, 1, -1, 5, -6, 255, -256, 2**40 + 3, -(2**40) - 3, 2**90, -(2**90) + 1]
for a in values:
    print(a, a << 3, a >> 3, a << 65, a >> 65, a.bit_length(), a.bit_count())
    for b in values[::2]:
        print(" ", a & b, a | b, a ^ b)
for bad in (lambda: 1 << -1, lambda: 1 >> -1):
    try:
        bad()
    except ValueError as error:
        print(error)
print((0).bit_length(), True & 3, True | False, True ^ True, type(True & False))
