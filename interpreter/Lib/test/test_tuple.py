"""Tuples."""

import unittest


class TupleTests(unittest.TestCase):
    def test_make(self):
        self.assertEqual(tuple([1, 2]), (1, 2))
        self.assertEqual((1,), tuple([1]))
        self.assertIs(tuple(), ())

    def test_index_and_slice(self):
        items = (0, 1, 2, 3)
        self.assertEqual((items[-1], items[1:3], items[::-1]), (3, (1, 2), (3, 2, 1, 0)))
        with self.assertRaises(IndexError) as caught:
            items[4]
        self.assertEqual(str(caught.exception), "tuple index out of range")

    def test_immutable(self):
        items = (1, 2)
        with self.assertRaises(TypeError) as caught:
            items[0] = 3
        self.assertEqual(str(caught.exception), "'tuple' object does not support item assignment")

    def test_concatenate_and_repeat(self):
        self.assertEqual((1,) + (2, 3) + (4,) * 2, (1, 2, 3, 4, 4))

    def test_count_and_index(self):
        items = (1, 2, 1)
        self.assertEqual((items.count(1), items.index(2)), (2, 1))
        self.assertRaises(ValueError, items.index, 5)

    def test_compare(self):
        self.assertLess((1, "a"), (1, "b"))
        self.assertLess((), (0,))
        self.assertTrue((1, 2) == (1.0, 2.0))

    def test_hash(self):
        self.assertEqual(hash((1, (2, 3))), hash((1.0, (2, 3))))
        self.assertNotEqual(hash((1, 2)), hash((2, 1)))
        self.assertRaises(TypeError, hash, (1, []))

    def test_hashes_of_a_grid_differ(self):
        self.assertEqual(len({hash((x, y)) for x in range(30) for y in range(30)}), 900)

    def test_repr(self):
        self.assertEqual([repr(t) for t in ((), (1,), (1, "a"))], ["()", "(1,)", "(1, 'a')"])

    def test_swap(self):
        a, b = 1, 2
        a, b = b, a
        self.assertEqual((a, b), (2, 1))

    def test_nested_unpacking(self):
        (a, (b, *c)), d = (1, (2, 3, 4)), 5
        self.assertEqual((a, b, c, d), (1, 2, [3, 4], 5))

    def test_subclass(self):
        class Pair(tuple):
            def total(self):
                return self[0] + self[1]
        pair = Pair((1, 2))
        self.assertEqual((pair.total(), pair == (1, 2), type(pair + ())), (3, True, tuple))


if __name__ == "__main__":
    unittest.main()
