"""del of everything that can be deleted."""
class O:
    pass


a = [1, 2, 3, 4]
d = {"k": 1, "j": 2}
o = O()
o.x = 1
b = c = 5
del a[0], d["k"], o.x, (b, c), a[1:2]
print(a, d, o.__dict__)
for name in ("b", "c"):
    try:
        eval(name)
    except NameError as error:
        print(error)
def f():
    x = 1
    del x
    try:
        del x
    except UnboundLocalError as error:
        print(error)


f()
for source in ("del 1", "del f()", "del (a, 1)", "del a + b", "del *a", "del [a, b()]", "del None", "del ()", "del x := 1"):
    try:
        compile(source, "s", "exec")
        print(source, "compiles")
    except SyntaxError as error:
        print(source, "->", error.msg)
