"""What an int can be asked."""
n = 1000
print(n.to_bytes(2, "big"), (-n).to_bytes(4, "little", signed=True), int.from_bytes(b"\x01\x02", "big"))
print(int.from_bytes(b"\xff\xfe", "big", signed=True), int.from_bytes([1, 0], "little"))
print(n.numerator, n.denominator, n.real, n.imag, n.conjugate(), (5).as_integer_ratio(), (3).is_integer())
for job in (lambda: n.to_bytes(1, "big"), lambda: (-1).to_bytes(1, "big"), lambda: n.to_bytes(2, "middle")):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
print(hash(2**61 - 1), hash(2**61), hash(-1), hash(-2), hash(10**40) == hash(float(10**40)) or "differs")
