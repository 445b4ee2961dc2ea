"""Every allocation of a small program fails once: MemoryError comes out, nothing else, and nothing is lost."""

import gc
import sys
import unittest

from test.support import rabbit_only


def lists():
    a = [3, 1, 2]
    a.extend(range(10))
    a[2:4] = [7, 8, 9]
    a.sort()
    return a + a, a * 2, repr(a), sorted(a, key=lambda x: -x), list(reversed(a))


def dicts():
    d = {i: str(i) for i in range(20)}
    d.update({1: 2}, x=3)
    return d | {5: 6}, list(d.items()), repr(d), d.keys() & {1}, dict(zip("ab", "cd"))


def sets():
    s = set("abcdefghijklm")
    return s | {1}, s & {"a"}, s ^ {"z"}, frozenset(s), repr(s), hash(frozenset(s))


def strings():
    s = "hello wörld ∀"
    return (s.upper(), s.split(), s.replace("l", "LL"), "%s %d %5.2f" % (s, 1, 2.5), "{:>10}|{!r}".format(s, s), s.encode(),
            s.title(), s.partition(" "), s.translate({104: "x"}), f"{s:>20}{1.5:.3f}", ascii(s))


def numbers():
    a = 3 ** 200
    return (a * a, divmod(a * a, a), pow(3, 100, 7), str(a), int("123456789" * 5), a << 100, a.to_bytes(60, "big"), a / 7,
            (0.1).as_integer_ratio(), float.fromhex("0x1.8p1"), complex(1, 2) * 2, round(12345, -2))


def byte_strings():
    b = bytearray(b"hello")
    b += b"x"
    return b.split(b"l"), b"a".join([b"b", b]), b.hex(), b.decode(), bytes(b).replace(b"l", b"LL")


def classes():
    class A:
        x = 1

        def f(self):
            return self.x

    class B(A):
        __slots__ = ("q",)

        def f(self):
            return super().f() + 1

    b = B()
    b.q = b.f()
    b.z = 4
    return vars(b), dir(b), repr(b), B.__mro__, int | B, list[B]


def errors():
    try:
        try:
            raise ValueError("x")
        except ValueError as e:
            raise KeyError(1) from e
    except KeyError as k:
        k.add_note("n")
        return repr(k), str(k)


def generators():
    def g():
        x = yield 1
        yield x

    i = g()
    return next(i), i.send(2), list(g()), list(map(str, [1, 2])), list(zip([1], [2])), list(enumerate("ab"))


def weak_references():
    import weakref

    class T:
        pass

    t = T()
    t.me = t
    r = weakref.ref(t, lambda dead: None)
    w = weakref.WeakSet([t])
    return r() is t, len(w), repr(r)[:5]


@rabbit_only
@unittest.skipUnless(hasattr(sys, "set_nomemory"), "a debug build is needed")
class SweepTest(unittest.TestCase):
    def once(self, program, n):
        """Run with allocation n failing; False when the program needs fewer."""
        gc.collect()
        sys.set_nomemory(n, n + 1)
        try:
            program()
        except MemoryError:
            pass
        return sys.clear_nomemory() > n

    def sweep(self, program):
        n = 0
        while self.once(program, n):
            n += 1
        return n

    def test_programs(self):
        for program in (lists, dicts, sets, strings, numbers, byte_strings, classes, errors, generators, weak_references):
            with self.subTest(program=program.__name__):
                program()
                first = self.sweep(program)
                gc.collect()
                before = sys.getallocatedblocks()
                again = self.sweep(program)
                gc.collect()
                self.assertGreater(first, 5)
                self.assertLess(abs(again - first), first)
                self.assertLess(sys.getallocatedblocks() - before, 8)

    def test_for_good(self):
        sys.set_nomemory(0)
        try:
            got = [0] * 1000
        except MemoryError:
            got = None
        sys.clear_nomemory()
        self.assertIsNone(got)

    def test_bad_bounds(self):
        with self.assertRaises(ValueError):
            sys.set_nomemory(-1)


if __name__ == "__main__":
    unittest.main()
