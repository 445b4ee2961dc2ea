"""Text of huge numbers is limited, so that nobody waits for hours."""
import sys

print(sys.get_int_max_str_digits())
try:
    str(10**5000)
except ValueError as error:
    print(error)
try:
    int("1" * 5000)
except ValueError as error:
    print(error)
print(len(hex(10**5000)))
print(10**5000 > 10**4999, (10**5000) % 7)
