"""range: of any size, a sequence that is never written out."""

import unittest

HUGE = 10**30
SHAPES = (range(0), range(5), range(2, 20, 3), range(20, 2, -3), range(5, 5), range(7, 1))


class RangeTests(unittest.TestCase):
    def test_items(self):
        for r, items in ((range(3), [0, 1, 2]), (range(1, 4), [1, 2, 3]), (range(1, 8, 3), [1, 4, 7]), (range(3, 0, -1), [3, 2, 1]),
                         (range(3, 0), []), (range(0, 3, -1), [])):
            with self.subTest(r=r):
                self.assertEqual((list(r), len(r), bool(r)), (items, len(items), bool(items)))
                self.assertEqual(list(reversed(r)), items[::-1])

    def test_slices_are_ranges(self):
        bounds = (None, -30, -3, -1, 0, 1, 2, 30)
        for r in SHAPES:
            for start in bounds:
                for stop in bounds:
                    for step in (None, 1, 2, -1, -5):
                        part = r[start:stop:step]
                        self.assertIsInstance(part, range)
                        self.assertEqual(list(part), list(r)[start:stop:step])

    def test_index_count_in(self):
        for r in SHAPES:
            items = list(r)
            for x in range(-3, 25):
                self.assertEqual((x in r, r.count(x)), (x in items, items.count(x)))
                if x in items:
                    self.assertEqual(r.index(x), items.index(x))
                else:
                    self.assertRaises(ValueError, r.index, x)
        self.assertIn(2.0, range(3))
        self.assertNotIn(2.5, range(3))
        self.assertNotIn("2", range(3))

    def test_equal_when_the_items_are(self):
        self.assertEqual(range(0, 3, 2), range(0, 4, 2))
        self.assertEqual(hash(range(0, 3, 2)), hash(range(0, 4, 2)))
        self.assertEqual(range(0), range(5, 5, 3))
        self.assertNotEqual(range(3), [0, 1, 2])
        self.assertNotEqual(range(3), range(4))

    def test_repr_and_parts(self):
        self.assertEqual((repr(range(3)), repr(range(1, 3)), repr(range(1, 9, 2))), ("range(0, 3)", "range(1, 3)", "range(1, 9, 2)"))
        r = range(1, HUGE, 7)
        self.assertEqual((r.start, r.stop, r.step), (1, HUGE, 7))
        with self.assertRaises(AttributeError):
            r.start = 0

    def test_refused(self):
        self.assertRaisesRegex(ValueError, "must not be zero", range, 1, 2, 0)
        for arguments in ((), (1.0,), ("1",), (1, 2, 3, 4)):
            self.assertRaises(TypeError, range, *arguments)
        self.assertRaises(IndexError, lambda: range(3)[3])
        self.assertRaises(IndexError, lambda: range(3)[-4])
        self.assertRaises(TypeError, lambda: range(3)["0"])


class HugeTests(unittest.TestCase):
    """What does not fit into a machine word."""

    def test_steps_and_items(self):
        r = range(HUGE, HUGE + 10, 3)
        self.assertEqual(list(r), [HUGE, HUGE + 3, HUGE + 6, HUGE + 9])
        self.assertEqual((len(r), r[-1], r[1:3]), (4, HUGE + 9, range(HUGE + 3, HUGE + 9, 3)))
        self.assertEqual(list(reversed(r)), list(r)[::-1])

    def test_a_length_beyond_the_word(self):
        r = range(-HUGE, HUGE, 2)
        self.assertRaises(OverflowError, len, r)
        self.assertTrue(r)
        self.assertEqual((r[0], r[-1], r[10**20], r[HUGE - 1]), (-HUGE, HUGE - 2, 2 * 10**20 - HUGE, HUGE - 2))
        self.assertRaises(IndexError, lambda: r[HUGE])
        self.assertEqual((r.index(0), r.count(0), r.count(1)), (HUGE // 2, 1, 0))
        self.assertIn(10**20, r)
        self.assertNotIn(10**20 + 1, r)
        self.assertEqual(r[::-1], range(HUGE - 2, -HUGE - 2, -2))

    def test_at_the_edge_of_the_word(self):
        edge = 2**63
        self.assertEqual(list(range(edge - 2, edge + 2)), [edge - 2, edge - 1, edge, edge + 1])
        self.assertEqual(list(range(-edge - 1, -edge + 1)), [-edge - 1, -edge])
        self.assertEqual(list(range(edge - 1, edge + 2**62, 2**62)), [edge - 1, edge - 1 + 2**62])
        self.assertEqual(len(range(0, edge - 1)), edge - 1)
        self.assertRaises(OverflowError, len, range(0, edge))
        self.assertEqual(len(range(-edge, edge, 2**40)), 2**24)

    def test_equal_and_hash(self):
        self.assertEqual(range(0, HUGE + 1, 2), range(0, HUGE + 2, 2))
        self.assertEqual(hash(range(0, HUGE + 1, 2)), hash(range(0, HUGE + 2, 2)))
        self.assertNotEqual(range(HUGE), range(HUGE + 1))

    def test_iterator(self):
        it = iter(range(HUGE, HUGE + 3))
        self.assertEqual((next(it), it.__length_hint__()), (HUGE, 2))
        self.assertEqual(list(it), [HUGE + 1, HUGE + 2])
        self.assertRaises(StopIteration, next, it)


if __name__ == "__main__":
    unittest.main()
