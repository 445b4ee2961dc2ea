"""Runs inside either interpreter: answers questions about programs, one line of JSON each, until its input ends.

A question is {"kind": "parse" or "value", "source": text}. The answer to `parse` is the tree as `ast.dump` writes it, or
the type of the exception; to `value` the repr of the expression, or the type of the exception.
"""

import json
import sys

RABBIT = sys.implementation.name == "rabbit"

if RABBIT:
    import _ast

    dump = _ast.dump
else:
    import ast
    import warnings

    warnings.simplefilter("ignore")

    def dump(source):
        return ast.dump(ast.parse(source))


def parse(source):
    tree = dump(source)
    compile(source, "<fuzz>", "exec")
    return tree


def value(source):
    return repr(eval(source, {}))


def answer(question):
    kind = {"parse": parse, "value": value}[question["kind"]]
    try:
        return {"said": kind(question["source"])}
    except SystemExit:
        raise
    except BaseException as error:
        return {"raised": type(error).__name__}


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
    sys.stdout.flush()
