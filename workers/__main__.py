"""`python -m workers VERB ...` for machines without the rest of Camelot: `probe`, `join` and `run`."""

from __future__ import annotations

import importlib
import sys

VERBS = {"probe": "workers.probe", "join": "workers.join", "run": "workers.run"}


def main(argv: list[str]) -> int:
    """Do what the first word says; 2 and one sentence for another one."""
    if not argv or argv[0] not in VERBS:
        print(f"{' '.join(argv) or 'nothing'!r} is no verb of a worker: {', '.join(VERBS)}", file=sys.stderr)
        return 2
    return int(importlib.import_module(VERBS[argv[0]]).main(argv[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
