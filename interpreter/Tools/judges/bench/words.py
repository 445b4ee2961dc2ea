"""Strings and dicts: words are counted, sorted and printed in columns."""
import sys

TEXT = """the quick brown fox jumps over the lazy dog and then the dog sleeps while a fox
runs through woods where many a bird sings of spring and of rain that falls on the quiet pond""".split()


def words(count):
    number = 12345
    for _ in range(count):
        number = (number * 1103515245 + 12345) % 2147483648
        word = TEXT[number % len(TEXT)]
        yield word.title() if number & 1024 else word + TEXT[(number >> 12) % len(TEXT)][:2]


counts = {}
for word in words(int(sys.argv[1]) if len(sys.argv) > 1 else 200000):
    key = word.lower().strip("x").replace("e", "3")
    counts[key] = counts.get(key, 0) + 1
ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
page = "\n".join("%-12s|%8d|%s" % (word.ljust(12, "."), n, "*" * (n % 13)) for word, n in ranked)
print(len(page), ranked[0], ranked[-1], page.count("*"))
