"""A long line is shown whole, its ends trimmed of space."""
def f(a, b, c):
    if a:
            return {"first": a, "second": b, "third": c, "fourth": a + b + c, "fifth": (a * b) / (c - c), "sixth": [a, b, c]}


f(1, 2, 3)
