"""Floating point: arithmetic, text, rounding."""

import unittest

INF = float("inf")
NAN = float("nan")


class FloatTests(unittest.TestCase):
    def test_arithmetic(self):
        self.assertEqual(0.5 + 0.25, 0.75)
        self.assertEqual(7.5 // 2, 3.0)
        self.assertEqual(-7.5 % 2, 0.5)
        self.assertEqual(2.0 ** 0.5, 1.4142135623730951)

    def test_division_by_zero(self):
        for operation in (lambda: 1.0 / 0, lambda: 1.0 // 0.0, lambda: 1.0 % 0.0):
            self.assertRaises(ZeroDivisionError, operation)

    def test_repr_is_the_shortest_that_reads_back(self):
        for text in ("0.1", "1e+16", "1e-05", "123456789.123", "5e-324", "1.7976931348623157e+308", "0.30000000000000004"):
            with self.subTest(text=text):
                self.assertEqual(repr(float(text)), text)

    def test_every_power_of_two_reads_back(self):
        value = 1.0
        while value > 0:
            self.assertEqual(float(repr(value)), value)
            self.assertEqual(float(repr(1 / value)) if value > 1e-300 else 0, 1 / value if value > 1e-300 else 0)
            value /= 2.0

    def test_whole_floats_show_a_point(self):
        self.assertEqual([repr(x) for x in (1.0, -0.0, 1e15)], ["1.0", "-0.0", "1000000000000000.0"])

    def test_infinity_and_nan(self):
        self.assertEqual(repr(INF), "inf")
        self.assertEqual(repr(-INF), "-inf")
        self.assertEqual(repr(NAN), "nan")
        self.assertNotEqual(NAN, NAN)
        self.assertGreater(INF, 10 ** 300)

    def test_identity_beats_equality_in_containers(self):
        self.assertIn(NAN, [NAN])
        self.assertEqual([NAN], [NAN])

    def test_from_text(self):
        self.assertEqual(float(" 1_0.5e1 "), 105.0)
        for text in ("", "1.2.3", "e5", "0x1"):
            with self.subTest(text=text):
                self.assertRaises(ValueError, float, text)

    def test_round_half_to_even(self):
        self.assertEqual([round(x) for x in (0.5, 1.5, 2.5, -0.5)], [0, 2, 2, 0])
        self.assertEqual(round(2.675, 2), 2.67)
        self.assertEqual(round(1234.5, -2), 1200.0)
        self.assertIsInstance(round(1.7), int)

    def test_compare_with_big_int_exactly(self):
        self.assertEqual(2.0 ** 53, 2 ** 53)
        self.assertLess(2.0 ** 53, 2 ** 53 + 1)
        self.assertFalse(float(2 ** 53) == 2 ** 53 + 1)

    def test_is_integer(self):
        self.assertTrue((4.0).is_integer())
        self.assertFalse((4.5).is_integer())

    def test_formats(self):
        rows = ((".2f", 3.14159, "3.14"), ("8.3f", 2.5, "   2.500"), (".3e", 12345.678, "1.235e+04"), ("g", 0.0001, "0.0001"), (",.1f", 1234567.89, "1,234,567.9"), ("%", 0.25, "25.000000%"))
        for spec, value, text in rows:
            with self.subTest(spec=spec):
                self.assertEqual(format(value, spec), text)

    def test_int_of_infinity(self):
        self.assertRaises(OverflowError, int, INF)
        self.assertRaises(ValueError, int, NAN)


if __name__ == "__main__":
    unittest.main()
