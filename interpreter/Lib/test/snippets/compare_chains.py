"""Chained comparisons look at each operand once."""
items = [9]


def see(n):
    print("see", n)
    return n


print(see(1) < see(2) < see(3), see(3) < see(2) < see(1), see(1) == see(1) != see(2) in [2])
print(1 < 2 > 1, 1 == 1.0 == True, not 1 in [1], 1 not in [1], items is not None, (1 < 2) < 2, 3 > 2 < items[0])
class Loud:
    def __bool__(self):
        print("bool")
        return False


class Cmp:
    def __lt__(self, other):
        return Loud()


print(type(Cmp() < Cmp() < Cmp()).__name__, not (Cmp() < 1))
