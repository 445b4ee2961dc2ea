"""Assignment inside an expression."""
if (n := len("abcd")) > 3:
    print(n)
print([y := 1, y**2], (z := 5), z, [last := i for i in range(4)], last)
data = [1, 2, 3, 4]
print([half for x in data if (half := x / 2) > 1], half, any((found := x) > 2 for x in data), found)
while (item := data.pop()) > 2:
    print("popped", item)
def f(x=(w := 3)):
    return (x := x + 1), x


print(f(), w)
print(f"{(a := 7)} {a:>3}", (b := 1, 2), b, {(k := "key"): (v := 1)}, k, v)
for source in ("(x.y := 1)", "x := 1", "[i := 0 for i in range(3)]", "class C: [j := 0 for i in range(3)]", "(a[0] := 1)", "[x for x in (y := [1])]", "lambda: x := 1", "f(a=b := 1)"):
    try:
        compile(source, "s", "exec")
        print("fine", source)
    except SyntaxError as error:
        print(source, "->", error.msg)
