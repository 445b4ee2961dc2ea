"""The -R loop: run a file's tests again and again and see whether references, blocks or descriptors grow.

One run cannot tell a leak from a cache that fills.  So the first `warmups` runs are not counted, and references or
memory blocks leak only if every counted run ended with more than it began with; a file descriptor counts at once.
"""

import gc
import sys

from test.environment import open_fds

FAR = 1_000_000
NEEDS_DEBUG = "Tracking reference leaks requires a debug build of Python"


class NotADebugBuild(Exception):
    """The interpreter does not count references."""


def counters():
    """(references, memory blocks, file descriptors) alive now, after everything that can be freed is freed."""
    for _ in range(3):
        gc.collect()
    return sys.gettotalrefcount(), sys.getallocatedblocks(), open_fds()


def grows(deltas):
    return min(deltas) >= 1


def changes(deltas):
    return any(deltas)


RULES = (("references", grows), ("memory blocks", grows), ("file descriptors", changes))


def mark(deltas):
    """One character for one run: . for nothing more, the number, or X."""
    worst = max(deltas)
    return "." if worst <= 0 else str(worst) if worst < 10 else "X"


def report(test_name, columns, warmups):
    """The lines about what grew, and whether any of it is a leak. `columns`: a list of deltas for each of RULES."""
    lines = []
    leaked = False
    for (resource, is_leak), column in zip(RULES, columns):
        deltas = column[warmups:]
        if not any(deltas):
            continue
        failing = is_leak(deltas)
        leaked = leaked or failing
        line = f"{test_name} leaked {deltas} {resource}, sum={sum(deltas)}"
        lines.append(line if failing else line + " (this is fine)")
    return lines, leaked


def hunt(test_name, run_once, warmups, repetitions, write):
    """Run `run_once` warmups + repetitions times.  Returns (its last value, True if something leaked).

    Stops at the first run that is not successful: `run_once` returns a result with wasSuccessful().
    """
    if not hasattr(sys, "gettotalrefcount"):
        raise NotADebugBuild(NEEDS_DEBUG)
    total = warmups + repetitions
    numbers = "".join([str(n + 1)[-1:] for n in range(total)])
    write(f"beginning {total} repetitions. Showing number of leaks (. for 0 or less, X for 10 or more)\n")
    write(numbers[:warmups] + ":" + numbers[warmups:] + "\n")
    # What the hunt itself keeps must not grow while it counts: the lists have their full length from the start, usual
    # numbers exist already, and each run's result takes the place of the one before. Numbers are kept FAR from the small
    # ones, which nobody counts: a counted number in the place of an uncounted one would be a reference more.
    pool = {number: number + FAR for number in range(-1000, 1000)}
    columns = ([pool[0]] * total, [pool[0]] * total, [pool[0]] * total)
    result = None
    before = counters()
    for n in range(total):
        result = run_once()
        if not result.wasSuccessful():
            write("\n")
            return result, False
        after = counters()
        for column, new, old in zip(columns, after, before):
            column[n] = pool.get(new - old) or new - old + FAR
        before = after
        write((" " if n == warmups else "") + mark([column[n] - FAR for column in columns]))
    write("\n")
    lines, leaked = report(test_name, [[kept - FAR for kept in column] for column in columns], warmups)
    for line in lines:
        write(line + "\n")
    return result, leaked
