"""Cells: shared, changed, empty, freed."""
def counter():
    count = 0

    def up(by=1):
        nonlocal count
        count += by
        return count

    def look():
        return count

    return up, look


up, look = counter()
up()
up(5)
print(look(), up.__closure__[0].cell_contents, look.__code__.co_freevars, counter.__code__.co_cellvars)
other, _ = counter()
print(other(), look())
def late():
    def use():
        return value

    try:
        use()
    except NameError as error:
        print(error)
    value = 1
    print(use())
    del value
    try:
        use()
    except NameError as error:
        print(error)


late()
def deep(a):
    def one(b):
        def two(c):
            return lambda d: (a, b, c, d)

        return two

    return one


print(deep(1)(2)(3)(4))
def parameter(x):
    def change():
        nonlocal x
        x += 1

    change()
    return x


print(parameter(1))
