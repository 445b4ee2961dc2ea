"""Comprehensions of every kind, small and many."""
import sys


class Widget:
    def __init__(self, ident, shelf, price, tags):
        self.ident, self.shelf, self.price, self.tags = ident, shelf, price, tags


def survey(widgets):
    cheap = [w for w in widgets if w.price < 40]
    shelves = {w.shelf for w in cheap}
    by_shelf = {shelf: [w.ident for w in widgets if w.shelf == shelf] for shelf in shelves}
    tags = {tag for w in cheap for tag in w.tags}
    prices = sorted([w.price for w in widgets if any([tag in tags for tag in w.tags])])
    return len(cheap) + sum(len(idents) for idents in by_shelf.values()) + sum(prices[:5]) + len(tags)


widgets = [Widget(i, i % 7, (i * 37) % 101, ["t%d" % (i % k) for k in (3, 5, 11)]) for i in range(60)]
total = 0
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3000):
    total += survey(widgets)
print(total)
