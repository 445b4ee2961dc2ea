"""Defaults are made once, when the function is made."""
def keep(x, box=[]):
    box.append(x)
    return box


print(keep(1), keep(2), keep(3, []), keep.__defaults__)
keep.__defaults__ = (["new"],)
print(keep(4))
functions = [lambda: i for i in range(3)]
print([f() for f in functions])
functions = [lambda i=i: i for i in range(3)]
print([f() for f in functions])
def inner():
    def keep_it(*, a=print("made")):
        return a

    return keep_it


inner()
inner()
