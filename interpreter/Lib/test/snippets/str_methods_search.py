"""Finding, counting, replacing, splitting."""
text = "spam and eggs and spam"
print(text.find("and"), text.rfind("and"), text.index("eggs"), text.find("x"), text.find("spam", 1), text.find("", 30), text.count("a"), "aaaa".count("aa"), "abc".count(""))
print(text.replace("spam", "ham"), text.replace("a", "", 2), "abc".replace("", "-"), text.partition(" and "), text.rpartition(" and "), text.partition("x"))
print(text.split(), text.split("and"), text.split(" ", 2), text.rsplit(" ", 1), "  a  b ".split(), "a,,b".split(","), "".split(), "".split(","))
print("a\nb\r\nc\x0bd\x85e".splitlines(), "a\nb\n".splitlines(True), text.startswith(("x", "spam")), text.endswith("spam", 5), "abc".startswith("", 4))
for job in (lambda: text.index("x"), lambda: text.split(""), lambda: "a".join([1]), lambda: text.startswith(1), lambda: text.partition("")):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
print("-".join("abc"), "".join([]), ", ".join(str(n) for n in range(3)), "x".removeprefix("x"), "xyx".removesuffix("x"), "abc".removeprefix("z"))
