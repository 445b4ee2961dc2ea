"""Generators: yield, send, throw, close, yield from."""

import unittest


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


class GeneratorTests(unittest.TestCase):
    def test_values(self):
        self.assertEqual(list(count(3)), [0, 1, 2])
        self.assertEqual(sum(count(100)), 4950)

    def test_nothing_runs_before_next(self):
        seen = []
        def f():
            seen.append(1)
            yield
        g = f()
        self.assertEqual(seen, [])
        next(g)
        self.assertEqual(seen, [1])

    def test_end(self):
        g = count(1)
        next(g)
        self.assertRaises(StopIteration, next, g)
        self.assertRaises(StopIteration, next, g)
        self.assertEqual(next(g, "default"), "default")

    def test_return_value(self):
        def f():
            yield 1
            return "done"
        g = f()
        next(g)
        with self.assertRaises(StopIteration) as caught:
            next(g)
        self.assertEqual(caught.exception.value, "done")

    def test_send(self):
        def average():
            total, n, mean = 0, 0, None
            while True:
                total += yield mean
                n += 1
                mean = total / n
        g = average()
        next(g)
        self.assertEqual([g.send(x) for x in (10, 20, 30)], [10.0, 15.0, 20.0])

    def test_send_before_the_start(self):
        with self.assertRaises(TypeError):
            count(1).send(5)

    def test_throw(self):
        def f():
            while True:
                try:
                    yield "waiting"
                except ValueError as error:
                    yield "caught " + str(error)
        g = f()
        next(g)
        self.assertEqual(g.throw(ValueError("x")), "caught x")
        self.assertEqual(next(g), "waiting")
        self.assertRaises(KeyError, g.throw, KeyError("y"))
        self.assertRaises(StopIteration, next, g)

    def test_close_runs_finally(self):
        seen = []
        def f():
            try:
                yield 1
            finally:
                seen.append("closed")
        g = f()
        next(g)
        g.close()
        g.close()
        self.assertEqual(seen, ["closed"])

    def test_close_refused(self):
        def f():
            while True:
                try:
                    yield
                except GeneratorExit:
                    yield "no"
                    return
        g = f()
        next(g)
        self.assertRaises(RuntimeError, g.close)

    def test_dropped_generator_runs_finally(self):
        seen = []
        def f():
            try:
                yield 1
            finally:
                seen.append("dropped")
        g = f()
        next(g)
        del g
        self.assertEqual(seen, ["dropped"])

    def test_yield_from(self):
        def inner():
            got = yield 1
            yield got
            return "result"
        def outer():
            value = yield from inner()
            yield value
            yield from [7, 8]
        g = outer()
        self.assertEqual([next(g), g.send("sent"), next(g), next(g), next(g)], [1, "sent", "result", 7, 8])

    def test_yield_from_passes_throw_on(self):
        def inner():
            try:
                yield 1
            except ValueError:
                yield "inner caught it"
        def outer():
            yield from inner()
        g = outer()
        next(g)
        self.assertEqual(g.throw(ValueError), "inner caught it")

    def test_stop_iteration_inside_becomes_an_error(self):
        def f():
            raise StopIteration
            yield
        self.assertRaises(RuntimeError, next, f())

    def test_already_executing(self):
        def f():
            yield next(g)
        g = f()
        with self.assertRaises(ValueError) as caught:
            next(g)
        self.assertEqual(str(caught.exception), "generator already executing")
        g = None

    def test_generator_expression_is_lazy(self):
        seen = []
        def note(n):
            seen.append(n)
            return n
        g = (note(n) for n in range(3))
        self.assertEqual(seen, [])
        self.assertEqual(next(g), 0)
        self.assertEqual(seen, [0])

    def test_recursion(self):
        def walk(tree):
            if isinstance(tree, list):
                for branch in tree:
                    yield from walk(branch)
            else:
                yield tree
        self.assertEqual(list(walk([1, [2, [3, 4]], [[[5]]]])), [1, 2, 3, 4, 5])

    def test_two_at_once(self):
        self.assertEqual(list(zip(count(3), count(5))), [(0, 0), (1, 1), (2, 2)])

    def test_exception_handled_inside_does_not_leak_out(self):
        def f():
            try:
                raise ValueError
            except ValueError:
                yield 1
        g = f()
        next(g)
        with self.assertRaises(RuntimeError):
            raise
        g.close()


if __name__ == "__main__":
    unittest.main()
