"""Complex numbers: literals, rules, parts."""
a, b = 3 + 4j, 1 - 2j
print(a, b, a + b, a - b, a * b, a / b, -a, abs(a), a == 3 + 4j, a.real, a.imag, a.conjugate())
print(a**2, 2j**2, (1 + 0j) == 1, hash(1 + 0j) == hash(1), complex("1+2j"), complex(2), complex(1, -0.0), 1j * 1j)
for job in (lambda: a < b, lambda: a // b, lambda: a / 0, lambda: int(a), lambda: complex("1 + 2j")):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
