"""Integers: arithmetic of any size, conversion, bits."""

import sys
import unittest


class ArithmeticTests(unittest.TestCase):
    def test_small_sums_and_products(self):
        self.assertEqual(2 + 3, 5)
        self.assertEqual(2 - 3, -1)
        self.assertEqual(-4 * 25, -100)
        self.assertEqual(7 ** 3, 343)

    def test_division_rounds_towards_minus_infinity(self):
        for a, b, quotient, rest in ((7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1)):
            with self.subTest(a=a, b=b):
                self.assertEqual(a // b, quotient)
                self.assertEqual(a % b, rest)
                self.assertEqual(divmod(a, b), (quotient, rest))

    def test_division_by_zero(self):
        for operation in (lambda: 1 // 0, lambda: 1 % 0, lambda: divmod(1, 0), lambda: 1 / 0):
            self.assertRaises(ZeroDivisionError, operation)

    def test_true_division_gives_a_float(self):
        self.assertEqual(7 / 2, 3.5)
        self.assertIsInstance(4 / 2, float)

    def test_beyond_the_machine_word(self):
        big = 2 ** 100
        self.assertEqual(big, 1267650600228229401496703205376)
        self.assertEqual(big - 1 + 1, big)
        self.assertEqual(big // 2 ** 98, 4)
        self.assertEqual((big + 7) % 10, 3)
        self.assertEqual(-big // 3, -422550200076076467165567735126)

    def test_multiply_and_divide_back(self):
        a, b = 3 ** 200, 7 ** 90
        self.assertEqual(a * b // b, a)
        self.assertEqual((a * b + 12345) % b, 12345 % b)
        self.assertEqual(divmod(-a, b), (-a // b, -a % b))

    def test_karatsuba_against_the_binomial_theorem(self):
        a, b = 10 ** 700 + 3, 10 ** 650 + 7
        self.assertEqual((a + b) ** 2, a * a + 2 * a * b + b * b)

    def test_power(self):
        self.assertEqual(pow(3, 4, 5), 1)
        self.assertEqual(pow(2, 1000, 1009), 2 ** 1000 % 1009)
        self.assertEqual(2 ** -1, 0.5)
        self.assertEqual((-2) ** 3, -8)
        self.assertEqual(0 ** 0, 1)

    def test_unary(self):
        self.assertEqual(-(-5), 5)
        self.assertEqual(+5, 5)
        self.assertEqual(~5, -6)
        self.assertEqual(abs(-2 ** 70), 2 ** 70)


class BitTests(unittest.TestCase):
    def test_and_or_xor_of_negatives(self):
        for a in (0, 1, -1, 5, -6, 2 ** 40, -2 ** 40):
            for b in (0, 3, -3, 2 ** 35 + 1):
                with self.subTest(a=a, b=b):
                    self.assertEqual((a & b) + (a | b), a + b)
                    self.assertEqual(a ^ b, (a | b) - (a & b))

    def test_shifts(self):
        self.assertEqual(1 << 70, 2 ** 70)
        self.assertEqual((1 << 70) >> 68, 4)
        self.assertEqual(-1 >> 3, -1)
        self.assertEqual(-9 >> 1, -5)
        self.assertRaises(ValueError, lambda: 1 << -1)

    def test_bit_length(self):
        self.assertEqual([n.bit_length() for n in (0, 1, -1, 255, 256, 2 ** 64)], [0, 1, 1, 8, 9, 65])


class ConversionTests(unittest.TestCase):
    def test_from_text(self):
        self.assertEqual(int("  42\n"), 42)
        self.assertEqual(int("-0"), 0)
        self.assertEqual(int("ff", 16), 255)
        self.assertEqual(int("0b101", 0), 5)
        self.assertEqual(int("1_000"), 1000)

    def test_from_bad_text(self):
        for text in ("", "x", "1x", "1__0", "_1", "0x10"):
            with self.subTest(text=text):
                self.assertRaises(ValueError, int, text)
        with self.assertRaises(ValueError) as caught:
            int("spam")
        self.assertEqual(str(caught.exception), "invalid literal for int() with base 10: 'spam'")

    def test_from_float_cuts_towards_zero(self):
        self.assertEqual([int(x) for x in (2.9, -2.9, 1e20)], [2, -2, 100000000000000000000])

    def test_to_text_and_back(self):
        for n in (0, -1, 10 ** 50, -3 ** 77):
            self.assertEqual(int(str(n)), n)
            self.assertEqual(int(hex(n), 16), n)

    def test_bases(self):
        self.assertEqual((hex(255), oct(8), bin(-5)), ("0xff", "0o10", "-0b101"))

    def test_literals(self):
        self.assertEqual((0xFF, 0o17, 0b11, 1_000_000), (255, 15, 3, 1000000))


class ComparisonTests(unittest.TestCase):
    def test_order(self):
        numbers = [3, -2 ** 80, 0, 2 ** 80, -1]
        self.assertEqual(sorted(numbers), [-2 ** 80, -1, 0, 3, 2 ** 80])

    def test_equal_numbers_have_equal_hashes(self):
        self.assertEqual(hash(1), hash(1.0))
        self.assertEqual(hash(True), hash(1))
        self.assertEqual(hash(-1), -2)
        self.assertEqual(hash(2 ** 61 - 1), 0)

    def test_bool_is_an_int(self):
        self.assertEqual(True + True, 2)
        self.assertIsInstance(False, int)

    def test_small_ints_are_one_object(self):
        a, b = int("200"), int("200")
        self.assertIs(a, b)

    def test_type_error_names_both_types(self):
        with self.assertRaises(TypeError) as caught:
            1 + "1"
        self.assertEqual(str(caught.exception), "unsupported operand type(s) for +: 'int' and 'str'")

    def test_subclass_keeps_its_reflected_operation(self):
        class Upper(int):
            def __radd__(self, other):
                return "reflected"
        self.assertEqual(1 + Upper(2), "reflected")
        self.assertEqual(Upper(2) + 1, 3)

    def test_maxsize(self):
        self.assertEqual(sys.maxsize, 2 ** 63 - 1)


if __name__ == "__main__":
    unittest.main()
