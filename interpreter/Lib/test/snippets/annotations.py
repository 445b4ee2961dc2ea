"""Annotations are looked at once and kept."""
x: int = 1
y: "text"
z: list[int]
(w): int = 5
class C:
    a: int
    b: str = "b"
    (c): float = 1.0

    def f(self, p: "later", *q: int, r: None = None) -> "C":
        local: undefined_is_fine
        return self.__annotations__


print(__annotations__, C.__annotations__, C.f.__annotations__, C().f(1))
try:
    y
except NameError as error:
    print(error)
def g():
    v: int
    try:
        v
    except UnboundLocalError as error:
        return str(error)


print(g())
o = C()
o.attr: int = 7
d = {}
d["k"]: int = 8
print(o.attr, d, sorted(__annotations__))
for source in ("x: int, y: int", "(x, y): int", "[x]: int", "f(): int", "x: int = y: int", "global q; q: int", "x: yield"):
    try:
        compile(source, "s", "exec")
        print(source, "compiles")
    except SyntaxError as error:
        print(source, "->", error.msg)
