"""Sets and frozen sets."""

import unittest


class SetTests(unittest.TestCase):
    def test_make(self):
        self.assertEqual(set("hello"), {"h", "e", "l", "o"})
        self.assertEqual(len(set()), 0)
        self.assertEqual({*[1, 2], 2, 3}, {1, 2, 3})

    def test_operators(self):
        a, b = {1, 2, 3}, {3, 4}
        self.assertEqual((a | b, a & b, a - b, a ^ b), ({1, 2, 3, 4}, {3}, {1, 2}, {1, 2, 4}))

    def test_methods_take_any_iterable(self):
        self.assertEqual({1, 2}.union([3], (4,)), {1, 2, 3, 4})
        self.assertEqual({1, 2}.intersection(range(2)), {1})
        self.assertEqual({1, 2}.difference([2]), {1})
        self.assertEqual({1, 2}.symmetric_difference([2, 3]), {1, 3})
        self.assertRaises(TypeError, lambda: {1} | [2])

    def test_in_place(self):
        items = {1, 2}
        alias = items
        items |= {3}
        items &= {2, 3}
        items -= {3}
        items ^= {2, 9}
        self.assertEqual(items, {9})
        self.assertIs(alias, items)

    def test_add_discard_remove_pop(self):
        items = set()
        items.add(1)
        items.add(1)
        items.discard(5)
        self.assertRaises(KeyError, items.remove, 5)
        self.assertEqual(items.pop(), 1)
        self.assertRaises(KeyError, items.pop)

    def test_order_is_inclusion(self):
        self.assertTrue({1} < {1, 2} <= {1, 2})
        self.assertFalse({1, 2} < {1, 2} or {1, 3} <= {1, 2})
        self.assertTrue({1, 2}.issuperset([1]) and {1}.issubset([1, 2]) and {1}.isdisjoint([2]))

    def test_equal_to_frozenset(self):
        self.assertEqual({1, 2}, frozenset([2, 1]))
        self.assertEqual(hash(frozenset([1, 2])), hash(frozenset([2, 1])))
        self.assertRaises(TypeError, hash, {1})

    def test_frozenset_as_key(self):
        found = {frozenset("ab"): 1}
        self.assertEqual(found[frozenset("ba")], 1)
        self.assertFalse(hasattr(frozenset(), "add"))

    def test_change_while_iterating(self):
        items = {1, 2}
        with self.assertRaises(RuntimeError):
            for item in items:
                items.add(item + 10)

    def test_repr(self):
        self.assertEqual((repr(set()), repr({1}), repr(frozenset())), ("set()", "{1}", "frozenset()"))

    def test_many_members(self):
        items = set(range(3000))
        for n in range(0, 3000, 3):
            items.remove(n)
        self.assertEqual(len(items), 2000)
        self.assertNotIn(2997, items)
        self.assertIn(2998, items)

    def test_copy_is_its_own(self):
        items = {1}
        copied = items.copy()
        copied.add(2)
        self.assertEqual((items, copied), ({1}, {1, 2}))


if __name__ == "__main__":
    unittest.main()
