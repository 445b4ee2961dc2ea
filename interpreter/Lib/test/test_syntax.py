"""What is no program: the message of the SyntaxError, and where it points. Recorded from CPython 3.12."""

import unittest

# source, message, (line, column, end line, end column)
ROWS = [
    ('return 1', "'return' outside function", (1, 1, 1, 9)),
    ('class A:\n    return', "'return' outside function", (2, 5, 2, 11)),
    ('yield 1', "'yield' outside function", (1, 1, 1, 8)),
    ('class A:\n    yield 1', "'yield' outside function", (2, 5, 2, 12)),
    ('yield from x', "'yield' outside function", (1, 1, 1, 13)),
    ('await x', "'await' outside function", (1, 1, 1, 8)),
    ('def f():\n    await x', "'await' outside async function", (2, 5, 2, 12)),
    ('def f():\n    async for x in y: pass', "'async for' outside async function", (2, 5, 2, 27)),
    ('def f():\n    async with x: pass', "'async with' outside async function", (2, 5, 2, 23)),
    ('def f():\n    return [x async for x in y]',
     'asynchronous comprehension outside of an asynchronous function', (2, 12, 2, 32)),
    ('def f():\n    return [(yield x) for x in y]', "'yield' inside list comprehension", (2, 14, 2, 21)),
    ('def f():\n    return ((yield x) for x in y)', "'yield' inside generator expression", (2, 14, 2, 21)),
    ('def f():\n    return {(yield x) for x in y}', "'yield' inside set comprehension", (2, 14, 2, 21)),
    ('def f():\n    return {(yield x): 1 for x in y}', "'yield' inside dict comprehension", (2, 14, 2, 21)),
    ('async def f():\n    yield from x', "'yield from' inside async function", (2, 5, 2, 17)),
    ('async def f():\n    yield 1\n    return 2', "'return' with value in async generator", (3, 5, 3, 13)),
    ('break', "'break' outside loop", (1, 1, 1, 6)),
    ('while 1:\n    def f():\n        break', "'break' outside loop", (3, 9, 3, 14)),
    ('continue', "'continue' not properly in loop", (1, 1, 1, 9)),
    ('for x in y:\n    class A:\n        continue', "'continue' not properly in loop", (3, 9, 3, 17)),
    ('def f(a, b, a): pass', "duplicate argument 'a' in function definition", (1, 13, 1, 14)),
    ('lambda x, *x: 0', "duplicate argument 'x' in function definition", (1, 12, 1, 13)),
    ('f(a=1, b=2, a=3)', 'keyword argument repeated: a', (1, 13, 1, 16)),
    ('__debug__ = 1', 'cannot assign to __debug__', (1, 1, 1, 10)),
    ('def f(__debug__): pass', 'cannot assign to __debug__', (1, 7, 1, 16)),
    ('x.__debug__ = 1', 'cannot assign to __debug__', (1, 1, 1, 12)),
    ('f(__debug__=1)', 'cannot assign to __debug__', (1, 3, 1, 14)),
    ('del __debug__', 'cannot delete __debug__', (1, 5, 1, 14)),
    ('for __debug__ in x: pass', 'cannot assign to __debug__', (1, 5, 1, 14)),
    ('import __debug__', 'cannot assign to __debug__', (1, 1, 1, 17)),
    ('class __debug__: pass', 'cannot assign to __debug__', (1, 1, 1, 22)),
    ('with a as __debug__: pass', 'cannot assign to __debug__', (1, 11, 1, 20)),
    ('try: pass\nexcept E as __debug__: pass', 'cannot assign to __debug__', (2, 1, 2, 28)),
    ('(__debug__ := 1)', 'cannot assign to __debug__', (1, 2, 1, 11)),
    ('match x:\n    case __debug__: pass', 'cannot assign to __debug__', (2, 10, 2, 19)),
    ('*a = 1', 'starred assignment target must be in a list or tuple', (1, 1, 1, 3)),
    ('a = *b', "can't use starred expression here", (1, 5, 1, 7)),
    ('print(*a, **b, *c)', 'iterable argument unpacking follows keyword argument unpacking', (1, 16, 1, 17)),
    ('*a, *b = c', 'multiple starred expressions in assignment', (1, 1, 1, 7)),
    ('x = [*a for a in b]', 'iterable unpacking cannot be used in comprehension', (1, 6, 1, 8)),
    ('*a', "can't use starred expression here", (1, 1, 1, 3)),
    ('del *a', 'cannot delete starred', (1, 5, 1, 7)),
    ('def f():\n    return *a\nx = *a,', "can't use starred expression here", (2, 12, 2, 14)),
    ('for *a in b: pass', 'starred assignment target must be in a list or tuple', (1, 5, 1, 7)),
    ('def f(x):\n    global x', "name 'x' is parameter and global", (2, 5, 2, 13)),
    ('def f():\n    print(x)\n    global x', "name 'x' is used prior to global declaration", (3, 5, 3, 13)),
    ('def f():\n    x = 1\n    global x', "name 'x' is assigned to before global declaration", (3, 5, 3, 13)),
    ('def f():\n    x: int\n    global x', "annotated name 'x' can't be global", (3, 5, 3, 13)),
    ('nonlocal x', 'nonlocal declaration not allowed at module level', (1, 1, 1, 11)),
    ('def f():\n    nonlocal x', "no binding for nonlocal 'x' found", (2, 5, 2, 15)),
    ('def f(x):\n    nonlocal x', "name 'x' is parameter and nonlocal", (2, 5, 2, 15)),
    ('def f():\n    x = 1\n    def g():\n        print(x)\n        nonlocal x',
     "name 'x' is used prior to nonlocal declaration", (5, 9, 5, 19)),
    ('def f():\n    x = 1\n    def g():\n        x = 2\n        nonlocal x',
     "name 'x' is assigned to before nonlocal declaration", (5, 9, 5, 19)),
    ('def f():\n    x = 1\n    def g():\n        global x\n        nonlocal x',
     "name 'x' is nonlocal and global", (4, 9, 4, 17)),
    ('def f():\n    x = 1\n    def g():\n        nonlocal x\n        x: int = 1',
     "annotated name 'x' can't be nonlocal", (5, 9, 5, 19)),
    ('def f():\n    global x\n    x: int = 1', "annotated name 'x' can't be global", (3, 5, 3, 15)),
    ('class A:\n    nonlocal x', "no binding for nonlocal 'x' found", (2, 5, 2, 15)),
    ('[x for x in (y := z)]',
     'assignment expression cannot be used in a comprehension iterable expression', (1, 14, 1, 20)),
    ('[[a for a in (b := c)] for x in y]',
     'assignment expression cannot be used in a comprehension iterable expression', (1, 15, 1, 21)),
    ('[x := 1 for x in y]', "assignment expression cannot rebind comprehension iteration variable 'x'", (1, 2, 1, 3)),
    ('[(j := 1) for i in x for j in y]',
     "assignment expression cannot rebind comprehension iteration variable 'j'", (1, 3, 1, 4)),
    ('[i for i in x if (j := i) for j in y]',
     "comprehension inner loop cannot rebind assignment expression target 'j'", (1, 31, 1, 32)),
    ('class A:\n    [y := x for x in z]',
     'assignment expression within a comprehension cannot be used in a class body', (2, 6, 2, 7)),
    ('def f():\n    from x import *', 'import * only allowed at module level', (2, 19, 2, 20)),
    ('class A:\n    from x import *', 'import * only allowed at module level', (2, 19, 2, 20)),
    ('x = 1\nfrom __future__ import annotations',
     'from __future__ imports must occur at the beginning of the file', (2, 1, 2, 35)),
    ('from __future__ import nonsense', 'future feature nonsense is not defined', (1, 1, 1, None)),
    ('from __future__ import braces', 'not a chance', (1, 1, 1, None)),
    ('from __future__ import *', 'future feature * is not defined', (1, 1, 1, None)),
    ('try: pass\nexcept: pass\nexcept E: pass', "default 'except:' must be last", (2, 1, 2, 13)),
    ('for x in y:\n    try: pass\n    except* E:\n        break',
     "'break', 'continue' and 'return' cannot appear in an except* block", (4, 9, 4, 14)),
    ('def f():\n    try: pass\n    except* E:\n        return',
     "'break', 'continue' and 'return' cannot appear in an except* block", (4, 9, 4, 15)),
    ('for x in y:\n    try: pass\n    except* E:\n        continue',
     "'break', 'continue' and 'return' cannot appear in an except* block", (4, 9, 4, 17)),
    ('match x:\n    case [a, a]: pass', "multiple assignments to name 'a' in pattern", (2, 14, 2, 15)),
    ('match x:\n    case a: pass\n    case 1: pass',
     "name capture 'a' makes remaining patterns unreachable", (2, 10, 2, 11)),
    ('match x:\n    case _: pass\n    case 1: pass', 'wildcard makes remaining patterns unreachable', (2, 10, 2, 11)),
    ('match x:\n    case [a] | [b]: pass', 'alternative patterns bind different names', (2, 10, 2, 19)),
    ('match x:\n    case a | 1: pass', "name capture 'a' makes remaining patterns unreachable", (2, 10, 2, 11)),
    ('match x:\n    case [*a, *b]: pass', 'multiple starred names in sequence pattern', (2, 10, 2, 18)),
    ('match x:\n    case {1: a, 1: b}: pass', 'mapping pattern checks duplicate key (1)', (2, 10, 2, 22)),
    ('match x:\n    case A(x=1, x=2): pass', 'attribute name repeated in class pattern: x', (2, 19, 2, 20)),
    ('def f[T, T](): pass', "duplicate type parameter 'T'", (1, 10, 1, 11)),
    ('def f[T]():\n    nonlocal T', "nonlocal binding not allowed for type parameter 'T'", (2, 5, 2, 15)),
    ('type X = (y := 1)', 'named expression cannot be used within a type alias', (1, 11, 1, 17)),
    ('def f[T: (yield)](): pass', 'yield expression cannot be used within a TypeVar bound', (1, 11, 1, 16)),
    ('class A[T](x := 1): pass', 'named expression cannot be used within the definition of a generic', (1, 12, 1, 18)),
    ('async def f():\n    type X = await y', 'await expression cannot be used within a type alias', (2, 14, 2, 21)),
    ('from __future__ import annotations\ndef f(x: (yield)): pass',
     'yield expression cannot be used within an annotation', (2, 11, 2, 16)),
    ('from __future__ import annotations\nx: (y := 1) = 2',
     'named expression cannot be used within an annotation', (2, 5, 2, 11)),
    ('def f(x: (yield)): pass', "'yield' outside function", (1, 11, 1, 16)),
    ('def f(é, é): pass', "duplicate argument 'é' in function definition", (1, 11, 1, 13)),
    ('f(a=1,\n  b=2,\n  a=3)', 'keyword argument repeated: a', (3, 3, 3, 6)),
    ('def f():\n    class A:\n        return 1', "'return' outside function", (3, 9, 3, 17)),
    ('def f():\n    return [await x for x in y]',
     'asynchronous comprehension outside of an asynchronous function', (2, 12, 2, 32)),
    ('class A:\n    [x async for x in y]',
     'asynchronous comprehension outside of an asynchronous function', (2, 5, 2, 25)),
]


class SyntaxErrorTest(unittest.TestCase):
    def test_messages_and_places(self):
        for source, message, place in ROWS:
            with self.subTest(source=source):
                with self.assertRaises(SyntaxError) as caught:
                    compile(source, "<test>", "exec")
                error = caught.exception
                self.assertEqual(error.msg, message)
                self.assertEqual((error.lineno, error.offset, error.end_lineno, error.end_offset), place)
                self.assertEqual(error.filename, "<test>")

    def test_blocks_nest_twenty_deep(self):
        def nested(depth):
            return "".join(" " * i + "for a in b:\n" for i in range(depth)) + " " * depth + "pass\n"
        compile(nested(20), "<test>", "exec")
        with self.assertRaises(SyntaxError) as caught:
            compile(nested(21), "<test>", "exec")
        self.assertEqual(caught.exception.msg, "too many statically nested blocks")

    def test_many_names_before_a_star(self):
        compile(", ".join(["a"] * 255) + ", *b = c\n", "<test>", "exec")
        with self.assertRaises(SyntaxError) as caught:
            compile(", ".join(["a"] * 256) + ", *b = c\n", "<test>", "exec")
        self.assertEqual(caught.exception.msg, "too many expressions in star-unpacking assignment")


if __name__ == "__main__":
    unittest.main()
