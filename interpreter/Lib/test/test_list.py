"""Lists: growing, slices, sorting, searching."""

import unittest


class ListTests(unittest.TestCase):
    def test_make(self):
        self.assertEqual(list(), [])
        self.assertEqual(list("abc"), ["a", "b", "c"])
        self.assertEqual([*range(3), 9], [0, 1, 2, 9])

    def test_append_extend_insert(self):
        items = [1]
        items.append(2)
        items.extend((3, 4))
        items += [5]
        items.insert(0, 0)
        items.insert(-1, "x")
        items.insert(100, "end")
        self.assertEqual(items, [0, 1, 2, 3, 4, "x", 5, "end"])

    def test_extend_with_itself(self):
        items = [1, 2]
        items.extend(items)
        self.assertEqual(items, [1, 2, 1, 2])

    def test_pop_and_remove(self):
        items = [1, 2, 3, 2]
        self.assertEqual(items.pop(), 2)
        self.assertEqual(items.pop(0), 1)
        items.remove(2)
        self.assertEqual(items, [3])
        self.assertRaises(ValueError, items.remove, 2)
        with self.assertRaises(IndexError) as caught:
            [].pop()
        self.assertEqual(str(caught.exception), "pop from empty list")

    def test_index_within_bounds(self):
        items = ["a", "b", "a", "c"]
        self.assertEqual(items.index("a"), 0)
        self.assertEqual(items.index("a", 1), 2)
        self.assertRaises(ValueError, items.index, "a", 3)
        self.assertRaises(ValueError, items.index, "c", 0, 3)

    def test_count_reverse_clear_copy(self):
        items = [1, 2, 1]
        copied = items.copy()
        items.reverse()
        items.append(0)
        self.assertEqual((items, copied, copied.count(1)), ([1, 2, 1, 0], [1, 2, 1], 2))
        copied.clear()
        self.assertEqual(copied, [])

    def test_get_slices(self):
        items = list(range(6))
        self.assertEqual((items[1:4], items[::2], items[::-2], items[-2:], items[4:1]), ([1, 2, 3], [0, 2, 4], [5, 3, 1], [4, 5], []))

    def test_set_slices(self):
        items = list(range(5))
        items[1:3] = ["x"]
        self.assertEqual(items, [0, "x", 3, 4])
        items[1:1] = [7, 8]
        self.assertEqual(items, [0, 7, 8, "x", 3, 4])
        items[::2] = ["a", "b", "c"]
        self.assertEqual(items, ["a", 7, "b", "x", "c", 4])
        with self.assertRaises(ValueError):
            items[::2] = [1]

    def test_set_slice_to_itself(self):
        items = [1, 2, 3]
        items[1:1] = items
        self.assertEqual(items, [1, 1, 2, 3, 2, 3])

    def test_delete(self):
        items = list(range(6))
        del items[0]
        del items[-1]
        del items[1:3]
        self.assertEqual(items, [1, 4])
        with self.assertRaises(IndexError):
            del items[5]

    def test_out_of_range(self):
        with self.assertRaises(IndexError) as caught:
            [1][1]
        self.assertEqual(str(caught.exception), "list index out of range")
        with self.assertRaises(TypeError) as caught:
            key = "0"
            [1][key]
        self.assertEqual(str(caught.exception), "list indices must be integers or slices, not str")

    def test_repeat(self):
        self.assertEqual([0] * 3 + 2 * ["x"], [0, 0, 0, "x", "x"])
        rows = [[]] * 2
        rows[0].append(1)
        self.assertEqual(rows, [[1], [1]])

    def test_compare(self):
        self.assertLess([1, 2], [1, 3])
        self.assertLess([1], [1, 0])
        self.assertNotEqual([1], (1,))
        self.assertRaises(TypeError, lambda: [1] < [None])

    def test_repr_of_a_list_in_itself(self):
        items = [1]
        items.append(items)
        self.assertEqual(repr(items), "[1, [...]]")
        items.clear()

    def test_iterate_while_growing(self):
        items = [1, 2]
        seen = []
        for item in items:
            seen.append(item)
            if len(items) < 4:
                items.append(item * 10)
        self.assertEqual(seen, [1, 2, 10, 20])

    def test_unpack(self):
        first, *middle, last = [1, 2, 3, 4]
        self.assertEqual((first, middle, last), (1, [2, 3], 4))
        with self.assertRaises(ValueError):
            a, b = [1]

    def test_unhashable(self):
        with self.assertRaises(TypeError) as caught:
            hash([])
        self.assertEqual(str(caught.exception), "unhashable type: 'list'")


class SortTests(unittest.TestCase):
    def test_sort_in_place(self):
        items = [3, 1, 2]
        self.assertIsNone(items.sort())
        self.assertEqual(items, [1, 2, 3])

    def test_key_and_reverse_are_stable(self):
        words = ["bb", "a", "cc", "d", "aa"]
        self.assertEqual(sorted(words, key=len), ["a", "d", "bb", "cc", "aa"])
        self.assertEqual(sorted(words, key=len, reverse=True), ["bb", "cc", "aa", "a", "d"])

    def test_many_values(self):
        value, items = 1, []
        for _ in range(500):
            value = value * 16807 % 2147483647
            items.append(value % 100)
        self.assertEqual(sorted(items), [n for n in range(100) for _ in range(items.count(n))])

    def test_error_in_comparison_keeps_the_items(self):
        items = [3, "x", 1]
        self.assertRaises(TypeError, items.sort)
        self.assertCountEqual(items, [3, "x", 1])


if __name__ == "__main__":
    unittest.main()
