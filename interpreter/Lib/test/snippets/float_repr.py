"""The shortest text that reads back as the same number."""
for value in (0.1, 1 / 3, 1e22, 1e23, 1e16, 123456789012345680.0, 5e-324, 1.7976931348623157e308, 2.5e-5, 0.0001, 1e-5):
    print(repr(value), str(-value), float(repr(value)) == value)
for power in range(-1074, 1024, 37):
    print(2.0**power)
print(float("inf"), -float("inf"), float("nan"), -0.0, 100.0, 1e100)
