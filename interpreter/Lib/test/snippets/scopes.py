"""global, nonlocal, class bodies, and names that are not there yet."""
x = "module"


def reads():
    return x


def writes():
    global x, made
    x, made = "changed", "new"


def local():
    try:
        print(x)
    except UnboundLocalError as error:
        print(error)
    x = 1
    return x


print(reads(), local())
writes()
print(x, made, reads())
class C:
    x = x + " in class"
    y = [x for _ in range(1)]
    z = (lambda: x)()

    def method(self):
        return x


print(C.x, C.y, C.z, C().method())
def outer():
    x = "outer"

    class D:
        a = x
        x = "d"

        def m(self):
            return x

    class E:
        nonlocal x
        x = "from E"

    return D().m(), x


try:
    print(outer())
except NameError as error:
    print(type(error).__name__, error)
try:
    undefined_name
except NameError as error:
    print(error, error.name)
del x
try:
    x
except NameError as error:
    print(error)
