"""Floats: rules, comparison with big ints, rounding to even."""
print(0.1 + 0.2, 1e308 * 10, -1e308 * 10, 2.5 // 1, -2.5 // 1, 5.5 % 2, -5.5 % 2, 2.0**0.5, (-2.0) ** 3)
print(2**53 == float(2**53), 2**53 + 1 == float(2**53), 2**53 + 1 > float(2**53), 10**400 > 1e308, -(10**400) < float("-inf"))
nan = float("nan")
print(nan == nan, nan != nan, nan < 1, [nan] == [nan], nan in [nan], max(1.0, nan), max(nan, 1.0))
print([round(x) for x in (0.5, 1.5, 2.5, -0.5, -1.5)], round(2.675, 2), round(1234.5678, -2), round(1e22), round(0.15, 1))
for job in (lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: 0.0**-1, lambda: (10.0) ** 400, lambda: int(float("inf")), lambda: round(nan)):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
