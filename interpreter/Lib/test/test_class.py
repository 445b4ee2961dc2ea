"""Classes: methods, inheritance, descriptors, special methods."""

import unittest

from test.support import rabbit_only


class Point:
    """A point of the plane."""

    count = 0

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Point):
            return NotImplemented
        return Point(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    def __hash__(self):
        return hash((self.x, self.y))

    def __repr__(self):
        return f"Point({self.x}, {self.y})"

    @classmethod
    def origin(cls):
        return cls(0, 0)

    @staticmethod
    def dimensions():
        return 2

    @property
    def length(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5

    @length.setter
    def length(self, value):
        factor = value / self.length
        self.x *= factor
        self.y *= factor


class BasicTests(unittest.TestCase):
    def test_instances(self):
        p = Point(1, 2)
        self.assertEqual((p.x, p.y, repr(p), type(p) is Point), (1, 2, "Point(1, 2)", True))

    def test_class_attribute_and_instance_attribute(self):
        p, q = Point(0, 0), Point(0, 0)
        p.count = 5
        self.assertEqual((p.count, q.count, Point.count), (5, 0, 0))
        del p.count
        self.assertEqual(p.count, 0)

    def test_missing_attribute(self):
        with self.assertRaises(AttributeError) as caught:
            Point(1, 2).z
        self.assertEqual(str(caught.exception), "'Point' object has no attribute 'z'")

    def test_class_and_static_methods(self):
        self.assertEqual((Point.origin(), Point(1, 1).origin(), Point.dimensions()), (Point(0, 0), Point(0, 0), 2))

    def test_property(self):
        p = Point(3, 4)
        self.assertEqual(p.length, 5.0)
        p.length = 10
        self.assertEqual((p.x, p.y), (6.0, 8.0))
        with self.assertRaises(AttributeError):
            del p.length

    def test_operators(self):
        self.assertEqual(Point(1, 2) + Point(3, 4), Point(4, 6))
        self.assertRaises(TypeError, lambda: Point(1, 2) + 3)
        self.assertEqual(len({Point(1, 2), Point(1, 2)}), 1)

    def test_bound_methods(self):
        f = Point(1, 2).__repr__
        self.assertEqual(f(), "Point(1, 2)")
        self.assertEqual(Point.__repr__(Point(3, 4)), "Point(3, 4)")

    def test_names(self):
        self.assertEqual((Point.__name__, Point.__module__, Point.__doc__), ("Point", __name__, "A point of the plane."))
        class Inner:
            pass
        self.assertEqual(Inner.__qualname__, "BasicTests.test_names.<locals>.Inner")

    def test_type_makes_classes(self):
        Made = type("Made", (Point,), {"z": 3})
        self.assertEqual((Made(1, 2).z, Made.__mro__[:2], isinstance(Made(1, 2), Point)), (3, (Made, Point), True))


class InheritanceTests(unittest.TestCase):
    def test_super_says_why_it_cannot(self):
        def bare():
            super()

        def deleted(x):
            del x
            super()

        class Empty:
            def f(self):
                nonlocal __class__
                del __class__
                super()

        for call, why in ((bare, "no arguments"), (lambda: deleted(1), "arg.0. deleted"), (Empty().f, "empty __class__ cell")):
            with self.subTest(why=why), self.assertRaisesRegex(RuntimeError, why):
                call()
        with self.assertRaisesRegex(TypeError, "expected at most 2 arguments, got 3"):
            super(1, 2, 3)
        with self.assertRaisesRegex(TypeError, "no keyword arguments"):
            super(a=1)

    def test_super(self):
        class Named(Point):
            def __init__(self, x, y, name):
                super().__init__(x, y)
                self.name = name
            def __repr__(self):
                return self.name + super().__repr__()
        self.assertEqual(repr(Named(1, 2, "P")), "PPoint(1, 2)")

    def test_diamond(self):
        class A:
            def who(self):
                return ["A"]
        class B(A):
            def who(self):
                return ["B"] + super().who()
        class C(A):
            def who(self):
                return ["C"] + super().who()
        class D(B, C):
            pass
        self.assertEqual(D().who(), ["B", "C", "A"])
        self.assertEqual([c.__name__ for c in D.__mro__], ["D", "B", "C", "A", "object"])

    def test_conflict_of_orders(self):
        class A:
            pass
        class B(A):
            pass
        self.assertRaises(TypeError, type, "C", (A, B), {})

    def test_isinstance_and_issubclass(self):
        self.assertTrue(isinstance(True, int) and issubclass(bool, int) and isinstance(1, (str, int)))
        self.assertFalse(isinstance(1, str) or issubclass(int, bool))
        self.assertRaises(TypeError, isinstance, 1, 1)

    def test_init_subclass_and_set_name(self):
        seen = []
        class Field:
            def __set_name__(self, owner, name):
                seen.append((owner.__name__, name))
        class Base:
            def __init_subclass__(cls, kind=None, **more):
                seen.append((cls.__name__, kind))
        class Derived(Base, kind="x"):
            field = Field()
        self.assertEqual(seen, [("Derived", "field"), ("Derived", "x")])

    def test_metaclass(self):
        class Meta(type):
            def __call__(cls, *args):
                return ("made", cls.__name__, args)
        class C(metaclass=Meta):
            pass
        self.assertEqual((C(1), type(C) is Meta), (("made", "C", (1,)), True))

    def test_change_of_a_class_reaches_its_instances(self):
        class A:
            pass
        class B(A):
            pass
        b = B()
        A.f = lambda self: 1
        self.assertEqual(b.f(), 1)
        B.f = lambda self: 2
        self.assertEqual(b.f(), 2)
        del B.f
        self.assertEqual(b.f(), 1)


class OrderTests(unittest.TestCase):
    """A metaclass may answer for the method resolution order itself."""

    def test_own_order(self):
        class Meta(type):
            def mro(cls):
                return [cls, object]

        class A:
            x = 1

        class B(A, metaclass=Meta):
            pass

        self.assertEqual(B.__mro__, (B, object))
        self.assertFalse(hasattr(B, "x"))
        self.assertEqual(type.mro(B), [B, A, object])

    @rabbit_only  # CPython 3.12 goes on with what it had looked up
    def test_a_class_that_is_no_base_is_seen_to_change(self):
        class Foreign:
            x = 1

        class Meta(type):
            def mro(cls):
                return [cls, Foreign, object]

        class A(metaclass=Meta):
            pass

        def get(a):
            return a.x

        self.assertEqual({get(A()) for _ in range(50)}, {1})
        Foreign.x = 2
        self.assertEqual(get(A()), 2)

    def test_an_order_that_cannot_be(self):
        for answer, error in ((5, "not iterable"), ([], "must not be empty"), ([3], "non-class"), ([int], "unsuitable layout")):
            class Meta(type):
                def mro(cls):
                    return answer

            with self.subTest(answer=answer), self.assertRaisesRegex(TypeError, error):
                class A(metaclass=Meta):
                    pass

    def test_a_class_without_an_order_yet(self):
        seen = []

        class Meta(type):
            def mro(cls):
                if cls.__name__ == "Made":
                    seen.append((cls.__mro__, dir(cls)))
                    for forbidden in (lambda: type(cls)("Sub", (cls,), {}), lambda: cls()):
                        try:
                            forbidden()
                        except TypeError:
                            seen.append("refused")
                return super().mro()

        class Made(metaclass=Meta):
            pass

        self.assertIs(seen[0][0], None)
        self.assertEqual(seen[1:], ["refused", "refused"])

    def test_bases_change(self):
        class A:
            x = 1

        class B:
            x = 2

        class C(A):
            pass

        class D(C):
            pass

        self.assertEqual(D.x, 1)
        C.__bases__ = (B,)
        self.assertEqual((C.x, D.x, D.__mro__), (2, 2, (D, C, B, object)))
        self.assertEqual((A.__subclasses__(), B.__subclasses__()), ([], [C]))
        for bad in ((), (int,), (D,), (3,), [A], (B, B)):
            with self.subTest(bad=bad), self.assertRaises(TypeError):
                C.__bases__ = bad
        self.assertEqual((C.__bases__, D.__mro__), ((B,), (D, C, B, object)))
        with self.assertRaises(TypeError):
            del C.__bases__


class SpecialMethodTests(unittest.TestCase):
    def test_container_protocol(self):
        class Box:
            def __init__(self):
                self.items = {}
            def __len__(self):
                return len(self.items)
            def __getitem__(self, key):
                return self.items[key]
            def __setitem__(self, key, value):
                self.items[key] = value
            def __delitem__(self, key):
                del self.items[key]
            def __contains__(self, key):
                return key in self.items
            def __iter__(self):
                return iter(sorted(self.items))
        box = Box()
        self.assertFalse(box)
        box["b"], box["a"] = 1, 2
        self.assertEqual((len(box), box["a"], "b" in box, list(box)), (2, 2, True, ["a", "b"]))
        del box["a"]
        self.assertEqual(list(box), ["b"])

    def test_iteration_by_index(self):
        class Squares:
            def __getitem__(self, n):
                if n > 3:
                    raise IndexError
                return n * n
        self.assertEqual(list(Squares()), [0, 1, 4, 9])

    def test_reflected_operation_of_a_subclass_comes_first(self):
        class A:
            def __add__(self, other):
                return "A.add"
            def __radd__(self, other):
                return "A.radd"
        class B(A):
            def __radd__(self, other):
                return "B.radd"
        self.assertEqual((A() + B(), B() + A(), A() + A(), 1 + A()), ("B.radd", "A.add", "A.add", "A.radd"))

    def test_rich_comparison_falls_back(self):
        class A:
            def __lt__(self, other):
                return True
        self.assertTrue(A() < 1)
        self.assertTrue(1 > A())
        self.assertRaises(TypeError, lambda: A() > 1)
        a = A()
        self.assertTrue(a == a and a != A())

    def test_getattr_hook(self):
        class A:
            x = 1
            def __getattr__(self, name):
                if name.startswith("no"):
                    raise AttributeError(name)
                return name * 2
        a = A()
        self.assertEqual((a.x, a.ab, hasattr(a, "nothing")), (1, "abab", False))

    def test_call(self):
        class Add:
            def __init__(self, n):
                self.n = n
            def __call__(self, m):
                return self.n + m
        self.assertEqual(Add(2)(3), 5)
        self.assertTrue(callable(Add(1)))

    def test_data_descriptor_beats_the_instance(self):
        class Data:
            def __get__(self, instance, owner):
                return "descriptor"
            def __set__(self, instance, value):
                raise AttributeError("read-only")
        class A:
            d = Data()
        a = A()
        a.__dict__["d"] = "instance"
        self.assertEqual(a.d, "descriptor")
        with self.assertRaises(AttributeError):
            a.d = 1

    def test_new(self):
        class Even(int):
            def __new__(cls, n):
                return super().__new__(cls, n * 2)
        self.assertEqual(Even(3), 6)

    def test_slots(self):
        class Slim:
            __slots__ = ("a",)
        slim = Slim()
        slim.a = 1
        self.assertEqual(slim.a, 1)
        with self.assertRaises(AttributeError):
            slim.b = 2

    def test_format_and_bool_and_index(self):
        class A:
            def __format__(self, spec):
                return "<" + spec + ">"
            def __bool__(self):
                return False
            def __index__(self):
                return 2
        self.assertEqual((f"{A():xyz}", bool(A()), [5, 6, 7][A()], hex(A())), ("<xyz>", False, 7, "0x2"))


if __name__ == "__main__":
    unittest.main()
