"""Built-in functions over numbers."""
print(abs(-5), abs(-2.5), abs(3 + 4j), divmod(17, 5), divmod(-17, 5), pow(2, 10), round(2.567, 1), round(-2.5), sum(range(5)), min(3, 1), max([4, 9, 2]))
print(bin(10), oct(64), hex(255), chr(97), ord("a"), int("ff", 16), float("1e3"), bool([]), complex(1, 2))
print(all([1, "a"]), all([]), any([0, ""]), any([]), len("abc"), len({1: 2}), sorted([3, 1, 2], reverse=True), list(reversed([1, 2])))
print(isinstance(1, (str, int)), issubclass(bool, int), callable(len), callable(5), id(None) == id(None), type(5), hash("a") == hash("a"))
for job in (lambda: abs("x"), lambda: round("x"), lambda: sum("ab"), lambda: chr("a"), lambda: len(5), lambda: pow("a", 2), lambda: hex(1.5), lambda: min(1), lambda: sorted(5), lambda: isinstance(1, 5), lambda: issubclass(5, int), lambda: divmod(1), lambda: ord(5)):
    try:
        print(job())
    except TypeError as error:
        print(error)
