"""`unittest.main()`: a test file run as a program."""

import sys

from unittest.loader import defaultTestLoader
from unittest.runner import TextTestRunner


def main(module="__main__", argv=None):
    """Run the tests of a module; names such as Class or Class.test_x choose. Exit code 0 if all passed, else 1."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    verbosity = 1
    failfast = False
    names = []
    for argument in arguments:
        if argument in ("-v", "--verbose"):
            verbosity = 2
        elif argument in ("-q", "--quiet"):
            verbosity = 0
        elif argument in ("-f", "--failfast"):
            failfast = True
        elif argument.startswith("-"):
            sys.stderr.write("unittest: unknown option " + repr(argument) + ": write -v, -q or -f\n")
            sys.exit(2)
        else:
            names.append(argument)
    found = sys.modules[module] if isinstance(module, str) else module
    loader = defaultTestLoader
    suite = loader.loadTestsFromNames(names, found) if names else loader.loadTestsFromModule(found)
    result = TextTestRunner(verbosity=verbosity, failfast=failfast).run(suite, found)
    sys.exit(0 if result.wasSuccessful() else 1)
