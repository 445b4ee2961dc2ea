"""Text into bytes and back: UTF-8, UTF-16, latin-1, ASCII, and what the error handlers make of the rest."""

import unittest

TEXTS = ("", "a", "h\u00e9", "\u20ac\ud7ff\ue000\uffff", "\U00010000\U0010ffff", "mixed \u0416 \U0001f600 end")


class Utf16Tests(unittest.TestCase):
    def test_there_and_back(self):
        for text in TEXTS:
            for encoding in ("utf-16", "utf-16-le", "utf-16-be", "UTF16", "utf_16_le"):
                with self.subTest(text=text, encoding=encoding):
                    self.assertEqual(text.encode(encoding).decode(encoding), text)

    def test_bytes(self):
        self.assertEqual("a\u20ac".encode("utf-16-le"), b"a\0\xac\x20")
        self.assertEqual("a\u20ac".encode("utf-16-be"), b"\0a\x20\xac")
        self.assertEqual("\U0001f600".encode("utf-16-le"), b"\x3d\xd8\x00\xde")
        self.assertEqual("\U0001f600".encode("utf-16-be"), b"\xd8\x3d\xde\x00")
        self.assertIn("a".encode("utf-16"), (b"\xff\xfea\0", b"\xfe\xff\0a"))

    def test_a_byte_order_mark_chooses_and_goes(self):
        self.assertEqual(b"\xff\xfea\0".decode("utf-16"), "a")
        self.assertEqual(b"\xfe\xff\0a".decode("utf-16"), "a")
        self.assertEqual(b"\xff\xfea\0".decode("utf-16-le"), "\ufeffa")

    def test_what_cannot_be_decoded(self):
        for data, start, end, reason in ((b"a\0b", 2, 3, "truncated data"), (b"\x00\xdca\0", 0, 2, "illegal encoding"),
                                         (b"\x3d\xd8a\0", 0, 2, "illegal UTF-16 surrogate"), (b"\x3d\xd8", 0, 2, "unexpected end of data")):
            with self.subTest(data=data), self.assertRaises(UnicodeDecodeError) as caught:
                data.decode("utf-16-le")
            error = caught.exception
            self.assertEqual((error.object, error.start, error.end, error.reason), (data, start, end, reason))
            self.assertEqual(data.decode("utf-16-le", "replace").count("\ufffd"), 1)

    def test_a_lone_surrogate_cannot_be_encoded(self):
        with self.assertRaises(UnicodeEncodeError) as caught:
            "ab\ud800c".encode("utf-16-le")
        self.assertEqual((caught.exception.start, caught.exception.end, caught.exception.reason), (2, 3, "surrogates not allowed"))


class HandlerTests(unittest.TestCase):
    def test_encode(self):
        text = "a\u20ac\U0001f600b"
        for handler, expected in (("ignore", b"ab"), ("replace", b"a??b"), ("backslashreplace", b"a\\u20ac\\U0001f600b"),
                                  ("xmlcharrefreplace", b"a&#8364;&#128512;b")):
            with self.subTest(handler=handler):
                self.assertEqual(text.encode("ascii", handler), expected)
                self.assertEqual(text.encode("latin-1", handler), expected)

    def test_encode_refused(self):
        with self.assertRaises(UnicodeEncodeError) as caught:
            "ab\u20ac\u20acc".encode("ascii")
        error = caught.exception
        self.assertEqual((error.encoding, error.object, error.start, error.end), ("ascii", "ab\u20ac\u20acc", 2, 4))
        self.assertEqual(str(error), "'ascii' codec can't encode characters in position 2-3: ordinal not in range(128)")

    def test_decode(self):
        data = b"a\xff\xe2\x82b"
        for handler, expected in (("ignore", "ab"), ("replace", "a\ufffd\ufffdb"), ("backslashreplace", "a\\xff\\xe2\\x82b"),
                                  ("surrogateescape", "a\udcff\udce2\udc82b")):
            with self.subTest(handler=handler):
                self.assertEqual(data.decode("utf-8", handler), expected)
        self.assertEqual("a\udcff\udce2\udc82b".encode("utf-8", "surrogateescape"), data)

    def test_surrogates_pass_where_they_may(self):
        self.assertEqual("\ud800".encode("utf-8", "surrogatepass"), b"\xed\xa0\x80")
        self.assertRaises(UnicodeDecodeError, b"\xed\xa0\x80".decode)

    def test_unknown(self):
        self.assertRaises(LookupError, "a".encode, "no-such-encoding")
        self.assertRaises(LookupError, "\u20ac".encode, "ascii", "no-such-handler")


if __name__ == "__main__":
    unittest.main()
