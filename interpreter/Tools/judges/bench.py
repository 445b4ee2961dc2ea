"""Measure Rabbit beside CPython 3.11: CPU seconds of 22 programs, turn by turn, and what `-c pass` costs.

Example: python3 Tools/judges/bench.py --rabbit build/rabbit fib life
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hosts

PROGRAMS = Path(__file__).parent / "bench"
LONGEST_S = 120
STARTS = 40


@dataclass(frozen=True)
class Row:
    """Medians of CPU seconds, and what went wrong if something did."""

    name: str
    rabbit_s: float = math.nan
    host_s: float = math.nan
    problem: str = ""

    @property
    def ratio(self) -> float:
        return self.rabbit_s / self.host_s


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    host = hosts.cpython("3.11")
    if host is None:
        print("bench: no CPython 3.11 found to measure beside: install one, or name it with CAMELOT_PYTHON311=...")
        return 2
    print(how_built(host))
    names = asked.names or sorted(path.stem for path in PROGRAMS.glob("*.py"))
    rows = []
    for name in names:
        rows.append(measure(name, asked.rabbit.resolve(), host, asked.rounds))
        print(line(rows[-1]), flush=True)
    summary(rows)
    start(asked.rabbit.resolve())
    if asked.json:
        asked.json.write_text(json.dumps([vars(row) for row in rows], indent=1) + "\n")
    return 1 if any(row.problem for row in rows) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="programs of Tools/judges/bench; all when none is named")
    parser.add_argument("--rabbit", type=Path, default=Path("./rabbit"), help="the program that is measured [./rabbit]")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, of which the median counts [5]")
    parser.add_argument("--json", type=Path, help="write the numbers there as well")
    return parser


def measure(name: str, rabbit: Path, host: Path, rounds: int) -> Row:
    """Both interpreters take turns, so that a busy moment of the machine meets both."""
    spent: dict[Path, list[float]] = {host: [], rabbit: []}
    said: dict[Path, str] = {}
    for _ in range(rounds):
        for program in (host, rabbit):
            seconds, text, problem = run([program, PROGRAMS / f"{name}.py"])
            if problem or said.setdefault(program, text) != text:
                return Row(name, problem=problem or "two runs printed different things")
            spent[program].append(seconds)
    if said[host] != said[rabbit]:
        return Row(name, problem=f"printed {said[rabbit]!r} instead of {said[host]!r}")
    return Row(name, statistics.median(spent[rabbit]), statistics.median(spent[host]))


def run(command: list[Path]) -> tuple[float, str, str]:
    """User and system seconds of one process, what it printed, and what is wrong with it, if anything."""
    before = os.times()
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return math.nan, "", f"took more than {LONGEST_S} s"
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    told = (done.stderr.splitlines() or [""])[-1]
    return seconds, done.stdout, f"exit code {done.returncode}: {told}" if done.returncode else ""


def how_built(host: Path) -> str:
    """The CPython beside which is measured: a profile or link-time optimisation would make it faster by a fifth."""
    asked = (
        "import sys, sysconfig as s; flags = ' '.join(map(str, map(s.get_config_var, ('CONFIG_ARGS', 'PY_CORE_CFLAGS'))));"
        "kinds = {'-O3': '-O3', '-O2': '-O2', '-fprofile-use': 'a profile', '-flto': 'link-time optimisation'};"
        "print(sys.version.split()[0], 'with', ', '.join(n for k, n in kinds.items() if k in flags) or 'unknown flags')"
    )
    said = subprocess.run([host, "-I", "-c", asked], capture_output=True, text=True, check=True).stdout
    return f"beside CPython {said.strip()}, {host}"


def line(row: Row) -> str:
    if row.problem:
        return f"{row.name:15} {row.problem}"
    return f"{row.name:15} {row.host_s:7.2f} s {row.rabbit_s:7.2f} s {row.ratio:6.2f} x"


def summary(rows: Sequence[Row]) -> None:
    ratios = {row.name: row.ratio for row in rows if not row.problem}
    if ratios:
        worst = max(ratios, key=ratios.__getitem__)
        mean = statistics.geometric_mean(ratios.values())
        print(f"geometric mean  {mean:.2f} x of {len(ratios)} programs; the most {ratios[worst]:.2f} x ({worst})")


def start(rabbit: Path) -> None:
    """CPU and wall time of a program that does nothing, less those of /bin/true; and its memory."""
    turns = [(_spent([str(rabbit), "-c", "pass"]), _spent(["true"])) for _ in range(STARTS)]
    cpu, wall = (statistics.median(ours[i] - least[i] for ours, least in turns) for i in (0, 1))
    peak = _peak_kb(rabbit)
    print(f"-c pass         {1000 * cpu:.1f} ms of CPU, {1000 * wall:.1f} ms in all, {peak / 1024:.1f} MB")


def _spent(command: list[str]) -> tuple[float, float]:
    """CPU and wall seconds of one process."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - began


def _peak_kb(rabbit: Path) -> int:
    """Peak resident kilobytes of a program that only asks for them. (What wait4 tells of a child counts its parent too.)"""
    asked = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    return int(subprocess.run([rabbit, "-c", asked], capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
