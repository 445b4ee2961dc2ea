"""A class below int keeps its operators, and its own come first."""
class Money(int):
    def __add__(self, other):
        return Money(int(self) + int(other))

    __radd__ = __add__

    def __repr__(self):
        return f"Money({int(self)})"


a = Money(5)
print(a + 3, 3 + a, a * 2, type(a * 2), sum([a, a], Money(0)), a == 5, hash(a) == hash(5), {5: "x"}[a])
print(isinstance(True, int), True + True, bool.__mro__, int.__add__(True, 1))
class Index:
    def __index__(self):
        return 3


print([10, 20, 30, 40][Index()], hex(Index()), range(10)[Index()], "abcd"[Index()], int(Index()))
