"""An f-string sees what stands around it."""
def outer(a):
    def inner(b):
        return f"{a} {b} {[f'{a}{x}' for x in range(2)]} {(lambda c: f'{a}{b}{c}')(3)}"

    return inner


print(outer(1)(2))
class C:
    x = 1
    text = f"{x} {__qualname__}"

    def m(self):
        return f"{__class__.__name__} {self.x!r}"


print(C.text, C().m(), f"{(y := 5)} {y}", [f"{i}{j}" for i in "ab" for j in range(2)])
def doc():
    f"not a docstring"


print(doc.__doc__, f"{f'{1}' + f'{2}'}", "%s" % f"{3}", f"{'{}'}".format(4))
