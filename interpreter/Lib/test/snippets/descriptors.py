"""Descriptors: with data they come before the instance, without after."""
class Data:
    def __set_name__(self, owner, name):
        print("named", name, "in", owner.__name__)
        self.name = name

    def __get__(self, instance, owner=None):
        return ("get", instance is None, owner.__name__)

    def __set__(self, instance, value):
        instance.__dict__["_" + self.name] = value

    def __delete__(self, instance):
        print("delete")


class NonData:
    def __get__(self, instance, owner):
        return "non-data"


class C:
    d = Data()
    n = NonData()


c = C()
c.d = 5
c.__dict__["d"] = "hidden"
c.__dict__["n"] = "seen"
print(c.d, C.d, c.n, C.n, c.__dict__)
del c.d
class ReadOnly:
    @property
    def p(self):
        """The doc."""
        return 1

    @property
    def q(self):
        return self._q

    @q.setter
    def q(self, value):
        self._q = value * 2

    @q.deleter
    def q(self):
        del self._q


r = ReadOnly()
r.q = 4
print(r.p, r.q, ReadOnly.p.__doc__, ReadOnly.p.fget(r))
del r.q
for job in (lambda: setattr(r, "p", 1), lambda: delattr(r, "p"), lambda: r.q, lambda: property().__get__(r), lambda: setattr(ReadOnly(), "p", 2)):
    try:
        print(job())
    except AttributeError as error:
        print(error)
class Fn:
    def __get__(self, instance, owner):
        return lambda *args: ("bound", instance is None, args)


C.method = Fn()
print(c.method(1), C.method(2))
try:
    class Bad:
        class X:
            def __set_name__(self, owner, name):
                raise ValueError("no name")

        x = X()
except ValueError as error:
    print(error, error.__notes__)
