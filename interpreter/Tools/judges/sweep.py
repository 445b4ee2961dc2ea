"""Fail the n-th allocation of a snippet, for every n: Rabbit must raise, clean up and go on, and never crash.

A reference that stays behind, each time that the same allocation fails, is as bad as a crash: exit code 1.

Needs a debug build (sys.set_nomemory). Every snippet has a process of its own, in which it runs once for each n.

Example: python3 Tools/judges/sweep.py --rabbit build/rabbit                    (every n of 20 snippets: minutes)
         python3 Tools/judges/sweep.py --rabbit build/rabbit --most 100 slots   (100 of them, spread evenly)
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import snippets

WORKER = Path(__file__).parent / "sweep_worker.py"
LONGEST_S = 3600

# twenty that are small and between them visit most of the interpreter
SNIPPETS = (
    "class_inheritance", "closures_basic", "comp_basics", "compare_reflected", "decorators", "defaults_shared",
    "descriptors", "dict_subclass", "exc_chaining", "exc_finally_flow", "gen_yield_from", "import_getattr",
    "init_subclass", "iterators", "list_mutation", "match_sequences", "set_equality", "slots", "star_forms", "with_basics",
)  # fmt: skip


@dataclass(frozen=True)
class Swept:
    """`allocations` of one undisturbed run; `tried` of them failed in turn; `problem`: what must not happen, if it did."""

    name: str
    allocations: int = 0
    tried: int = 0
    leaks: tuple[str, ...] = ()
    problem: str = ""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="sweep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"snippets; when none is named: {', '.join(SNIPPETS)}")
    parser.add_argument("--rabbit", type=Path, default=Path("./rabbit"), help="a debug build [./rabbit]")
    parser.add_argument("--most", type=int, default=0, help="so many allocations of each, spread evenly; 0: all of them [0]")
    asked = parser.parse_args(arguments)
    bad = 0
    for name in asked.names or SNIPPETS:
        swept = sweep(asked.rabbit.resolve(), name, asked.most)
        bad += bool(swept.problem or swept.leaks)
        print(line(swept), flush=True)
    return 1 if bad else 0


def sweep(rabbit: Path, name: str, most: int = 0) -> Swept:
    """Run a snippet again and again, each time with another allocation that fails."""
    command = [rabbit, WORKER, snippets.FOLDER / f"{name}.py", str(most)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, cwd=snippets.FOLDER, timeout=LONGEST_S
        )
    except subprocess.TimeoutExpired:
        return Swept(name, problem=f"took more than {LONGEST_S} s")
    told = [entry.split(" ", 1) for entry in done.stdout.splitlines() if " " in entry]
    last = {word: rest for word, rest in told}
    counted = int(last.get("allocations", 0))
    leaks = tuple(rest for word, rest in told if word == "leak")
    if done.returncode or "done" not in last:
        end = " / ".join(done.stderr.strip().splitlines()[-3:])
        return Swept(name, counted, 0, leaks, f"exit code {done.returncode} when allocation {last.get('n', '?')} failed: {end}")
    wrong = next((rest for word, rest in told if word == "wrong"), "")
    return Swept(name, counted, int(last["done"]), leaks, wrong)


def line(swept: Swept) -> str:
    leaks = f", {len(swept.leaks)} left references behind (first: {swept.leaks[0]})" if swept.leaks else ""
    return f"{swept.name:20} {swept.tried:6} of {swept.allocations:6} allocations failed in turn{leaks} {swept.problem}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
