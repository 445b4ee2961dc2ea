"""collections."""

import unittest
from collections import Counter, defaultdict, deque, namedtuple


class CollectionsTests(unittest.TestCase):
    def test_defaultdict(self):
        found = defaultdict(list)
        found["a"].append(1)
        found["a"].append(2)
        self.assertEqual(found, {"a": [1, 2]})
        self.assertIsNone(found.get("b"))
        self.assertRaises(KeyError, lambda: defaultdict()["x"])

    def test_counter(self):
        counter = Counter("banana")
        self.assertEqual((counter["a"], counter["z"], len(counter)), (3, 0, 3))
        self.assertEqual(counter.most_common(2), [("a", 3), ("n", 2)])
        counter.update({"b": 4})
        self.assertEqual(counter["b"], 5)

    def test_deque_from_both_ends(self):
        queue = deque([1, 2])
        queue.append(3)
        queue.appendleft(0)
        self.assertEqual((list(queue), len(queue)), ([0, 1, 2, 3], 4))
        self.assertEqual([queue.popleft(), queue.pop(), queue.popleft(), queue.pop()], [0, 3, 1, 2])
        self.assertRaises(IndexError, queue.pop)
        self.assertRaises(IndexError, queue.popleft)

    def test_deque_as_a_queue(self):
        queue, seen = deque(), []
        for n in range(100):
            queue.append(n)
            if n % 3:
                seen.append(queue.popleft())
        while queue:
            seen.append(queue.popleft())
        self.assertEqual(seen, list(range(100)))

    def test_deque_with_a_limit(self):
        queue = deque(range(5), maxlen=3)
        self.assertEqual(list(queue), [2, 3, 4])
        queue.appendleft(9)
        self.assertEqual(list(queue), [9, 2, 3])

    def test_deque_equality_and_repr(self):
        self.assertEqual(deque([1, 2]), deque([1, 2]))
        self.assertNotEqual(deque([1]), [1])
        self.assertEqual(repr(deque("a")), "deque(['a'])")

    def test_namedtuple(self):
        Point = namedtuple("Point", "x y")
        p = Point(1, y=2)
        self.assertEqual((p.x, p.y, p == (1, 2), repr(p)), (1, 2, True, "Point(x=1, y=2)"))
        self.assertEqual((p._asdict(), p._replace(x=5), Point._fields), ({"x": 1, "y": 2}, (5, 2), ("x", "y")))
        self.assertRaises(TypeError, Point, 1)
        self.assertRaises(TypeError, Point, 1, 2, 3)


if __name__ == "__main__":
    unittest.main()
