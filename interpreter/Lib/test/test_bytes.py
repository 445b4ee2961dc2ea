"""bytes and bytearray."""

import unittest


class BothTest(unittest.TestCase):
    def both(self):
        return bytes, bytearray

    def test_letters_are_ascii_only(self):
        for kind in self.both():
            b = kind(b"aB\xe4 \xc4")
            self.assertEqual((b.upper(), b.lower(), b.title(), b.swapcase()), (b"AB\xe4 \xc4", b"ab\xe4 \xc4", b"Ab\xe4 \xc4", b"Ab\xe4 \xc4"))
            self.assertFalse(kind(b"\xe4").isalpha())
            self.assertEqual(kind(b"x\x85y\xa0z").split(), [b"x\x85y\xa0z"])
            self.assertEqual(kind(b"a\x0bb\r\nc").splitlines(), [b"a\x0bb", b"c"])

    def test_find_takes_a_number_too(self):
        for kind in self.both():
            b = kind(b"abcabc")
            self.assertEqual((b.find(b"c"), b.find(99), b.rfind(99), b.count(97), b.index(b"b", 2), 98 in b), (2, 2, 5, 2, 4, True))
            with self.assertRaises(ValueError):
                b.find(256)
            with self.assertRaises(TypeError):
                b.find("a")

    def test_made_of_and_into(self):
        for kind in self.both():
            self.assertEqual((kind(3), kind([1, 2]), kind("é", "utf-8"), kind.fromhex("de ad")), (b"\0\0\0", b"\1\2", b"\xc3\xa9", b"\xde\xad"))
            self.assertEqual(kind(b"\xde\xad\xbe").hex(":"), "de:ad:be")
            with self.assertRaises(ValueError):
                kind([256])
            with self.assertRaises(TypeError):
                kind("text")
        self.assertEqual(b"-".join([b"a", bytearray(b"b")]), b"a-b")
        self.assertEqual((type(b"a" + bytearray(b"b")), type(bytearray(b"a") + b"b")), (bytes, bytearray))


class BytearrayTest(unittest.TestCase):
    def test_changes(self):
        a = bytearray(b"abc")
        a.append(100)
        a += b"ef"
        a.extend([103])
        a[0] = 65
        a[1:3] = b"xyz"
        del a[0]
        a.insert(1, 66)
        self.assertEqual((a, a.pop(), a.pop(0)), (b"ByzdefgX"[:0] + bytearray(b"Byzdef"), 103, 120))
        a.reverse()
        a.remove(100)
        self.assertEqual(a, b"fezyB")
        a[::2] = b"123"
        self.assertEqual(a, b"1e2y3")
        del a[::2]
        self.assertEqual(a, b"ey")
        a.clear()
        self.assertEqual(len(a), 0)

    def test_errors(self):
        a = bytearray(b"ab")
        with self.assertRaises(ValueError):
            a.append(256)
        with self.assertRaises(IndexError):
            a[2]
        with self.assertRaises(ValueError):
            a[::2] = b"xyz"
        with self.assertRaises(TypeError):
            hash(a)
        with self.assertRaises(IndexError):
            bytearray().pop()


class PercentTests(unittest.TestCase):
    def test_forms(self):
        for form, values, expected in (
            (b"%d|%5d|%-5d|%05d|%+d", (1, 2, 3, 4, 5), b"1|    2|3    |00004|+5"),
            (b"%x %X %#x %o %#o", (255, 255, 255, 8, 8), b"ff FF 0xff 10 0o10"),
            (b"%5.2f %e %g", (1.5, 1.5, 1.5), b" 1.50 1.500000e+00 1.5"),
            (b"%b %s", (b"raw", bytearray(b"too")), b"raw too"),
            (b"%c%c", (65, b"B"), b"AB"),
            (b"%r %a", ("\u00e9", "\u00e9"), b"'\\xe9' '\\xe9'"),
            (b"%.2b|%4b|%-4b|", (b"abc", b"a", b"b"), b"ab|   a|b   |"),
            (b"%%%d", 7, b"%7"),
            (b"%*d %.*b", (4, 1, 2, b"abc"), b"   1 ab"),
            (b"%(a)b-%(b)d", {b"a": b"x", b"b": 2}, b"x-2"),
        ):
            with self.subTest(form=form):
                self.assertEqual(form % values, expected)
                made = bytearray(form) % values
                self.assertEqual((type(made), made), (bytearray, expected))

    def test_refused(self):
        for form, values, error in ((b"%b", "text", TypeError), (b"%s", 1, TypeError), (b"%d", "1", TypeError), (b"%c", 256, OverflowError),
                                    (b"%c", b"ab", TypeError), (b"%d %d", (1,), TypeError), (b"%d", (1, 2), TypeError), (b"%y", 1, ValueError),
                                    (b"%", 1, ValueError), (b"%(a)d", 1, TypeError), (b"%(a)d", {"a": 1}, KeyError)):
            with self.subTest(form=form), self.assertRaises(error):
                form % values


if __name__ == "__main__":
    unittest.main()
