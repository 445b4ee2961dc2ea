"""Cycles are found, and their finalisers run once."""
import gc

gc.collect()
class N:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name, end=" ")


a, b = N("a"), N("b")
a.other, b.other = b, a
del a, b
print("collected", gc.collect() >= 2)
c = N("c")
del c
print("at once")
kept = []
class Back:
    def __del__(self):
        print("back", end=" ")
        kept.append(self)


x = Back()
x.me = x
del x
gc.collect()
print(len(kept))
kept.clear()
gc.collect()
print("only once")
l = []
l.append(l)
print(gc.is_tracked(l), gc.is_tracked(1), gc.is_tracked("x"), gc.isenabled())
del l
gc.disable()
print(gc.isenabled())
gc.enable()
print(gc.collect() >= 1, gc.garbage)
def closure():
    def f():
        return f

    return f


f = closure()
del f
print(gc.collect() > 0, gc.collect())
