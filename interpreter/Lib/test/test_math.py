"""math."""

import math
import unittest


class MathTests(unittest.TestCase):
    def test_constants(self):
        self.assertEqual(repr(math.pi), "3.141592653589793")
        self.assertEqual(repr(math.e), "2.718281828459045")
        self.assertEqual(math.inf, float("inf"))
        self.assertNotEqual(math.nan, math.nan)

    def test_roots_and_powers(self):
        self.assertEqual((math.sqrt(2), math.pow(2, 10), math.hypot(3, 4)), (1.4142135623730951, 1024.0, 5.0))
        self.assertRaises(ValueError, math.sqrt, -1)

    def test_isqrt(self):
        for n in (1, 15, 16, 17, 10 ** 40 - 1, 10 ** 40):
            with self.subTest(n=n):
                root = math.isqrt(n)
                self.assertTrue(root * root <= n < (root + 1) ** 2)
        self.assertRaises(ValueError, math.isqrt, -1)

    def test_isqrt_of_zero(self):
        self.assertEqual(math.isqrt(0), 0)
        self.assertEqual(math.isqrt(False), 0)

    def test_rounding_gives_ints(self):
        self.assertEqual((math.floor(-1.5), math.ceil(-1.5), math.trunc(-1.5)), (-2, -1, -1))
        self.assertIsInstance(math.floor(1.5), int)

    def test_logarithms(self):
        self.assertEqual((math.log(1), math.log2(8), math.log10(1000), math.log(8, 2)), (0.0, 3.0, 3.0, 3.0))
        self.assertRaises(ValueError, math.log, 0)
        self.assertAlmostEqual(math.exp(math.log(5)), 5.0)

    def test_trigonometry(self):
        self.assertEqual((math.sin(0), math.cos(0), math.atan2(0, 1)), (0.0, 1.0, 0.0))
        self.assertAlmostEqual(math.tan(math.pi / 4), 1.0)
        self.assertAlmostEqual(math.degrees(math.pi), 180.0)

    def test_gcd_and_factorial(self):
        self.assertEqual((math.gcd(12, 18), math.gcd(0, 5), math.gcd(-4, 6)), (6, 5, 2))
        self.assertEqual(math.factorial(20), 2432902008176640000)
        self.assertRaises(ValueError, math.factorial, -1)

    def test_kinds_of_numbers(self):
        self.assertTrue(math.isnan(math.nan) and math.isinf(-math.inf) and math.isfinite(1))
        self.assertTrue(math.isclose(0.1 + 0.2, 0.3))

    def test_sign_and_remainder(self):
        self.assertEqual((math.fabs(-2), math.copysign(1, -0.0), math.fmod(-7, 3)), (2.0, -1.0, -1.0))

    def test_what_is_no_number(self):
        self.assertRaises(TypeError, math.sqrt, "4")


if __name__ == "__main__":
    unittest.main()
