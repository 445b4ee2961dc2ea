"""Every row of a specification that is a must has at least one test that bears its id (`pytest.mark.row`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent

# Rows ranked M, and those S that are built, as prefix -> numbers.
WANTED = {
    "IN": range(1, 14),
    "GH": range(1, 10),
    "IS": range(1, 5),
    "NW": (1, 2, 3, 5, 6),
    "ST": range(1, 8),
    "BP": (*range(1, 10), 11, 12, 13, 14, 17, 19),
    "CL": (1, 2, 3, 5, 6, 7, 8, 9, 10, 12),
    "MG": (1,),
    "CM": (1,),
    "OP": (1, 2, 4, 5),
    "RL": range(1, 26),
}
FARM = {
    *(f"A{number}" for number in range(1, 10)),
    *(f"B{number}" for number in (*range(1, 8), 9, 11, 12, 13, 14, 15, 18)),
}


def marked() -> Iterator[str]:
    """The ids in all `pytest.mark.row(...)` of the tests, read from their source."""
    for file in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.row":
                yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def test_every_row_that_must_hold_has_a_test() -> None:
    wanted = {f"{prefix}-{number}" for prefix, numbers in WANTED.items() for number in numbers} | FARM
    missing = sorted(wanted - set(marked()))
    assert not missing, f"rows without a test: {', '.join(missing)}"
