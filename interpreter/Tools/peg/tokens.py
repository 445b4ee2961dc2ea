"""The kinds of tokens, read from Grammar/tokens.def.

A line there is `TOKEN(NAME)`, `OPERATOR(NAME, "text")`, `KEYWORD(NAME, "text")` or `SOFT(NAME, "text")`. C includes the same
file; the kinds are numbered in the order of the file, soft keywords excepted (they are names).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grammar import GrammarError, Literal, Terminal

LINE = re.compile(r'(TOKEN|OPERATOR|KEYWORD|SOFT)\((\w+)(?:,\s*"([^"]+)")?\)')
MOST = 128  # first sets are two words of 64 bits


@dataclass(frozen=True)
class Tokens:
    """`kinds`: name to number. `texts`: what operators and keywords look like, to their kind."""

    kinds: dict[str, int]
    texts: dict[str, str]
    soft: frozenset[str]

    def number(self, node: Literal | Terminal) -> int:
        """The kind that this node matches; a soft keyword is a NAME."""
        if isinstance(node, Terminal):
            return self.kinds[node.kind]
        return self.kinds["NAME" if node.text in self.soft else self.texts[node.text]]

    def knows(self, node: Literal | Terminal) -> bool:
        if isinstance(node, Terminal):
            return node.kind in self.kinds
        return node.text in self.soft or node.text in self.texts


def read(text: str) -> Tokens:
    kinds: dict[str, int] = {}
    texts: dict[str, str] = {}
    soft = set()
    for sort, name, spelling in LINE.findall(text):
        if sort == "SOFT":
            soft.add(spelling)
            continue
        if name in kinds:
            raise GrammarError(f"tokens.def: token {name} is defined twice: drop one.")
        kinds[name] = len(kinds)
        if spelling:
            texts[spelling] = name
    if "NAME" not in kinds or len(kinds) > MOST:
        raise GrammarError(f"tokens.def: {len(kinds)} tokens found, where 1 to {MOST} and one called NAME are expected.")
    return Tokens(kinds, texts, frozenset(soft))
