"""Write what Rabbit derives from Python/bytecodes.def into the build folder.

`opcode_ids.h` numbers the instructions; `opcode_metadata.h` tells of each its name, its flags and its effect on the
stack; `cases.h` is the body of the loop in Python/eval.c, `opcode_targets.h` its jump table; `opcode.py` is the module
of that name.

Use: opsgen.py BYTECODES.DEF OUTPUT_FOLDER.  Needs Python 3.11 or newer and nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cases
import metadata
from definition import DefinitionError, parse


def main(source: Path, folder: Path) -> int:
    try:
        definition = parse(source.read_text(encoding="utf-8"))
    except DefinitionError as error:
        print(f"{source}: {error}", file=sys.stderr)
        return 1
    numbers = metadata.numbers(definition)
    outputs = {
        "opcode_ids.h": metadata.ids(definition, numbers),
        "opcode_metadata.h": metadata.table(definition, numbers),
        "opcode_targets.h": cases.targets(definition, numbers),
        "cases.h": cases.cases(definition),
        "opcode.py": metadata.module(definition, numbers),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in outputs.items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("use: opsgen.py BYTECODES.DEF OUTPUT_FOLDER")
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
