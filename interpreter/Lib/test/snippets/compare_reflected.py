"""The right operand answers when the left one cannot; a subclass is asked first."""
class A:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        print("A.eq", self.name)
        return NotImplemented

    def __lt__(self, other):
        print("A.lt", self.name)
        return True

    def __gt__(self, other):
        print("A.gt", self.name)
        return "gt"


class B(A):
    def __eq__(self, other):
        print("B.eq", self.name)
        return "equal"

    def __gt__(self, other):
        print("B.gt", self.name)
        return "greater"


a, b = A("a"), B("b")
print(a == b, b == a, a == a, a < b, a == 1, a != 1, 1 < a)
class C:
    def __ne__(self, other):
        return "ne"


print(C() != C(), C() == C(), hasattr(A, "__hash__"), A.__hash__, C.__hash__ is object.__hash__)
try:
    object() < object()
except TypeError as error:
    print(error)
