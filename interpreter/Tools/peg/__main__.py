"""Write Rabbit's parser from its grammar: `python3 Tools/peg PYTHON.PEG TOKENS.DEF OUTPUT.C`.

Needs Python 3.11 or newer and nothing else. A wrong grammar gets one sentence with the place, and status 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

import check
import emit
import reader
import tokens
from grammar import GrammarError


def generate(grammar: str, filename: str, token_table: str) -> str:
    """The text of the C file. Raises GrammarError."""
    analysis = check.Analysis(reader.read(grammar, filename), tokens.read(token_table), filename)
    return emit.emit(analysis)


def main(argv: list[str]) -> int:
    if len(argv) != 4:
        print("use: python3 Tools/peg PYTHON.PEG TOKENS.DEF OUTPUT.C", file=sys.stderr)
        return 2
    grammar, table, output = (Path(one) for one in argv[1:])
    try:
        text = generate(grammar.read_text(encoding="utf-8"), grammar.name, table.read_text(encoding="utf-8"))
    except GrammarError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
