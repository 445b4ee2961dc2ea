"""getrefcount as it goes up and down."""
import sys

x = object()
base = sys.getrefcount(x)
y = x
print(sys.getrefcount(x) - base)
items = [x, x]
print(sys.getrefcount(x) - base)
d = {"k": x}
print(sys.getrefcount(x) - base)
del y, items
print(sys.getrefcount(x) - base)
d.clear()
print(sys.getrefcount(x) - base)
def f(a):
    return sys.getrefcount(a)


print(f(x) - base)
print(sys.getrefcount(None) == sys.getrefcount(None), sys.getrefcount(None) > 1000)
