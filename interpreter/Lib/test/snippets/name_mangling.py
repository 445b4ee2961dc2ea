"""Two leading underscores inside a class."""
class A:
    __x = 1

    def __m(self):
        return self.__x

    def call(self):
        return self.__m(), A.__x, __name__

    def inner(self, __arg=5):
        __local = __arg
        class B:
            __y = 2
        return [k for k in B.__dict__ if "y" in k], locals().keys() - {"self", "B"}, __local


a = A()
print(a.call(), a._A__x, sorted(k for k in A.__dict__ if "_A" in k), sorted(a.inner()[1]), a.inner()[0])
class _Lead:
    def f(self):
        self.__z = 1
        return self.__dict__


print(_Lead().f())
try:
    a.__x
except AttributeError as error:
    print(error)
class ___:
    def f(self):
        self.__z = 1
        return self.__dict__


print(___().f())
