"""Print what the parser makes of sources, under Rabbit and under CPython alike: `trees.py JOBS`.

JOBS is a file with the repr of a list of pairs (mode, source): a str is text, bytes are what a file holds, a tuple of one str names a
file. Each gets a line, the repr of the tree's dump with its places, or of a tuple (exception, message, lineno, offset, end_lineno,
end_offset, text).
"""

import sys

try:
    from _ast import dump
except ImportError:  # CPython
    import ast
    import warnings

    warnings.simplefilter("ignore")

    def dump(source, filename, mode, include_attributes):
        return ast.dump(ast.parse(source, filename, mode), include_attributes=include_attributes)


PLACES = ("lineno", "offset", "end_lineno", "end_offset", "text")


def answer(mode, source):
    if isinstance(source, tuple):
        with open(source[0], "rb") as file:
            source = file.read()
    try:
        return dump(source, "<source>", mode, True)
    except SyntaxError as error:
        return (type(error).__name__, error.msg, *[getattr(error, name, None) for name in PLACES])
    except (MemoryError, RecursionError) as error:
        return (type(error).__name__,)


def main(jobs):
    with open(jobs, encoding="utf-8") as file:
        for mode, source in eval(file.read()):
            print(ascii(answer(mode, source)))


main(sys.argv[1])
