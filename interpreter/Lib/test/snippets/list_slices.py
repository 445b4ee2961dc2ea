"""Slices of lists: read, written, deleted, with and without a step."""
base = list(range(10))
print(base[2:5], base[::-1], base[-3:], base[8:2:-2], base[:], base[5:5], base[-100:100:4])
a = base[:]
a[2:5] = "xy"
print(a)
a[1:1] = [100, 200]
print(a)
a[::2] = [0] * len(a[::2])
print(a)
a[3:] = []
print(a)
b = base[:]
del b[::3]
print(b)
del b[1:3], b[-1]
print(b)
b[:] = b
b[len(b):] = [9]
print(b)
for job in (lambda: base.__setitem__(slice(0, 4, 2), [1]), lambda: base.__setitem__(slice(0, 2), 5), lambda: base[::0], lambda: base.__delitem__(50)):
    try:
        job()
    except Exception as error:
        print(type(error).__name__, error)
print(slice(1, 5, 2).indices(4), slice(None, None, -1).indices(3), slice(1, 2), slice(1) == slice(None, 1))
