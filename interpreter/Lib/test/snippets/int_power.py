"""Powers, also modulo, also negative, also huge."""
print(2**200, (-3) ** 51, 0**0, 7**0, (-1) ** 1001)
print(2**-2, (-4) ** -1, pow(3, 5, 7), pow(-3, 5, 7), pow(3, 5, -7), pow(38, -1, 97), pow(10**40, 10**20, 10**9 + 7))
for job in (lambda: 0**-1, lambda: pow(2, -1, 4), lambda: pow(2, 3, 0), lambda: pow(2.0, 3, 5)):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
