"""int() reads text in any base; str, bin, oct and hex write it."""
for text, base in [("12", 10), (" -0x1F ", 16), ("0b101", 0), ("0o17", 0), ("zz", 36), ("1_000", 10), ("٣٤", 10)]:
    print(repr(text), base, int(text, base))
for text, base in [("", 10), ("1__0", 10), ("_1", 10), ("09", 0), ("2", 2), ("1.5", 10), ("0x", 16), ("5", 1), ("5", 37)]:
    try:
        print(int(text, base))
    except ValueError as error:
        print(error)
print(hex(-255), oct(8), bin(-5), hex(2**70), int(3.99), int(-3.99), int(True), int(b"17"), int("0"))
print(str(10**50), len(str(3**2000)), int("9" * 60))
for bad in (None, [], "a", float("inf"), float("nan")):
    try:
        int(bad)
    except Exception as error:
        print(type(error).__name__, error)
