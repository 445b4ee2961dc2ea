"""Complex numbers in every form that a format asks for; found by fuzzing: with '#' the point stays."""
for value in (2j, 1 + 2j, 1.5 - 0j, 0j, 1e20j, -3j, complex("nan"), complex(0, float("inf"))):
    for spec in ("#", "", "#g", "#.3", "#.0f", "#10", "+#", ".0", "#n", "#e", "#.0e", ">#20", "#,", "010", "=10", "d"):
        try:
            print(value, repr(spec), format(value, spec))
        except ValueError as error:
            print(value, repr(spec), error)
