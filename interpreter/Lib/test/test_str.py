"""Text: searching, splitting, cases, slices, formats."""

import unittest


class SearchTests(unittest.TestCase):
    def test_find_and_index(self):
        self.assertEqual("banana".find("an"), 1)
        self.assertEqual("banana".rfind("an"), 3)
        self.assertEqual("banana".find("x"), -1)
        self.assertEqual("banana".index("nan"), 2)
        self.assertRaises(ValueError, "banana".index, "x")

    def test_find_within_bounds(self):
        self.assertEqual("banana".find("an", 2), 3)
        self.assertEqual("banana".find("an", 2, 4), -1)
        self.assertEqual("banana".find("", 3), 3)
        self.assertEqual("banana".find("", 6), 6)
        self.assertEqual("banana".find("", 7), -1)

    def test_bounds_from_the_end(self):
        self.assertEqual("banana".find("an", -3), 3)
        self.assertEqual("banana".find("b", -100), 0)
        self.assertEqual("banana".rfind("an", 0, -2), 1)
        self.assertEqual("banana".count("a", -3), 2)
        self.assertTrue("rabbit".startswith("bit", -3))
        self.assertRaises(ValueError, "banana".index, "b", -5)

    def test_count(self):
        self.assertEqual("aaaa".count("aa"), 2)
        self.assertEqual("abc".count(""), 4)
        self.assertEqual("banana".count("a", 2), 2)

    def test_in(self):
        self.assertIn("", "")
        self.assertIn("na", "banana")
        self.assertNotIn("nb", "banana")
        self.assertRaises(TypeError, lambda: 1 in "1")

    def test_startswith_and_endswith(self):
        self.assertTrue("rabbit".startswith("rab"))
        self.assertTrue("rabbit".startswith(("x", "ra")))
        self.assertTrue("rabbit".endswith("bit"))
        self.assertTrue("rabbit".startswith("bb", 2))
        self.assertFalse("rabbit".startswith("rabbits"))


class SplitTests(unittest.TestCase):
    def test_split_on_blanks(self):
        self.assertEqual("  a  b\tc\n".split(), ["a", "b", "c"])
        self.assertEqual("a b c".split(None, 1), ["a", "b c"])
        self.assertEqual("".split(), [])

    def test_split_on_text(self):
        self.assertEqual("a,,b".split(","), ["a", "", "b"])
        self.assertEqual("a,b,c".split(",", 1), ["a", "b,c"])
        self.assertEqual("a,b,c".rsplit(",", 1), ["a,b", "c"])
        self.assertRaises(ValueError, "a".split, "")

    def test_splitlines(self):
        self.assertEqual("a\nb\r\nc".splitlines(), ["a", "b", "c"])
        self.assertEqual("a\nb\n".splitlines(True), ["a\n", "b\n"])

    def test_partition(self):
        self.assertEqual("k=v=w".partition("="), ("k", "=", "v=w"))
        self.assertEqual("k=v=w".rpartition("="), ("k=v", "=", "w"))
        self.assertEqual("k".partition("="), ("k", "", ""))

    def test_join(self):
        self.assertEqual(", ".join(["a", "b", "c"]), "a, b, c")
        self.assertEqual("".join([]), "")
        with self.assertRaises(TypeError) as caught:
            "".join(["a", 1])
        self.assertEqual(str(caught.exception), "sequence item 1: expected str instance, int found")


class ChangeTests(unittest.TestCase):
    def test_cases(self):
        self.assertEqual("Rabbit hole".upper(), "RABBIT HOLE")
        self.assertEqual("Rabbit Hole".lower(), "rabbit hole")
        self.assertEqual("rABBIT hole".capitalize(), "Rabbit hole")
        self.assertEqual("rabbit hole".title(), "Rabbit Hole")
        self.assertEqual("aB".swapcase(), "Ab")

    def test_strip(self):
        self.assertEqual("  x ".strip(), "x")
        self.assertEqual("xxaxx".strip("x"), "a")
        self.assertEqual("abcba".lstrip("ab"), "cba")
        self.assertEqual("abcba".rstrip("ab"), "abc")

    def test_prefix_and_suffix(self):
        self.assertEqual("test_int.py".removesuffix(".py"), "test_int")
        self.assertEqual("test_int".removeprefix("test_"), "int")
        self.assertEqual("int".removeprefix("test_"), "int")

    def test_replace(self):
        self.assertEqual("banana".replace("a", "o"), "bonono")
        self.assertEqual("banana".replace("a", "o", 2), "bonona")
        self.assertEqual("ab".replace("", "-"), "-a-b-")

    def test_pad(self):
        self.assertEqual("42".zfill(5), "00042")
        self.assertEqual("-42".zfill(5), "-0042")
        self.assertEqual("x".ljust(3, ".") + "x".rjust(3) + "x".center(4, "*"), "x..  x*x**")


class SequenceTests(unittest.TestCase):
    def test_slices(self):
        text = "rabbit"
        self.assertEqual((text[1:3], text[-2:], text[::-1], text[10:], text[::2]), ("ab", "it", "tibbar", "", "rbi"))

    def test_index_out_of_range(self):
        with self.assertRaises(IndexError) as caught:
            "abc"[3]
        self.assertEqual(str(caught.exception), "string index out of range")

    def test_concatenate_and_repeat(self):
        self.assertEqual("ab" + "c" * 3, "abccc")
        self.assertEqual("x" * -1, "")
        self.assertEqual(3 * "ab", "ababab")

    def test_compare(self):
        self.assertLess("abc", "abd")
        self.assertLess("ab", "abc")
        self.assertLess("Z", "a")
        self.assertNotEqual("1", 1)

    def test_wide_characters(self):
        text = "aä€\U0001F407"
        self.assertEqual(len(text), 4)
        self.assertEqual([ord(c) for c in text], [97, 228, 8364, 128007])
        self.assertEqual(text[3], "\U0001F407")
        self.assertEqual(text.encode(), b"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x87")
        self.assertEqual(text.encode().decode(), text)

    def test_repr(self):
        self.assertEqual(repr("a'b"), '"a\'b"')
        self.assertEqual(repr('a\'"b'), "'a\\'\"b'")
        self.assertEqual(repr("\n\t\\\x00"), "'\\n\\t\\\\\\x00'")

    def test_tests_of_kind(self):
        self.assertTrue("abc".isalpha() and "123".isdigit() and "a1".isalnum() and " \n".isspace())
        self.assertTrue("ABC".isupper() and "abc1".islower() and "abc_1".isidentifier())
        self.assertFalse("".isalpha() or "1a".isdigit() or "1a".isidentifier())

    def test_hash_of_equal_texts(self):
        self.assertEqual(hash("rab" + "bit"), hash("rabbit"))


class FormatTests(unittest.TestCase):
    def test_percent(self):
        self.assertEqual("%s is %d" % ("x", 3), "x is 3")
        self.assertEqual("%5.1f|%-4s|%04d|%x|%%" % (2.25, "ab", 7, 255), "  2.2|ab  |0007|ff|%")
        self.assertEqual("%r" % "x", "'x'")
        self.assertRaises(TypeError, lambda: "%d" % "x")

    def test_format_method(self):
        self.assertEqual("{} {}".format(1, 2), "1 2")
        self.assertEqual("{1}{0}{1}".format("a", "b"), "bab")
        self.assertEqual("{name:>5}|{n:+d}".format(name="ab", n=3), "   ab|+3")
        self.assertRaises(IndexError, "{}".format)

    def test_format_specs(self):
        rows = (("abc", "^7", "  abc  "), ("abc", "*<5", "abc**"), (255, "#x", "0xff"), (1234567, ",", "1,234,567"), (5, "05", "00005"), (True, "", "True"))
        for value, spec, text in rows:
            with self.subTest(spec=spec):
                self.assertEqual(format(value, spec), text)


if __name__ == "__main__":
    unittest.main()
