"""What is too large is refused with the right exception before anything is made."""
import sys

sources = [
    "1 << 10**20", "1 << 2**62", "0 << 10**20", "1 >> 10**20", "1 << -1", "b'ab' * 2**62", "b'ab' * 2**63", "'ab' * 2**62",
    "[0] * 2**62", "(0,) * 2**63", "'%99999999999999999999d' % 1", "'%.99999999999999999999f' % 1.0",
    "format(1, '99999999999999999999')", "10**400 / 1", "float(10**400)", "int('1' * 5000)", "str(10**5000)", "len(range(2**64))",
    "sys.setrecursionlimit(0)", "sys.setrecursionlimit(-5)", "sys.setrecursionlimit(1)", "chr(2**40)", "bytes(2**70)", "[1][2**70]", "round(1.5, 2**70)",
]  # fmt: skip
for source in sources:
    try:
        value = eval(source)
        print(source, "gives", value if len(str(value)) < 40 else type(value))
    except (ArithmeticError, MemoryError, ValueError, TypeError, IndexError, RecursionError) as error:
        print(source, type(error).__name__, error)
