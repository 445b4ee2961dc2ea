"""The % operator."""
print("%s|%r|%a" % ("é", "é", "é"), "%d %i %5d|%-5d|%05d|%+d|% d" % (1, 2, 3, 4, 5, 6, 7))
print("%x %X %#x %o %#o" % (255, 255, 255, 8, 8), "%e %E %g %G %f" % (1234.5, 1234.5, 1e-10, 1e20, 1.5), "%.3s|%10s|%-10s|" % ("abcdef", "x", "y"))
print("%c%c" % (65, "é"), "100%%", "%(a)s-%(b)03d" % {"a": 1, "b": 2}, "%*d|%-*d|%.*f" % (5, 1, 5, 2, 2, 3.14159), "%s" % (("tuple",),), "%d" % 3.99)
for pattern, values in (("%d", "x"), ("%s", ()), ("%s %s", ("a",)), ("%s", (1, 2)), ("%z", 1), ("%", 1), ("%(a)s", 1), ("%(a)s", {}), ("%c", "ab"), ("%c", -1)):
    try:
        print(pattern % values)
    except Exception as error:
        print(repr(pattern), type(error).__name__, error)
