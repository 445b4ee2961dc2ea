"""Count the instructions of 12 small programs under valgrind's cachegrind, and hold them against those on record.

A count is the same to the last digit on one machine with one compiler, so half a percent more is a change of the
program. What is on record belongs to a release build by the compiler that it names; after another one, record anew.
The first program is counted twice: were the two further apart, half a percent would tell nothing.

Example: python3 Tools/judges/counts.py --rabbit build/rabbit            (compare)
         python3 Tools/judges/counts.py --rabbit build/rabbit --record   (write counts.json)
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
RECORD = HERE / "counts.json"
CHANGE = 0.005  # a larger part than this of the recorded count is told, and more of it is an error
APART = CHANGE / 10  # what two counts of the same may differ by

# program and size: ten to a hundred million instructions each
INPUTS = {
    "fib": "17", "nbody": "300", "fannkuch": "6", "spectral": "12", "nqueens": "5", "life": "12",
    "generators": "1", "comprehensions": "15", "supercalls": "1500", "excs": "1000", "words": "800", "pidigits": "100",
}  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    if shutil.which("valgrind") is None:
        print("counts: valgrind is not installed: install it (Debian, Ubuntu: apt-get install valgrind)", file=sys.stderr)
        return 2
    found = {name: count(asked.rabbit.resolve(), name) for name in INPUTS}
    if not repeatable(next(iter(INPUTS)), found, count(asked.rabbit.resolve(), next(iter(INPUTS)))):
        return 3
    if asked.record:
        RECORD.write_text(json.dumps({"compiler": compiler(), "instructions": found}, indent=1) + "\n")
        return 0
    return report(json.loads(RECORD.read_text()), found, compiler())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="counts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rabbit", type=Path, default=Path("./rabbit"), help="the program that is counted [./rabbit]")
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name} instead of comparing with it")
    return parser


def count(rabbit: Path, name: str) -> int:
    """Instructions that Rabbit executes for one input. Raises RuntimeError if the program fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={folder}/out"]
        program = [str(rabbit), str(HERE / "bench" / f"{name}.py"), INPUTS[name]]
        env = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}  # the same hashes, so the same work, every time
        done = subprocess.run([*command, *program], capture_output=True, text=True, check=False, cwd=folder, env=env)
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(f"{name} cannot be counted: {done.stderr.strip().splitlines()[-1]}")
    return int(found[1].replace(",", ""))


def repeatable(name: str, found: Mapping[str, int], again: int) -> bool:
    """Does a second count say the same? Tells how far apart the two are."""
    apart = abs(again / found[name] - 1)
    outcome = "seen" if apart <= APART else "lost in noise"
    print(f"{name} counted twice: {100 * apart:.4f} % apart, so a change of {100 * CHANGE} % is {outcome}")
    return apart <= APART


def compiler() -> str:
    """The compiler of this machine: what another one made has nothing to be compared with."""
    command = [*os.environ.get("CC", "cc").split(), "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def changes(recorded: Mapping[str, int], found: Mapping[str, int]) -> dict[str, float]:
    """The inputs whose counts moved by more than CHANGE, and by what part of the recorded count."""
    parts = {name: found[name] / recorded[name] - 1 for name in found if name in recorded}
    return {name: part for name, part in parts.items() if abs(part) > CHANGE}


def report(record: dict[str, object], found: Mapping[str, int], built_by: str) -> int:
    """1 if an input takes more instructions than it did by more than CHANGE."""
    if record["compiler"] != built_by:
        print(f"counts: recorded for '{record['compiler']}', this is '{built_by}': nothing to compare", file=sys.stderr)
        return 2
    recorded = record["instructions"]
    assert isinstance(recorded, dict)
    moved = changes(recorded, found)
    for name, number in found.items():
        print(f"{name:15} {number:>13,} {f'{100 * moved[name]:+.2f} %' if name in moved else ''}".rstrip())
    return 1 if any(part > 0 for part in moved.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
