"""Reference counts: what goes when."""
class D:
    def __init__(self, name, *parts):
        self.name, self.parts = name, parts

    def __del__(self):
        print("del", self.name, end=" ")


D("temp")
a = D("a", D("part of a"))
a = 5
print("|")
b = [D(1), D(2), D(3)]
b.pop()
print("|")
del b[0]
print("|")
b = None
print("|")
def f():
    x = D("local")
    y = D("local2")
    return "returned"


print(f())
d = {1: D("value")}
d[1] = D("new value")
print("|")
d.clear()
print("|")
for x in (D("loop1"), D("loop2")):
    pass
del x
print("end")
