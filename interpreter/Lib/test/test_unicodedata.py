"""What is known of characters: categories, names, normal form KC."""

import unicodedata
import unittest


class DatabaseTest(unittest.TestCase):
    def test_category(self):
        rows = {"A": "Lu", "ǅ": "Lt", "ä": "Ll", "ª": "Lo", "5": "Nd", "Ⅷ": "Nl", " ": "Zs", "\n": "Cc", "\u0301": "Mn", "\ud800": "Cs", "€": "Sc"}
        self.assertEqual({c: unicodedata.category(c) for c in rows}, rows)

    def test_names(self):
        rows = {"LATIN SMALL LETTER A": "a", "greek small letter final sigma": "ς", "LINE FEED": "\n", "SNOWMAN": "☃",
                "HANGUL SYLLABLE GAG": "각", "HANGUL SYLLABLE A": "아", "CJK UNIFIED IDEOGRAPH-4E00": "一", "GRINNING FACE": "\U0001f600"}
        self.assertEqual({name: unicodedata.lookup(name) for name in rows}, rows)

    def test_unknown_names(self):
        for name in ("", "NO SUCH CHARACTER", "CJK UNIFIED IDEOGRAPH-0041", "HANGUL SYLLABLE XYZ", "X" * 1000):
            with self.assertRaises(KeyError):
                unicodedata.lookup(name)

    def test_normal_form(self):
        rows = {"ﬁ": "fi", "e\u0301": "é", "Å": "Å", "①": "1", "각": "각", "a\u0327\u0301": "á\u0327", "a\u0301\u0327": "á\u0327",
                "ＡＢＣ": "ABC", "ſ": "s"}
        self.assertEqual({s: unicodedata.normalize("NFKC", s) for s in rows}, rows)

    def test_digits(self):
        self.assertEqual([unicodedata.digit(c, None) for c in "7٣²x"], [7, 3, 2, None])
        with self.assertRaises(ValueError):
            unicodedata.digit("x")


if __name__ == "__main__":
    unittest.main()
