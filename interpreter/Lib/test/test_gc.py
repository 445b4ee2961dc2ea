"""The cycle collector and finalizers."""

import gc
import sys
import unittest


class Node:
    """Counts itself out when it dies."""

    def __init__(self, deaths):
        self.deaths = deaths
        self.other = None

    def __del__(self):
        self.deaths.append(1)


class GcTests(unittest.TestCase):
    def setUp(self):
        gc.collect()

    def test_reference_counts_free_at_once(self):
        deaths = []
        node = Node(deaths)
        del node
        self.assertEqual(len(deaths), 1)

    def test_a_cycle_of_two(self):
        deaths = []
        a, b = Node(deaths), Node(deaths)
        a.other, b.other = b, a
        del a, b
        self.assertEqual(len(deaths), 0)
        self.assertGreaterEqual(gc.collect(), 2)
        self.assertEqual(len(deaths), 2)

    def test_a_list_in_itself(self):
        items = []
        items.append(items)
        del items
        self.assertGreaterEqual(gc.collect(), 1)

    def test_a_dict_in_itself(self):
        found = {}
        found["self"] = found
        del found
        self.assertGreaterEqual(gc.collect(), 1)

    def test_an_instance_that_holds_its_method(self):
        class A:
            def f(self):
                return self
        a = A()
        a.g = a.f
        del a
        self.assertGreaterEqual(gc.collect(), 1)

    def test_a_function_that_holds_itself(self):
        def make():
            def f():
                return f
            return f
        make()
        self.assertGreaterEqual(gc.collect(), 1)

    def test_a_class_is_a_cycle(self):
        class A:
            pass
        del A
        self.assertGreaterEqual(gc.collect(), 1)

    def test_an_exception_that_holds_its_frame(self):
        def f():
            try:
                raise ValueError
            except ValueError as error:
                kept = error
            return 1
        f()
        self.assertGreaterEqual(gc.collect(), 1)

    def test_reachable_objects_stay(self):
        deaths = []
        a, b = Node(deaths), Node(deaths)
        a.other, b.other = b, a
        gc.collect()
        self.assertEqual((len(deaths), a.other is b, b.other is a), (0, True, True))
        a.other = None

    def test_a_generator_in_a_cycle(self):
        seen = []
        def f():
            try:
                yield lambda: g
            finally:
                seen.append(1)
        g = f()
        held = next(g)
        del g, held
        gc.collect()
        self.assertEqual(seen, [1])

    def test_resurrection(self):
        saved = []
        class Phoenix:
            def __del__(self):
                saved.append(self)
        bird = Phoenix()
        bird.me = bird
        del bird
        gc.collect()
        self.assertEqual(len(saved), 1)
        self.assertIs(saved[0].me, saved[0])
        saved[0].me = None
        saved.clear()

    def test_switch(self):
        self.assertTrue(gc.isenabled())
        gc.disable()
        self.assertFalse(gc.isenabled())
        gc.enable()
        self.assertTrue(gc.isenabled())

    def test_deep_chain_is_freed(self):
        chain = None
        for _ in range(50000):
            chain = (chain,)
        del chain
        chain = []
        for _ in range(50000):
            chain = [chain]
        del chain

    @unittest.skipUnless(hasattr(sys, "gettotalrefcount"), "needs a debug build")
    def test_counters_return(self):
        def work():
            return [str(n) for n in range(100)]
        work()
        gc.collect()
        before = sys.gettotalrefcount()
        for _ in range(5):
            work()
        gc.collect()
        self.assertLess(abs(sys.gettotalrefcount() - before), 5)

    def test_getrefcount(self):
        item = object()
        before = sys.getrefcount(item)
        held = [item, item]
        self.assertEqual(sys.getrefcount(item), before + 2)
        held.clear()
        self.assertEqual(sys.getrefcount(item), before)


if __name__ == "__main__":
    unittest.main()
