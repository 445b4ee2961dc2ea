"""A small program: words into lines of a width."""
TEXT = "the rabbit runs over the hill and hides behind the very tall oak tree until evening comes"


def wrap(text, width):
    line = []
    for word in text.split():
        if line and sum(map(len, line)) + len(line) + len(word) > width:
            yield " ".join(line)
            line = []
        line.append(word)
    if line:
        yield " ".join(line)


for width in (20, 33):
    for row in wrap(TEXT, width):
        print(f"|{row:<{width}}|{row:>{width}}|{row:^{width}}|")
counts = {}
for letter in TEXT:
    counts[letter] = counts.get(letter, 0) + 1
print(sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))[:5], TEXT.title(), " ".join(w[::-1] for w in TEXT.split()[:3]))
