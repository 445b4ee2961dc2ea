"""Depth that no recursion in C could stand: chains that die, nests that are compared, hashed, shown."""

import gc
import unittest

from test import support
from test.support import rabbit_only

# Leak hunts repeat every test and go without the resource "cpu".
LENGTH = 300_000 if support.is_resource_enabled("cpu") else 5_000


class Node:
    def __init__(self, next):
        self.next = next


class Slotted:
    __slots__ = ("next",)

    def __init__(self, next):
        self.next = next


class Dying:
    deaths = 0

    def __init__(self, next):
        self.next = next

    def __del__(self):
        Dying.deaths += 1


class Callable(Node):
    def method(self):
        pass


class ListOf(list):
    pass


def closure(value):
    return lambda: value


def generator(value):
    yield value
    yield value


def started(value):
    g = generator(value)
    next(g)
    return g


def exception(value):
    e = ValueError()
    e.__context__ = value
    return e


def cause(value):
    e = ValueError()
    e.__cause__ = value
    return e


def function_with_default(value):
    def f(x=value):
        pass
    return f


class DeathTest(unittest.TestCase):
    def chain(self, link, start=None):
        value = start
        for _ in range(LENGTH):
            value = link(value)
        gc.collect()
        del value
        gc.collect()

    def test_list(self):
        self.chain(lambda v: [v])

    def test_tuple(self):
        self.chain(lambda v: (v,))

    def test_dict_values(self):
        self.chain(lambda v: {1: v})

    def test_frozenset(self):
        self.chain(lambda v: frozenset([v]))

    def test_set_of_instances(self):
        def link(v):
            n = Node(v)
            return {n}
        self.chain(link)

    def test_instance(self):
        self.chain(Node)

    def test_slots(self):
        self.chain(Slotted)

    def test_finalizers(self):
        Dying.deaths = 0
        self.chain(Dying)
        self.assertEqual(Dying.deaths, LENGTH)

    def test_list_subclass(self):
        self.chain(lambda v: ListOf([v]))

    def test_closure(self):
        self.chain(closure)

    def test_default_argument(self):
        self.chain(function_with_default)

    def test_exception_context(self):
        self.chain(exception)

    def test_exception_cause(self):
        self.chain(cause)

    def test_exception_arguments(self):
        self.chain(ValueError)

    def test_generator_started(self):
        self.chain(started)

    def test_generator_fresh(self):
        self.chain(generator)

    def test_bound_method(self):
        self.chain(lambda v: Callable(v).method)

    def test_builtin_method(self):
        self.chain(lambda v: [v].append)

    def test_slice(self):
        self.chain(lambda v: slice(v))

    def test_iterators(self):
        for link in (lambda v: iter([v]), lambda v: iter({1: v}.values()), lambda v: reversed([v]), lambda v: iter((v,))):
            self.chain(link)

    def test_filter_map_zip_enumerate(self):
        for link in (lambda v: filter(None, v), lambda v: map(id, v), lambda v: zip(v), enumerate):
            self.chain(link, iter(()))

    def test_property_and_classmethod(self):
        for link in (property, classmethod, staticmethod):
            self.chain(link)

    def test_mixed(self):
        links = [lambda v: [v], lambda v: (v,), lambda v: {0: v}, Node, closure, started, exception, lambda v: slice(v)]
        value = None
        for i in range(LENGTH):
            value = links[i % 7](value) if i % 7 != 6 else Node(value)
        del value

    def test_cycle(self):
        first = last = Node(None)
        for _ in range(LENGTH):
            last = Node(last)
        first.next = last
        del first, last
        self.assertGreaterEqual(gc.collect(), LENGTH)


def nested(depth, link, start=()):
    """`link` applied `depth` times; nothing of it is garbage, so that nobody needs to look for some meanwhile."""
    value = start
    gc.disable()
    try:
        for _ in range(depth):
            value = link(value)
    finally:
        gc.enable()
    return value


class RecursionTest(unittest.TestCase):
    depth = 100_000

    def refuses(self, action, *args):
        with self.assertRaises(RecursionError):
            action(*args)

    def test_compare(self):
        for link in (lambda v: [v], lambda v: (v,), lambda v: {1: v}):
            a, b = nested(self.depth, link), nested(self.depth, link)
            self.refuses(lambda: a == b)
            if not isinstance(a, dict):
                self.refuses(lambda: a < b)

    @rabbit_only  # CPython 3.12 overruns its C stack here
    def test_hash(self):
        self.refuses(hash, nested(3 * self.depth, lambda v: (v,)))

    def test_repr(self):
        for link in (lambda v: [v], lambda v: (v,), lambda v: {1: v}):
            value = nested(self.depth, link)
            self.refuses(repr, value)
            self.refuses(str, value)

    def test_isinstance(self):
        self.refuses(isinstance, 1, nested(3 * self.depth, lambda v: (v,), str))

    @rabbit_only  # CPython 3.12 overruns its C stack here
    def test_iteration(self):
        self.refuses(next, nested(3 * self.depth, lambda v: filter(None, v), iter(range(10))))
        self.refuses(next, nested(3 * self.depth, lambda v: map(abs, v), iter(range(10))))

    def test_call(self):
        class A:
            pass

        A.__call__ = A()
        self.refuses(A())

    def test_python_recursion(self):
        def f(x):
            return f(x) + 1

        class R:
            def __repr__(self):
                return repr(self)

            def __eq__(self, other):
                return self == other

            def __getattr__(self, name):
                return getattr(self, name + "x")

        self.refuses(f, 1)
        self.refuses(repr, R())
        self.refuses(lambda: R() == R())
        self.refuses(lambda: R().attribute)


if __name__ == "__main__":
    unittest.main()
