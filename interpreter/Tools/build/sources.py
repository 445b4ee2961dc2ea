"""Print the files of some folders that end in a suffix, sorted, one a line: `sources.py Objects Python .c`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(folders: list[str], suffix: str) -> None:
    for path in sorted(found for folder in folders for found in (ROOT / folder).glob("*" + suffix)):
        print(path.relative_to(ROOT).as_posix())


if __name__ == "__main__":
    main(sys.argv[1:-1], sys.argv[-1])
