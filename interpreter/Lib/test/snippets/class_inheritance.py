"""C3: the order of the bases, and when there is none."""
class A:
    def who(self):
        return "A"


class B(A):
    def who(self):
        return "B" + super().who()


class C(A):
    def who(self):
        return "C" + super().who()


class D(B, C):
    def who(self):
        return "D" + super().who()


print(D().who(), [k.__name__ for k in D.__mro__], D.mro() == list(D.__mro__), issubclass(D, (int, A)), D.__base__.__name__, A.__subclasses__())
try:
    class E(A, B):
        pass
except TypeError as error:
    print(error)
try:
    class F(D, D):
        pass
except TypeError as error:
    print(error)
try:
    class G(bool):
        pass
except TypeError as error:
    print(error)
try:
    class H(int, str):
        pass
except TypeError as error:
    print(error)
class X:
    pass


class Y(X, int):
    pass


print(Y(5) + 1, [k.__name__ for k in Y.__mro__])
D.__bases__ = (C, B)
print(D().who())
