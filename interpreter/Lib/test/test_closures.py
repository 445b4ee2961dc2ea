"""Scopes: closures, nonlocal, global."""

import unittest

counter = 0


def make_counter(start=0):
    value = start

    def step(by=1):
        nonlocal value
        value += by
        return value
    return step


class ScopeTests(unittest.TestCase):
    def test_each_closure_has_its_own_cell(self):
        a, b = make_counter(), make_counter(10)
        self.assertEqual((a(), a(), b(), a(5)), (1, 2, 11, 7))

    def test_closures_share_a_cell(self):
        def make():
            value = 0
            def get():
                return value
            def put(new):
                nonlocal value
                value = new
            return get, put
        get, put = make()
        put(5)
        self.assertEqual(get(), 5)

    def test_loop_variable_is_one_variable(self):
        functions = [lambda: n for n in range(3)]
        self.assertEqual([f() for f in functions], [2, 2, 2])
        functions = [lambda n=n: n for n in range(3)]
        self.assertEqual([f() for f in functions], [0, 1, 2])

    def test_global(self):
        def step():
            global counter
            counter += 1
        before = counter
        step()
        self.assertEqual(counter, before + 1)

    def test_three_levels(self):
        def a():
            x = 1
            def b():
                y = 2
                def c():
                    nonlocal x
                    x += y
                    return x
                return c
            return b()
        c = a()
        self.assertEqual((c(), c()), (3, 5))

    def test_class_body_is_no_closure(self):
        x = "outer"
        class C:
            x = "class"
            def get(self):
                return x
        self.assertEqual((C().get(), C.x), ("outer", "class"))

    def test_class_body_reads_the_function_around_it(self):
        x = "outer"
        class C:
            y = x
        self.assertEqual(C.y, "outer")

    def test_free_variable_before_its_assignment(self):
        def f():
            def g():
                return x
            g()
            x = 1
        with self.assertRaises(NameError):
            f()

    def test_cells_can_be_seen(self):
        step = make_counter(5)
        self.assertEqual(step.__closure__[0].cell_contents, 5)
        step()
        self.assertEqual(step.__closure__[0].cell_contents, 6)

    def test_parameter_in_a_closure(self):
        def f(a, *b, **c):
            return lambda: (a, b, c)
        self.assertEqual(f(1, 2, x=3)(), (1, (2,), {"x": 3}))

    def test_walrus_binds_outside_a_comprehension(self):
        last = None
        squares = [last := n * n for n in range(4)]
        self.assertEqual((squares, last), ([0, 1, 4, 9], 9))


if __name__ == "__main__":
    unittest.main()
