"""Lists: making, changing, asking."""
items = [3, 1, 2]
items.append(5)
items.extend((7, 8))
items += "ab"
items.insert(0, "first")
items.insert(-1, "late")
items.insert(100, "end")
print(items, len(items), items.index(2), items.count(5), items.pop(), items.pop(0), items.pop(-2), items)
items.remove("a")
items.reverse()
copy = items.copy()
items.clear()
print(items, copy, copy * 2, [0] * 3, 2 * [1], [] * 5, [1] + [2], 5 in copy, copy == list(copy), copy is copy[:])
for job in (lambda: [].pop(), lambda: [1].pop(5), lambda: [1].remove(2), lambda: [1].index(2), lambda: [1][3], lambda: [1] + (2,), lambda: copy["a"], lambda: [1] * 2.0):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
