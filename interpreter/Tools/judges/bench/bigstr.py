"""f-strings and characters beyond ASCII: joined, sliced, searched, encoded."""
import sys

PARTS = ["käse", "brød", "łódź", "naïve", "日本語", "emoji 🐇", "plain"]


def line(i):
    part = PARTS[i % len(PARTS)]
    return f"{i:>6}|{part!s:^12}|{i * 0.5:.2f}|{part[::-1]!r}|{i:#06x}"


rows = [line(i) for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 110000)]
text = "\n".join(rows)
data = text.encode("utf-8")
again = data.decode("utf-8")
print(len(text), len(data), again == text, text.count("日本"), text.find("🐇"), sum(map(len, text.split("|")[::97])))
