"""functools and operator."""

import functools
import operator
import unittest


class FunctoolsTests(unittest.TestCase):
    def test_reduce(self):
        self.assertEqual(functools.reduce(operator.add, [1, 2, 3]), 6)
        self.assertEqual(functools.reduce(operator.mul, [], 7), 7)
        self.assertRaises(TypeError, functools.reduce, operator.add, [])

    def test_partial(self):
        f = functools.partial(int, base=2)
        self.assertEqual((f("101"), f("11", base=8)), (5, 9))
        self.assertEqual(functools.partial(max, 5)(3), 5)
        self.assertEqual((f.func, f.args, f.keywords), (int, (), {"base": 2}))

    def test_wraps(self):
        def wrapped():
            "text"
        @functools.wraps(wrapped)
        def wrapper():
            pass
        self.assertEqual((wrapper.__name__, wrapper.__doc__, wrapper.__wrapped__), ("wrapped", "text", wrapped))

    def test_lru_cache(self):
        calls = []
        @functools.lru_cache(maxsize=2)
        def f(n):
            calls.append(n)
            return n * 2
        self.assertEqual([f(1), f(1), f(2), f(1), f(3), f(2)], [2, 2, 4, 2, 6, 4])
        self.assertEqual(calls, [1, 2, 3, 2])
        f.cache_clear()
        f(1)
        self.assertEqual(calls[-1], 1)

    def test_cmp_to_key(self):
        self.assertEqual(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)), [3, 2, 1])


class OperatorTests(unittest.TestCase):
    def test_functions(self):
        self.assertEqual((operator.add(1, 2), operator.sub(5, 3), operator.mul(2, 3), operator.truediv(1, 2)), (3, 2, 6, 0.5))
        self.assertEqual((operator.neg(1), operator.not_(0), operator.contains([1], 1)), (-1, True, True))
        self.assertEqual((operator.eq(1, 1.0), operator.lt(1, 2), operator.is_(None, None)), (True, True, True))

    def test_itemgetter(self):
        rows = [("b", 2), ("a", 1)]
        self.assertEqual(sorted(rows, key=operator.itemgetter(1)), [("a", 1), ("b", 2)])
        self.assertEqual(operator.itemgetter(1, 0)(rows[0]), (2, "b"))

    def test_attrgetter(self):
        self.assertEqual(operator.attrgetter("__name__")(int), "int")
        self.assertEqual(operator.attrgetter("__class__.__name__")(1), "int")

    def test_methodcaller(self):
        self.assertEqual(operator.methodcaller("split", ",")("a,b"), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
