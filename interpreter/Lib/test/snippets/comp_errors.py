"""Failures in comprehensions, and traces that show them."""
for job in (lambda: [1 / x for x in (1, 0)], lambda: {[]: 1 for _ in range(1)}, lambda: {[] for _ in range(1)}, lambda: [x for x in 5], lambda: [a for a, b in [1]]):
    try:
        job()
    except Exception as error:
        print(type(error).__name__, error)
for source in ("[x for x in 1, 2]", "[*x for x in y]", "{**x for x in y}", "[x, y for x in z]", "[x for x in]", "[for x in y]", "[x for 1 in y]", "[x async for x in y]", "(x for x in y) = 1", "[yield for x in y]", "[(yield x) for x in y]", "{a: b for c}"):
    try:
        compile(source, "s", "exec")
        print(source, "compiles")
    except SyntaxError as error:
        print(source, "->", error.msg)
