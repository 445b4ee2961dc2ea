"""Functions: parameters, arguments, defaults, decorators."""

import unittest


def everything(a, b=2, *rest, c, d=4, **more):
    return a, b, rest, c, d, more


class CallTests(unittest.TestCase):
    def test_all_kinds_of_parameters(self):
        self.assertEqual(everything(1, c=3), (1, 2, (), 3, 4, {}))
        self.assertEqual(everything(1, 9, 8, 7, c=3, d=0, e=5), (1, 9, (8, 7), 3, 0, {"e": 5}))

    def test_unpacked_arguments(self):
        self.assertEqual(everything(*[1, 2], *(3,), **{"c": 5}, **{"x": 6}), (1, 2, (3,), 5, 4, {"x": 6}))

    def test_positional_only(self):
        def f(a, /, b, **more):
            return a, b, more
        self.assertEqual(f(1, b=2, a=3), (1, 2, {"a": 3}))
        self.assertRaises(TypeError, lambda: f(a=1, b=2))

    def test_missing_and_surplus(self):
        def f(a, b):
            return a
        rows = (
            (lambda: f(1), "missing 1 required positional argument: 'b'"),
            (lambda: f(1, 2, 3), "takes 2 positional arguments but 3 were given"),
            (lambda: f(1, 2, c=3), "got an unexpected keyword argument 'c'"),
            (lambda: f(1, 2, a=3), "got multiple values for argument 'a'"),
        )
        for call, text in rows:
            with self.subTest(text=text):
                with self.assertRaises(TypeError) as caught:
                    call()
                self.assertIn(text, str(caught.exception))

    def test_keyword_only_is_required(self):
        with self.assertRaises(TypeError) as caught:
            everything(1)
        self.assertIn("missing 1 required keyword-only argument: 'c'", str(caught.exception))

    def test_defaults_are_made_once(self):
        def f(items=[]):
            items.append(1)
            return len(items)
        self.assertEqual((f(), f(), f([])), (1, 2, 1))

    def test_not_callable(self):
        with self.assertRaises(TypeError) as caught:
            number = 1
            number()
        self.assertEqual(str(caught.exception), "'int' object is not callable")

    def test_recursion(self):
        def factorial(n):
            return 1 if n < 2 else n * factorial(n - 1)
        self.assertEqual(factorial(30), 265252859812191058636308480000000)

    def test_endless_recursion(self):
        def f():
            return f()
        self.assertRaises(RecursionError, f)

    def test_lambda(self):
        self.assertEqual((lambda a, *b, c=3: (a, b, c))(1, 2), (1, (2,), 3))

    def test_decorators_from_the_inside_out(self):
        def tag(text):
            return lambda f: lambda: text + f()
        @tag("a")
        @tag("b")
        def f():
            return "c"
        self.assertEqual(f(), "abc")


class AttributeTests(unittest.TestCase):
    def test_names(self):
        def inner():
            "text"
        self.assertEqual(inner.__name__, "inner")
        self.assertEqual(inner.__qualname__, "AttributeTests.test_names.<locals>.inner")
        self.assertEqual(inner.__doc__, "text")
        self.assertEqual(inner.__module__, __name__)

    def test_defaults_can_be_seen(self):
        self.assertEqual(everything.__defaults__, (2,))
        self.assertEqual(everything.__kwdefaults__, {"d": 4})

    def test_own_attributes(self):
        def f():
            pass
        f.x = 1
        self.assertEqual((f.x, f.__dict__), (1, {"x": 1}))
        self.assertFalse(hasattr(f, "y"))

    def test_annotations(self):
        def f(a: int, b: "text" = 1) -> str:
            pass
        self.assertEqual(f.__annotations__, {"a": int, "b": "text", "return": str})

    def test_globals_and_builtins(self):
        self.assertIs(everything.__globals__["everything"], everything)

    def test_unbound_local(self):
        def f():
            x += 1
            return x
        with self.assertRaises(UnboundLocalError):
            f()
        with self.assertRaises(NameError) as caught:
            no_such_name
        self.assertEqual(str(caught.exception), "name 'no_such_name' is not defined")


class BuiltinTests(unittest.TestCase):
    def test_map_filter_zip_enumerate(self):
        self.assertEqual(list(map(lambda a, b: a + b, [1, 2], [10, 20])), [11, 22])
        self.assertEqual(list(filter(None, [0, 1, "", "a"])), [1, "a"])
        self.assertEqual(list(zip("ab", range(9))), [("a", 0), ("b", 1)])
        self.assertEqual(list(enumerate("ab", 1)), [(1, "a"), (2, "b")])

    def test_min_max_sum(self):
        self.assertEqual((min(3, 1, 2), max([1, 5, 2]), sum([1, 2], 10)), (1, 5, 13))
        self.assertEqual((max("aa", "b", key=len), min([], default=7)), ("aa", 7))
        self.assertRaises(ValueError, max, [])

    def test_any_all(self):
        self.assertTrue(any([0, 1]) and all([]) and not any([]) and not all([1, 0]))

    def test_getattr(self):
        self.assertEqual(getattr("a", "upper")(), "A")
        self.assertEqual(getattr("a", "nothing", 1), 1)
        self.assertRaises(AttributeError, getattr, "a", "nothing")

    def test_range(self):
        r = range(10, 0, -3)
        self.assertEqual((list(r), len(r), 4 in r, 5 in r, r[1], r[-1]), ([10, 7, 4, 1], 4, True, False, 7, 1))
        self.assertEqual(range(0), range(5, 5))
        self.assertRaises(ValueError, range, 1, 2, 0)


if __name__ == "__main__":
    unittest.main()
