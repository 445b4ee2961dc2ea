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


class Kept:
    """Saves itself from the collector, once."""

    saved = []

    def __init__(self):
        self.me = self

    def __del__(self):
        Kept.saved.append(self)


class CollectionTests(unittest.TestCase):
    def setUp(self):
        gc.collect()

    def test_resurrection_happens_once(self):
        Kept()
        gc.collect()
        self.assertEqual(len(Kept.saved), 1)
        kept = Kept.saved.pop()
        self.assertIs(kept.me, kept)
        self.assertTrue(gc.is_finalized(kept))
        del kept
        gc.collect()
        self.assertEqual(Kept.saved, [])

    def test_all_finalizers_run_before_anything_is_taken_apart(self):
        seen = []

        class Ring:
            def __del__(self):
                seen.append(self.other.other is self)

        a, b = Ring(), Ring()
        a.other, b.other = b, a
        del a, b
        gc.collect()
        self.assertEqual(seen, [True, True])

    def test_saved_by_a_neighbour(self):
        saved = []

        class Plain:
            pass

        class Saviour:
            def __del__(self):
                saved.append(self.plain)

        s = Saviour()
        s.plain = Plain()
        s.plain.back = s
        s.plain.data = [1, 2]
        del s
        gc.collect()
        self.assertEqual(saved[0].data, [1, 2])
        self.assertIs(saved[0].back.plain, saved[0])

    def test_generations(self):
        young = []
        self.assertTrue(any(o is young for o in gc.get_objects(generation=0)))
        gc.collect(0)
        self.assertFalse(any(o is young for o in gc.get_objects(generation=0)))
        self.assertTrue(any(o is young for o in gc.get_objects()))
        with self.assertRaises(ValueError):
            gc.collect(3)
        with self.assertRaises(ValueError):
            gc.collect(-1)

    def test_thresholds(self):
        old = gc.get_threshold()
        try:
            gc.set_threshold(5, 6, 7)
            self.assertEqual(gc.get_threshold(), (5, 6, 7))
            gc.set_threshold(0)
            self.assertEqual(gc.get_threshold()[0], 0)
        finally:
            gc.set_threshold(*old)
        self.assertEqual(len(gc.get_count()), 3)

    def test_runs_by_itself(self):
        deaths = []
        for _ in range(2000):
            node = Node(deaths)
            node.other = node
        self.assertGreater(len(deaths), 0)

    def test_does_not_run_when_disabled(self):
        deaths = []
        gc.disable()
        try:
            self.assertFalse(gc.isenabled())
            for _ in range(2000):
                node = Node(deaths)
                node.other = node
            self.assertEqual(deaths, [])
        finally:
            gc.enable()
        del node
        self.assertGreaterEqual(gc.collect(), 2000)

    def test_referrers_and_referents(self):
        target = Node([])
        holder = [target]
        self.assertTrue(any(o is holder for o in gc.get_referrers(target)))
        self.assertEqual(gc.get_referents(holder), [target])
        self.assertEqual(gc.get_referents(1, "s"), [])
        self.assertTrue(any(o is target.deaths for o in gc.get_referents(target) + gc.get_referents(target.__dict__)))

    def test_tracking(self):
        self.assertFalse(gc.is_tracked(1))
        self.assertFalse(gc.is_tracked("a"))
        self.assertTrue(gc.is_tracked([]))
        pair = tuple([1, "a"])
        gc.collect()
        self.assertFalse(gc.is_tracked(pair))
        pair = tuple([1, []])
        gc.collect()
        self.assertTrue(gc.is_tracked(pair))

    def test_callbacks(self):
        seen = []

        def note(phase, info):
            seen.append((phase, info["generation"], sorted(info)))

        gc.callbacks.append(note)
        try:
            gc.collect(1)
        finally:
            gc.callbacks.remove(note)
        names = ["collected", "generation", "uncollectable"]
        self.assertEqual(seen, [("start", 1, names), ("stop", 1, names)])

    def test_save_all(self):
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            node = Node([])
            node.other = node
            del node
            gc.collect()
        finally:
            gc.set_debug(0)
        self.assertTrue(any(isinstance(o, Node) for o in gc.garbage))
        gc.garbage.clear()
        gc.collect()

    def test_freeze(self):
        gc.freeze()
        self.assertGreater(gc.get_freeze_count(), 0)
        gc.unfreeze()
        self.assertEqual(gc.get_freeze_count(), 0)

    def test_statistics(self):
        before = gc.get_stats()[2]["collections"]
        gc.collect()
        self.assertEqual(gc.get_stats()[2]["collections"], before + 1)

    def test_classes_and_their_instances(self):
        import weakref

        def make():
            class C:
                pass
            c = C()
            C.instance = c
            return weakref.ref(C), weakref.ref(c)

        refs = make()
        gc.collect()
        self.assertEqual([r() for r in refs], [None, None])


if __name__ == "__main__":
    unittest.main()
