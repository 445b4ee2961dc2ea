"""Record what CPython 3.12 prints for the snippets, or look whether it still prints what is on record.

Example: python3 Tools/judges/record.py match_classes     (new or changed snippets; none named: all)
         python3 Tools/judges/record.py --check           (exit code 1 if a record differs)
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import hosts
import snippets

JUDGE = "3.12"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="record", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="snippets; all when none is named")
    parser.add_argument("--check", action="store_true", help="write nothing; print what differs")
    parser.add_argument("--rabbit", type=Path, help="check this program instead of CPython")
    parser.add_argument("--list", action="store_true", help="print only the names of those that differ")
    asked = parser.parse_args(arguments)
    program = asked.rabbit.resolve() if asked.rabbit else hosts.cpython(JUDGE)
    if program is None:
        print(f"record: no CPython {JUDGE} found: install one, or name it with CAMELOT_PYTHON312=...", file=sys.stderr)
        return 2
    names = asked.names or snippets.names()
    if asked.check or asked.rabbit:
        return check(program, names, asked.list)
    for name in names:
        (snippets.FOLDER / f"{name}.out").write_text(snippets.run(program, name), encoding="utf-8")
    return 0


def check(program: Path, names: Sequence[str], briefly: bool) -> int:
    """1 if the program prints something else than what is on record for one of the snippets."""
    different = 0
    for name in names:
        expected, found = snippets.recorded(name) or "", snippets.run(program, name)
        if found != expected:
            different += 1
            if briefly:
                print(name)
                continue
            sides = (expected.splitlines(keepends=True), found.splitlines(keepends=True))
            sys.stdout.writelines(difflib.unified_diff(*sides, f"{name}.out", name, n=1))
    if not briefly:
        print(f"{len(names) - different} of {len(names)} snippets print what is on record")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
