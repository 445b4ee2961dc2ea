"""Comprehensions and generator expressions."""

import unittest


class ComprehensionTests(unittest.TestCase):
    def test_list(self):
        self.assertEqual([n * n for n in range(5)], [0, 1, 4, 9, 16])
        self.assertEqual([n for n in range(10) if n % 2 if n > 4], [5, 7, 9])

    def test_nested_loops(self):
        self.assertEqual([(a, b) for a in "ab" for b in range(a == "a", 2)], [("a", 1), ("b", 0), ("b", 1)])

    def test_nested_comprehensions(self):
        self.assertEqual([[r * c for c in range(3)] for r in range(2)], [[0, 0, 0], [0, 1, 2]])

    def test_set_and_dict(self):
        self.assertEqual({n % 3 for n in range(10)}, {0, 1, 2})
        self.assertEqual({n: str(n) for n in range(3)}, {0: "0", 1: "1", 2: "2"})

    def test_loop_variable_stays_inside(self):
        n = "outer"
        [n for n in range(3)]
        self.assertEqual(n, "outer")

    def test_first_iterable_is_evaluated_outside(self):
        class A:
            items = [1, 2]
            doubled = [n * 2 for n in items]
        self.assertEqual(A.doubled, [2, 4])

    def test_class_variables_are_not_seen_inside(self):
        with self.assertRaises(NameError):
            class A:
                rabbit_factor = 2
                doubled = [n * rabbit_factor for n in range(3)]

    def test_unpacking(self):
        self.assertEqual([a + b for a, b in [(1, 2), (3, 4)]], [3, 7])
        self.assertEqual([b for a, *b in [(1, 2, 3)]], [[2, 3]])

    def test_conditional_expression(self):
        self.assertEqual(["even" if n % 2 == 0 else "odd" for n in range(3)], ["even", "odd", "even"])

    def test_lambda_in_a_comprehension(self):
        self.assertEqual([f(10) for f in [lambda x, n=n: x + n for n in range(3)]], [10, 11, 12])

    def test_closure_over_the_surroundings(self):
        def f(k):
            return [n * k for n in range(3)], sum(n * k for n in range(3))
        self.assertEqual(f(5), ([0, 5, 10], 15))

    def test_exception_comes_out(self):
        with self.assertRaises(ZeroDivisionError):
            [1 // n for n in (1, 0)]

    def test_generator_expression_as_the_only_argument(self):
        self.assertEqual(sum(n for n in range(4)), 6)
        self.assertEqual(max((len(w) for w in ("a", "bcd")), default=0), 3)
        self.assertEqual(",".join(str(n) for n in range(3)), "0,1,2")


if __name__ == "__main__":
    unittest.main()
