"""The mini language of formats, for numbers."""
for spec in ("", ".2f", "10.3f", "<10.1f", "^+12.2e", "g", ".3g", "010.2f", ",.2f", "_.1f", "%", ".0%", "e", ".0f", "#.0f", "=+9.1f", "*^9.1f", "n", "E", "G", "F"):
    print(repr(spec), [format(x, spec) for x in (3.14159, -1234567.891, 0.00001234, 1e20, float("inf"), float("nan"))])
for spec in ("d", "5", "x", ",d", "_x", "#b", "08d", "+", " ", "c", "<6", "^6", ">6", "=6", "#o", "X", "#X", "e", "%"):
    try:
        print(repr(spec), [format(n, spec) for n in (42, 255, 1000000)])
    except Exception as error:
        print(repr(spec), type(error).__name__, error)
for value, spec in ((1, "s"), (1.0, "d"), ("a", "d"), (1, ".2d"), ("a", "=5"), (1, ",_"), (1, "5.z"), (1.0, "x")):
    try:
        print(format(value, spec))
    except ValueError as error:
        print(error)
