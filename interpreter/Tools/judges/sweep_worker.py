"""Runs inside Rabbit: one program, once for every allocation that shall fail.

Use: sweep_worker.py FILE MOST.  Tells `allocations N`, `n N` before each run, `wrong ...` and `leak ...` where that is so,
and `done N`. What the program prints goes nowhere.
"""

import gc
import sys

NEVER = 1 << 40


class Nowhere:
    def write(self, text):
        pass

    def flush(self):
        pass


OUT, NOWHERE = sys.stdout, Nowhere()


def once(source, path, n):
    """Run the program while allocation `n` fails. Returns the exception that came out, and how many were asked for."""
    raised = None
    sys.set_nomemory(n, n + 1)
    try:
        exec(compile(source, path, "exec"), {"__name__": "__main__"})
    except BaseException as error:
        raised = type(error)
    asked = sys.clear_nomemory()
    return raised, asked


def tell(text):
    OUT.write(text + "\n")
    OUT.flush()


def main(path, most):
    with open(path) as file:
        source = file.read()
    modules = set(sys.modules)
    sys.stdout = NOWHERE
    for _ in range(3):
        total = once(source, path, NEVER)[1]
    tell("allocations " + str(total))
    step = max(1, total // most) if most else 1
    tried = 0
    before = left = again = settle(modules)  # they exist before anything is compared with them
    for n in range(0, total, step):
        tell("n " + str(n))
        before = settle(modules)
        raised = once(source, path, n)[0]
        left = settle(modules) - before
        tried += 1
        if raised is SystemError:
            tell("wrong SystemError when allocation " + str(n) + " failed")
        if left > 0:
            again = settle(modules)
            once(source, path, n)
            if settle(modules) > again:
                tell("leak " + str(left) + " references when allocation " + str(n) + " failed")
    tell("done " + str(tried))


def settle(modules):
    """References that are alive when everything that can go has gone."""
    tidy(modules)
    return sys.gettotalrefcount()


def tidy(modules):
    """In a frame of its own: a generator that is collected here ends in a traceback, and whoever collected it has got a
    frame object by that, which lives as long as the call."""
    for name in [name for name in sys.modules if name not in modules]:
        del sys.modules[name]
    gc.collect()


main(sys.argv[1], int(sys.argv[2]))
