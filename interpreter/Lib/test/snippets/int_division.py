"""True division rounds correctly, and says so when the result is too large."""
print(1 / 3, 10**30 / 7, (2**53 + 1) / 1, -(10**22) / 3, 10**400 / 10**399, 0 / 5)
for job in (lambda: 1 / 0, lambda: 1 // 0, lambda: 1 % 0, lambda: divmod(1, 0), lambda: 10**400 / 1):
    try:
        job()
    except ArithmeticError as error:
        print(type(error).__name__, error)
print(7 // 2.0, -7 // 2.0, 7 % -2.5, divmod(-7.5, 2))
print(round(15, -1), round(25, -1), round(-15, -1), round(12345, -3), round(7))
