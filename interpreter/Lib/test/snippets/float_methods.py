"""What a float can be asked."""
print((2.5).is_integer(), (4.0).is_integer(), (0.75).as_integer_ratio(), (-0.1).as_integer_ratio())
print(hash(1.0), hash(0.5), hash(1e300), hash(float("inf")), hash(-0.0), hash(2.0**70) == hash(2**70))
print(float.__abs__(-2.0), abs(-0.0), -0.0 == 0.0, divmod(7.5, -2), (3.7).__trunc__(), (3.7).__floor__(), (3.2).__ceil__())
print({1: "a", 1.0: "b", True: "c"}, 1.0 in {1})
try:
    float("inf").as_integer_ratio()
except OverflowError as error:
    print(error)
