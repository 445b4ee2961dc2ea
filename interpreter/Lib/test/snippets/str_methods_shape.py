"""Padding, stripping, expanding, translating."""
print(repr("ab".center(7)), repr("ab".center(6, "*")), repr("ab".ljust(5, ".")), repr("ab".rjust(5)), "-42".zfill(6), "+".zfill(3), "abc".zfill(2))
print(repr("  x ".strip()), "xxaxx".strip("x"), "abcba".lstrip("ab"), "abcba".rstrip("ab"), repr("\t\n x\u3000".strip()))
print("a\tbc\td".expandtabs(), "a\tb".expandtabs(4), "\t".expandtabs(0) == "")
table = str.maketrans({"a": "1", "b": None, 99: "see"})
print("abcd".translate(table), "hello".translate(str.maketrans("el", "ip")), "x-y".translate(str.maketrans("", "", "-")))
print("abc"[::-1], "abc" * 3, "abc" * -1 == "", 3 * "ab", "b" in "abc", "" in "abc")
try:
    "abc".center(5, "xy")
except TypeError as error:
    print(error)
