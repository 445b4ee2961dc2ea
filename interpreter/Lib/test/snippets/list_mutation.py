"""A list that changes while somebody walks over it."""
items = [1, 2, 3]
for item in items:
    if len(items) < 8:
        items.append(item * 10)
print(items)
for item in items:
    items.remove(item)
print(items)
walk = iter(items)
next(walk)
items.clear()
print(list(walk), list(walk))
me = [1]
me.append(me)
print(me, me == me, me[1] is me, repr([me, me]))
rows = [[0] * 2] * 2
rows[0][0] = 5
print(rows, [[0] * 2 for _ in range(2)])
