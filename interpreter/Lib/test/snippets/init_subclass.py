"""__init_subclass__, __class_getitem__, __mro_entries__."""
class Base:
    known = []

    def __init_subclass__(cls, /, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.tag = tag
        Base.known.append(cls.__name__)

    def __class_getitem__(cls, item):
        return (cls.__name__, item)


class A(Base, tag="t"):
    pass


class B(A):
    pass


print(Base.known, A.tag, B.tag, Base[int], A["x", 1])
try:
    class C(Base, wrong=1):
        pass
except TypeError as error:
    print(error)
class Entry:
    def __mro_entries__(self, bases):
        print("entries", len(bases))
        return (A,)


class D(Entry()):
    pass


print(D.__mro__[1].__name__, D.__orig_bases__[0].__class__.__name__)
try:
    class E(5):
        pass
except TypeError as error:
    print(error)
try:
    int[1]
except TypeError as error:
    print(error)
print(list[int], dict[str, int], tuple[int, ...], list[int].__origin__, list[int].__args__, list[int]([1, 2]))
