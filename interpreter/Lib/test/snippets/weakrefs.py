"""Weak references and their callbacks."""
import gc
import weakref


class O:
    pass


o = O()
r = weakref.ref(o)
print(r() is o, weakref.ref(o) is r, weakref.getweakrefcount(o), r == weakref.ref(o))
s = weakref.ref(o, lambda ref: print("callback", ref() is None, end=" "))
del o
print(r(), s())
a = O()
a.me = a
t = weakref.ref(a, lambda ref: print("cycle gone", end=" "))
del a
gc.collect()
print(t())
p = O()
p.x = 5
proxy = weakref.proxy(p)
print(proxy.x)
del p
try:
    proxy.x
except ReferenceError as error:
    print(error)
for bad in (5, "x", None, []):
    try:
        weakref.ref(bad)
    except TypeError as error:
        print(error)
class M:
    def m(self):
        pass


f = weakref.ref(M.m)
print(f() is M.m, weakref.ref(M)() is M)
key = O()
h = weakref.ref(key)
print(hash(h) == hash(key), {h: 1}[weakref.ref(key)])
