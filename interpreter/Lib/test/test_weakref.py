"""Weak references: told of death, never keeping alive."""

import gc
import unittest
import weakref


class Thing:
    def __init__(self, name="thing"):
        self.name = name

    def method(self):
        return self.name

    def __call__(self, x):
        return x + 1

    def __len__(self):
        return len(self.name)

    def __getitem__(self, i):
        return self.name[i]


class RefTest(unittest.TestCase):
    def test_target_and_death(self):
        thing = Thing()
        r = weakref.ref(thing)
        self.assertIs(r(), thing)
        del thing
        self.assertIsNone(r())
        self.assertIn("dead", repr(r))

    def test_shared_without_a_callback(self):
        thing = Thing()
        self.assertIs(weakref.ref(thing), weakref.ref(thing))
        self.assertIsNot(weakref.ref(thing, id), weakref.ref(thing))
        self.assertEqual(weakref.getweakrefcount(thing), 0)
        kept = [weakref.ref(thing), weakref.ref(thing, id), weakref.ref(thing, id)]
        self.assertEqual(weakref.getweakrefcount(thing), 3)
        self.assertEqual(sorted(map(id, weakref.getweakrefs(thing))), sorted(map(id, kept)))

    def test_callbacks_newest_first_and_all_dead(self):
        thing = Thing()
        seen = []
        plain = weakref.ref(thing)
        refs = []
        for i in range(3):
            refs.append(weakref.ref(thing, lambda r, i=i: seen.append((i, r is refs[i], r(), plain()))))
        del thing
        self.assertEqual(seen, [(2, True, None, None), (1, True, None, None), (0, True, None, None)])
        self.assertIsNone(refs[0].__callback__)

    def test_a_dead_reference_calls_nobody(self):
        thing, seen = Thing(), []
        r = weakref.ref(thing, seen.append)
        del r, thing
        self.assertEqual(seen, [])

    def test_equality_and_hash(self):
        a, b = [Name("x"), Name("x")]
        r, s = weakref.ref(a), weakref.ref(b)
        self.assertEqual(r, s)
        self.assertEqual(hash(r), hash(a))
        del a, b
        self.assertNotEqual(r, s)
        self.assertEqual(r, r)
        self.assertEqual(hash(r), hash("x"))
        with self.assertRaises(TypeError):
            hash(s)

    def test_what_cannot_be_referred_to(self):
        class Slotted:
            __slots__ = ("a",)

        class Pair(tuple):
            pass

        for value in (1, "s", (), [], {}, None, 1.5, b"", Slotted(), Pair(), Exception()):
            with self.assertRaises(TypeError):
                weakref.ref(value)

    def test_what_can(self):
        class Slotted:
            __slots__ = ("__weakref__",)

        class List(list):
            pass

        def generator():
            yield

        for value in (Slotted(), List(), {1}.copy(), frozenset([1]), lambda: 0, Thing().method, Thing, generator(), unittest, Oops(), Name("n")):
            self.assertIs(weakref.ref(value)(), value)

    def test_resurrection_keeps_the_reference(self):
        saved = []

        class Saved:
            def __del__(self):
                saved.append(self)

        s = Saved()
        r = weakref.ref(s)
        del s
        self.assertIs(r(), saved[0])
        saved.clear()
        self.assertIsNone(r())

    def test_in_a_cycle(self):
        seen = []
        a = Thing()
        a.self = a
        r = weakref.ref(a, lambda dead: seen.append(dead()))
        del a
        gc.collect()
        self.assertIsNone(r())
        self.assertEqual(seen, [None])

    def test_a_callback_that_is_garbage_too_is_not_called(self):
        seen = []
        a = Thing()
        a.self = a
        a.r = weakref.ref(a, seen.append)
        del a
        gc.collect()
        self.assertEqual(seen, [])

    def test_finalizers_run_with_references_already_cleared_or_not_at_all(self):
        seen = []

        class Node:
            def __del__(self):
                seen.append(self.r() is None)

        n = Node()
        n.self = n
        n.r = weakref.ref(n)
        del n
        gc.collect()
        self.assertEqual(len(seen), 1)

    def test_subclass(self):
        class Named(weakref.ref):
            def __init__(self, target, callback=None, name=""):
                super().__init__(target, callback)
                self.name = name

            def __new__(cls, target, callback=None, name=""):
                return super().__new__(cls, target, callback)

        thing = Thing()
        r = Named(thing, name="n")
        self.assertEqual((r.name, r()), ("n", thing))

    def test_reference_to_a_deep_chain(self):
        head = tail = Thing()
        for _ in range(1000):
            tail.next = Thing()
            tail = tail.next
        seen = []
        r = weakref.ref(tail, lambda dead: seen.append(dead()))
        del head, tail
        self.assertEqual((seen, r()), ([None], None))


class Name(str):
    pass


class Oops(Exception):
    pass


class ProxyTest(unittest.TestCase):
    def test_passes_everything_on(self):
        thing = Thing("abc")
        p = weakref.proxy(thing)
        self.assertEqual((p.name, len(p), p[1], "b" in p, list(p), str(p) == str(thing)), ("abc", 3, "b", True, ["a", "b", "c"], True))
        p.name = "xyz"
        self.assertEqual(thing.name, "xyz")
        self.assertEqual(p(1), 2)
        self.assertIs(type(p), weakref.CallableProxyType)
        self.assertEqual(p.method(), "xyz")
        with self.assertRaises(TypeError):
            hash(p)
        del thing
        with self.assertRaises(ReferenceError):
            p.name

    def test_arithmetic(self):
        class Number:
            def __add__(self, other):
                return 1

            def __radd__(self, other):
                return 2

        n = Number()
        p = weakref.proxy(n)
        self.assertEqual((p + 5, 5 + p), (1, 2))


class CollectionsTest(unittest.TestCase):
    def test_values(self):
        d = weakref.WeakValueDictionary()
        a, b = Thing(), Thing()
        d["a"], d["b"] = a, b
        self.assertEqual((len(d), d["a"], "b" in d, sorted(d)), (2, a, True, ["a", "b"]))
        del b
        self.assertEqual((len(d), list(d.items()), d.get("b"), "b" in d), (1, [("a", a)], None, False))
        with self.assertRaises(KeyError):
            d["b"]
        self.assertIs(d.pop("a"), a)

    def test_keys(self):
        d = weakref.WeakKeyDictionary()
        a, b = Thing(), Thing()
        d[a], d[b] = 1, 2
        del b
        self.assertEqual((len(d), d[a], list(d.values())), (1, 1, [1]))
        del d[a]
        self.assertNotIn(a, d)

    def test_set(self):
        a, b = Thing(), Thing()
        s = weakref.WeakSet([a, b])
        self.assertEqual(len(s), 2)
        del b
        self.assertEqual(list(s), [a])
        s.discard(a)
        self.assertNotIn(a, s)

    def test_methods(self):
        thing = Thing()
        seen = []
        m = weakref.WeakMethod(thing.method, seen.append)
        self.assertEqual(m()(), "thing")
        self.assertEqual(m, weakref.WeakMethod(thing.method))
        del thing
        self.assertIsNone(m())
        self.assertEqual(seen, [m])

    def test_finalize(self):
        thing, seen = Thing(), []
        f = weakref.finalize(thing, lambda *a, **k: seen.append((a, k)), 1, x=2)
        self.assertTrue(f.alive)
        self.assertIs(f.peek()[0], thing)
        del thing
        self.assertEqual((seen, f.alive, f()), ([((1,), {"x": 2})], False, None))
        other = Thing()
        f = weakref.finalize(other, seen.append, 1)
        self.assertIs(f.detach()[0], other)
        del other
        self.assertEqual(len(seen), 1)


if __name__ == "__main__":
    unittest.main()
