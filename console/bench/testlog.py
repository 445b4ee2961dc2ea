"""How fast a test log is read: megabytes a second of processor time, for many shapes and for those meant to hurt.

`python -m console.bench.testlog [MEGABYTES]`. Each shape is fed in pieces of 64 KB, as a worker sends them. Beside it
stands how many times longer that takes than a regular expression that only looks at how each line begins, on the same
pieces right after: the floor, which a busy machine slows down as well. The last column is the memory that the reader
holds in the end. The last row is one log of 1 GB.
"""

from __future__ import annotations

import re
import sys
import time
import tracemalloc
from collections.abc import Iterator

from buildmaster.testlog import LogReader

PIECE = 1 << 16
BAR, RULE = "=" * 70, "-" * 70
FRAME = (
    '  File "/src/Lib/test/test_a.py", line 33, in test_method\n    self.assertEqual(first, second, "not the same")\n'
)
FAILED = f"0:00:01 load avg: 1.00 [1/1/1] test_a failed (1 failure)\n{BAR}\nFAIL: test_m (test_a.C.test_m)\n{RULE}\n"
WHOLE = (
    "".join(f"0:00:01 load avg: 1.00 [{n}/478] test_{n} passed (33.2 sec) -- running (1): test_z\n" for n in range(478))
    + "".join(f"{BAR}\nFAIL: test_{n} (test.test_{n}.C.test_{n})\n{RULE}\n{FRAME * 12}\n" for n in range(0, 478, 4))
    + "test_method (test.test_mod.Class.test_method) ... ok\n" * 2_000
)

# name -> (what the log begins with, what is repeated)
SHAPES: dict[str, tuple[str, str]] = {
    "a run with failures": ("", WHOLE),
    "verbose cases": ("", "test_method (test.test_mod.Class.test_method) ... ok\n" * 100),
    "one traceback": (FAILED, FRAME * 100),
    "short traceback lines": (FAILED, "x\n" * 1_000),
    "prose": ("", "the quick brown fox jumps over the lazy dog\n" * 100),
    "empty lines": ("", "\n" * 1_000),
    "lines of one letter": ("", "a\n" * 1_000),
    "lines of eight letters": ("", "abcdefgh\n" * 1_000),
    "no line end": ("", "x" * 1_000),
    "binary": ("", bytes(range(256)).decode("latin-1") * 10),
    "other scripts": ("", "Zażółć gęślą jaźń, 日本語 🐍\n" * 100),
    "line ends of Windows": ("", WHOLE.replace("\n", "\r\n")),
    "Buildbot's marks": ("", "".join(f"o{line}\n" for line in WHOLE.split("\n"))),
    "progress only": ("", "".join(f"[{n}/900] test_{n} passed\n" for n in range(900))),
    "leaks only": (FAILED, "".join(f"test_{n} leaked [1, 1, 1] references, sum=3\n" for n in range(900))),
    "bars only": (FAILED, f"{BAR}\n" * 100),
    "cases only": (FAILED, f"{BAR}\nFAIL: test_m (test_a.C.test_m)\n{RULE}\n" * 100),
    "summaries only": (FAILED, "== Tests result: FAILURE ==\n1 test failed:\n    test_a\nResult: FAILURE\n" * 100),
    "new names only": ("", "".join(f"[1/1] test_{n:x} failed (1 failure)\n" for n in range(30_000))),
    "warnings only": (FAILED, "Warning -- os.environ was modified by test_a\n" * 100),
    "an endless list": (f"{FAILED}999999999 tests failed:\n", "    test_a test_b test_c test_d test_e\n" * 100),
    "bomb: deltas": (FAILED, "test_a leaked [" + "1, " * 9_000 + "\n"),
    "bomb: words": (FAILED, "a." * 9_000 + " \n"),
    "bomb: brackets": (FAILED, "test_a (" + "(a." * 5_000 + "\n"),
    "bomb: almost bars": (FAILED, f"{BAR[1:]}\n" * 100),
    "bomb: almost progress": (FAILED, "0:00:00 load avg: 1.00 [1/1/1\n" * 100),
    "bomb: one among many": (FAILED, "0:00:00 load avg: 1.00 [1/1/1\n" * 2_000 + "0:00:01 [1/1] test_a passed\n"),
    "bomb: durations": (FAILED, "[1/1] test_a failed (" + "1 min " * 2_000 + "\n"),
}


def pieces(begins: str, unit: str, size: int) -> Iterator[str]:
    """`size` letters of a shape; the same strings again and again, so that making them costs nothing."""
    yield begins
    text = unit * (PIECE * 16 // len(unit) + 1)
    cut = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    done = 0
    while done < size:
        for piece in cut:
            yield piece
            done += len(piece)
            if done >= size:
                return


FLOOR = re.compile(r"\n(?=[^\n]{8})Result: ")


def measure(begins: str, unit: str, size: int) -> tuple[float, float, int]:
    """Megabytes a second, how many times the floor's time that is, and what the reader holds in the end."""
    started, reader = time.process_time(), LogReader()
    for piece in pieces(begins, unit, size):
        reader.feed(piece)
    reader.verdict()
    took_s = time.process_time() - started
    started = time.process_time()
    for piece in pieces(begins, unit, size):
        FLOOR.search(piece)
    floor_s = time.process_time() - started
    return size / 1e6 / took_s, took_s / floor_s, _held(begins, unit, min(size, 20_000_000))


def _held(begins: str, unit: str, size: int) -> int:
    tracemalloc.start()
    reader = LogReader()
    for piece in pieces(begins, unit, size):
        reader.feed(piece)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held


def main(arguments: list[str]) -> None:
    size = int(arguments[0]) * 1_000_000 if arguments else 100_000_000
    slowest = float("inf")
    for name, (begins, unit) in SHAPES.items():
        speed, times, held = measure(begins, unit, size)
        slowest = min(slowest, speed)
        print(f"{name:24} {speed:8.0f} MB/s {times:6.1f} x floor {held / 1e6:8.1f} MB held", flush=True)
    speed, times, held = measure("", WHOLE, 1_000_000_000)
    print(f"{'1 GB of runs':24} {speed:8.0f} MB/s {times:6.1f} x floor {held / 1e6:8.1f} MB held")
    print(f"slowest shape: {slowest:.0f} MB/s; wanted: at least 50 MB/s")


if __name__ == "__main__":
    main(sys.argv[1:])
