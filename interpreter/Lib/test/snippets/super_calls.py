"""super() in its places."""
class A:
    x = "A.x"

    def m(self):
        return "A.m"

    @classmethod
    def c(cls):
        return "A.c " + cls.__name__

    @staticmethod
    def s():
        return "A.s"

    @property
    def p(self):
        return "A.p"


class B(A):
    x = "B.x"

    def m(self):
        return super().m() + super().x + __class__.__name__

    @classmethod
    def c(cls):
        return super().c()

    def s(self):
        return super().s()

    @property
    def p(self):
        return super().p + "!"

    def nested(self):
        def inner():
            return super(B, self).m()

        return inner(), [super(B, self).m() for _ in range(1)]

    def wrong(self):
        return super().nope


class C(B):
    pass


print(C().m(), C.c(), C().s(), C().p, C().nested(), super(B, C()).m(), super(B, B()).x)
for job in (lambda: C().wrong(), lambda: super(B, 5), lambda: super(), lambda: super(5)):
    try:
        print(job())
    except Exception as error:
        print(type(error).__name__, error)
def outside(self):
    return super().m()


C.m2 = outside
try:
    C().m2()
except RuntimeError as error:
    print(error)
class D(A):
    def m(self):
        f = lambda: super().m()
        try:
            return f()
        except Exception as error:
            return type(error).__name__, str(error)


print(D().m(), repr(super(B, C()))[:18])
