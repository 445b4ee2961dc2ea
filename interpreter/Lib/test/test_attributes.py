"""Attributes of instances and classes, however the interpreter keeps and remembers them."""

import unittest

from test.support import rabbit_only


class InstanceTest(unittest.TestCase):
    def test_order_is_that_of_insertion(self):
        class Point:
            def __init__(self, flip):
                if flip:
                    self.y = 2
                self.x = 1
                self.y = 2

        self.assertEqual(list(vars(Point(False))), ["x", "y"])
        self.assertEqual(list(vars(Point(True))), ["y", "x"])
        self.assertEqual(list(vars(Point(False))), ["x", "y"])

    def test_dict_and_attributes_are_one(self):
        class Bag:
            pass

        bag = Bag()
        bag.a = 1
        d = bag.__dict__
        bag.b = 2
        d["c"] = 3
        del bag.a
        self.assertEqual(d, {"b": 2, "c": 3})
        self.assertEqual(bag.c, 3)
        self.assertIs(bag.__dict__, d)
        bag.__dict__ = {"z": 26}
        self.assertEqual(bag.z, 26)
        with self.assertRaises(AttributeError):
            bag.b

    def test_deleted_attributes_come_back_at_the_end(self):
        class Bag:
            pass

        for _ in range(3):
            bag = Bag()
            bag.a = bag.b = bag.c = 1
            del bag.b
            with self.assertRaises(AttributeError):
                bag.b
            bag.b = 2
            self.assertEqual(list(bag.__dict__.items()), [("a", 1), ("c", 1), ("b", 2)])

    def test_many_attributes(self):
        class Bag:
            pass

        for _ in range(8):
            bag = Bag()
            for i in range(100):
                setattr(bag, f"a{i}", i)
            self.assertEqual([getattr(bag, f"a{i}") for i in range(100)], list(range(100)))
            self.assertEqual(len(vars(bag)), 100)

    def test_names_that_are_not_plain_strings(self):
        class Name(str):
            __hash__ = str.__hash__

            def __eq__(self, other):
                return str.__eq__(self, other)

        class Bag:
            pass

        bag = Bag()
        bag.first = 1
        setattr(bag, Name("second"), 2)
        self.assertEqual(getattr(bag, Name("first")), 1)
        self.assertEqual(bag.second, 2)
        self.assertEqual(list(bag.__dict__), ["first", "second"])
        with self.assertRaises(TypeError):
            setattr(bag, 3, 3)

    def test_class_of_an_instance_changes(self):
        class A:
            def who(self):
                return "A", self.x

        class B:
            def __init__(self):
                self.y, self.x = 1, 2

            def who(self):
                return "B", self.x

        B(), B()
        a = A()
        a.x, a.y = 10, 20
        self.assertEqual(a.who(), ("A", 10))
        a.__class__ = B
        self.assertEqual(a.who(), ("B", 10))
        self.assertEqual(vars(a), {"x": 10, "y": 20})

    def test_values_die_with_the_instance(self):
        dead = []

        class Noisy:
            def __init__(self, name):
                self.name = name

            def __del__(self):
                dead.append(self.name)

        class Bag:
            pass

        bag = Bag()
        bag.a, bag.b = Noisy("a"), Noisy("b")
        bag.a = None
        self.assertEqual(dead, ["a"])
        del bag
        self.assertEqual(dead, ["a", "b"])


class LookupTest(unittest.TestCase):
    def read(self, o):
        return o.value

    def test_an_instance_hides_a_method(self):
        class C:
            def f(self):
                return "class"

        c = C()
        found = []
        for i in range(6):
            if i == 3:
                c.f = lambda: "instance"
            found.append(c.f())
        self.assertEqual(found, ["class"] * 3 + ["instance"] * 3)

    def test_classes_change_under_way(self):
        class Base:
            value = 1

        class Middle(Base):
            pass

        class Leaf(Middle):
            pass

        leaf = Leaf()
        self.assertEqual(self.read(leaf), 1)
        Middle.value = 2
        self.assertEqual(self.read(leaf), 2)
        Base.value = 3
        self.assertEqual(self.read(leaf), 2)
        del Middle.value
        self.assertEqual(self.read(leaf), 3)
        Leaf.value = property(lambda self: 4)
        self.assertEqual(self.read(leaf), 4)
        del Leaf.value, Base.value
        with self.assertRaises(AttributeError):
            self.read(leaf)

    @rabbit_only  # CPython 3.12 still shows the dying value
    def test_old_value_sees_the_new_one_when_it_dies(self):
        seen = []

        class C:
            pass

        class Dying:
            def __del__(self):
                seen.append(getattr(C, "x", "nothing"))

        C.x = Dying()
        C.x
        C.x = "new"
        self.assertEqual(seen, ["new"])
        C.x = Dying()
        C.x
        del C.x
        self.assertEqual(seen, ["new", "nothing"])

    def test_names_that_die(self):
        class C:
            pass

        for i in range(300):
            name = "".join(["attribute", str(i)])
            self.assertFalse(hasattr(C, name))
            setattr(C, name, i)
            self.assertEqual(getattr(C, name), i)
            delattr(C, name)
            self.assertFalse(hasattr(C, name))

    def test_globals_come_and_go(self):
        space = {}
        exec("def f(): return len('abc')", space)
        f = space["f"]
        self.assertEqual(f(), 3)
        space["len"] = lambda s: "mine"
        self.assertEqual(f(), "mine")
        space["len"] = lambda s: "other"
        self.assertEqual(f(), "other")
        del space["len"]
        self.assertEqual(f(), 3)


if __name__ == "__main__":
    unittest.main()
