"""Text is ordered by code point."""
words = ["b", "a", "B", "é", "aa", "", "z", "日", "🐇", "\uffff", "1"]
print(sorted(words), min(words), max(words), "a" < "b", "a" < "B", "\uffff" < "🐇", "abc" < "abd", "ab" < "abc")
print("a" == b"a", "1" == 1, hash("abc") == hash("ab" + "c"), "x" != "x", ord("🐇"), chr(0x1F407), chr(65))
for job in (lambda: "a" < 1, lambda: ord("ab"), lambda: chr(-1), lambda: chr(0x110000), lambda: "a" + 1, lambda: "a" * "b"):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
