"""Dictionaries: order, keys, views, changes while iterating."""

import unittest


class DictTests(unittest.TestCase):
    def test_make(self):
        self.assertEqual(dict(a=1), {"a": 1})
        self.assertEqual(dict([("a", 1), ("b", 2)], b=3), {"a": 1, "b": 3})
        self.assertEqual({**{"a": 1}, "b": 2}, {"a": 1, "b": 2})
        self.assertEqual(dict.fromkeys("ab", 0), {"a": 0, "b": 0})

    def test_get_set_delete(self):
        found = {}
        found["x"] = 1
        found["x"] = 2
        self.assertEqual((found["x"], found.get("y"), found.get("y", 5)), (2, None, 5))
        del found["x"]
        self.assertEqual(len(found), 0)

    def test_missing_key(self):
        with self.assertRaises(KeyError) as caught:
            {}["x"]
        self.assertEqual((str(caught.exception), caught.exception.args), ("'x'", ("x",)))
        with self.assertRaises(KeyError):
            del {}[1]

    def test_order_of_insertion(self):
        found = {"b": 1, "a": 2}
        found["c"] = 3
        found["b"] = 9
        del found["a"]
        found["a"] = 4
        self.assertEqual(list(found), ["b", "c", "a"])
        self.assertEqual(list(reversed(found)), ["a", "c", "b"])

    def test_equal_numbers_are_one_key(self):
        found = {1: "int"}
        found[1.0] = "float"
        found[True] = "bool"
        self.assertEqual(found, {1: "bool"})
        self.assertIs(type(list(found)[0]), int)

    def test_pop_and_setdefault(self):
        found = {"a": 1}
        self.assertEqual(found.setdefault("a", 9), 1)
        self.assertEqual(found.setdefault("b", 2), 2)
        self.assertEqual((found.pop("a"), found.pop("x", None), found.popitem()), (1, None, ("b", 2)))
        self.assertRaises(KeyError, found.pop, "a")
        self.assertRaises(KeyError, found.popitem)

    def test_update_and_merge(self):
        found = {"a": 1}
        found.update({"b": 2}, c=3)
        found |= {"a": 0}
        self.assertEqual(found, {"a": 0, "b": 2, "c": 3})
        self.assertEqual({"a": 1} | {"a": 2, "b": 3}, {"a": 2, "b": 3})

    def test_views_follow_the_dict(self):
        found = {"a": 1}
        keys, values, items = found.keys(), found.values(), found.items()
        found["b"] = 2
        self.assertEqual((list(keys), list(values), list(items)), (["a", "b"], [1, 2], [("a", 1), ("b", 2)]))
        self.assertEqual(keys & {"a", "z"}, {"a"})
        self.assertIn(("b", 2), items)
        self.assertEqual(len(values), 2)

    def test_change_of_size_while_iterating(self):
        found = {1: 1, 2: 2}
        with self.assertRaises(RuntimeError) as caught:
            for key in found:
                found[key + 10] = 0
        self.assertEqual(str(caught.exception), "dictionary changed size during iteration")

    def test_many_keys(self):
        found = {str(n): n for n in range(2000)}
        for n in range(0, 2000, 2):
            del found[str(n)]
        self.assertEqual(len(found), 1000)
        self.assertEqual(sum(found.values()), 1000 * 1000)
        self.assertEqual(found["1999"], 1999)

    def test_unhashable_key(self):
        with self.assertRaises(TypeError) as caught:
            {[]: 1}
        self.assertEqual(str(caught.exception), "unhashable type: 'list'")

    def test_keys_with_colliding_hashes(self):
        class Same:
            def __init__(self, n):
                self.n = n
            def __hash__(self):
                return 1
            def __eq__(self, other):
                return self.n == other.n
        found = {Same(n): n for n in range(20)}
        self.assertEqual([found[Same(n)] for n in range(20)], list(range(20)))
        del found[Same(7)]
        self.assertNotIn(Same(7), found)
        self.assertIn(Same(8), found)

    def test_error_in_comparison_comes_out(self):
        class Bad:
            def __hash__(self):
                return 1
            def __eq__(self, other):
                raise ZeroDivisionError
        found = {Bad(): 1}
        self.assertRaises(ZeroDivisionError, lambda: found[1])

    def test_equality_ignores_order(self):
        self.assertEqual({"a": 1, "b": 2}, {"b": 2, "a": 1})
        self.assertNotEqual({"a": 1}, {"a": 2})

    def test_repr(self):
        self.assertEqual(repr({"a": 1, 2: None}), "{'a': 1, 2: None}")
        found = {}
        found["self"] = found
        self.assertEqual(repr(found), "{'self': {...}}")
        found.clear()

    def test_missing_hook(self):
        class Zeros(dict):
            def __missing__(self, key):
                return 0
        self.assertEqual(Zeros()["x"], 0)
        self.assertIsNone(Zeros().get("x"))


if __name__ == "__main__":
    unittest.main()
