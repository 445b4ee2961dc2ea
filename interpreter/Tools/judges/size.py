"""Measure the hand-written C: lines, and how long its functions are. Exit code 1 if one is too long.

Example: python3 Tools/judges/size.py
"""

from __future__ import annotations

import re
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("Include", "Parser", "Objects", "Python", "Modules", "Programs", "Grammar")
SUFFIXES = {".c", ".h", ".def"}
LONGEST = 150
ENDLESS = {"Eval_Frame"}  # the loop that all instructions run in

NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")
MACRO = re.compile(r"DEF\((\w+)\)")
QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|//.*")


def main() -> int:
    files = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*") if path.suffix in SUFFIXES)
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    found = [(length, name, path) for path in files if path.suffix == ".c" for name, length in functions(path)]
    lengths = sorted(length for length, _, _ in found)
    long = [entry for entry in sorted(found, reverse=True) if entry[0] > LONGEST and entry[1] not in ENDLESS]
    print(f"{sum(lines.values()):,} lines in {len(files)} files; the longest: {max(lines, key=lines.__getitem__).name}, {max(lines.values()):,}")
    print(f"{len(found):,} functions: median {statistics.median(lengths):.0f} lines, nine of ten below {lengths[len(lengths) * 9 // 10] + 1}")
    for length, name, path in sorted(found, reverse=True)[:5]:
        print(f"  {length:4} {name} ({path.relative_to(ROOT)})")
    for length, name, path in long:
        print(f"too long: {name} in {path.relative_to(ROOT)} has {length} lines, more than {LONGEST}")
    return 1 if long else 0


def functions(path: Path) -> list[tuple[str, int]]:
    """(name, lines) of each function; from the line of its name to its closing brace."""
    found: list[tuple[str, int]] = []
    depth, start, name = 0, 0, ""
    for number, line in enumerate(bare(path.read_text(encoding="utf-8")).splitlines()):
        if depth == 0 and not line.startswith((" ", "\t", "#", "}", "{")) and "(" in line and not line.rstrip().endswith(";"):
            start, name = number, named(line)
        before = depth
        depth += line.count("{") - line.count("}")
        if name and depth == 0 and (before > 0 or "{" in line):
            found.append((name, number - start + 1))
            name = ""
        elif depth == 0 and line.rstrip().endswith(";"):
            name = ""
    return found


def bare(text: str) -> str:
    """The text with comments, strings and characters emptied, its lines kept."""
    text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.S)
    return "\n".join(QUOTED.sub('""', line) for line in text.splitlines())


def named(line: str) -> str:
    """The name of the function that a line begins; empty for tables and the like."""
    if macro := MACRO.match(line):
        return macro[1]
    head = line.split("=")[0]
    found = NAME.search(head)
    return found[1] if found and "=" not in line.split("{")[0] else ""


if __name__ == "__main__":
    sys.exit(main())
