"""str.format: fields by place and name, attributes, items, conversions."""
class Point:
    x, y = 1, 2

    def __format__(self, spec):
        return f"<{spec}>"


print("{} {}".format(1, "two"), "{1} {0} {1}".format("a", "b"), "{name!r:>8}".format(name="x"), "{0.x}{0.y} {0:spec}".format(Point()))
print("{0[1]} {0[-1]}".format({"-1": "minus", 1: "one"}), "{:{}}|{:{w}.{p}}".format("a", 5, 3.14159, w=8, p=3), "{{}} {{{0}}}".format(1))
print("{:d} {:5} {:>5} {:^5} {:<5}|".format(1, 2, 3, 4, 5), "{!s} {!r} {!a}".format("é", "é", "é"), format("abc", "*^7.2"))
for pattern in ("{", "}", "{0} {}", "{} {0}", "{5}", "{x}", "{0.nope}", "{0[9]}", "{!z}", "{0!}", "{:q}"):
    try:
        print(pattern.format("a"))
    except Exception as error:
        print(repr(pattern), type(error).__name__, error)
print("{a}".format_map({"a": 5}))
