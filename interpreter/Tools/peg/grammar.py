"""What a grammar is made of, as plain data: rules of alternatives of items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


class GrammarError(Exception):
    """One sentence with the place, fit to be shown."""


@dataclass(frozen=True)
class Literal:
    """`"if"`, `"("` or `"match"`: a keyword, an operator or a soft keyword, as tokens.def has it."""

    text: str


@dataclass(frozen=True)
class Terminal:
    """`NAME`, `NEWLINE`: a kind of token."""

    kind: str


@dataclass(frozen=True)
class Call:
    rule: str


@dataclass(frozen=True)
class Group:
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Optional:
    inner: Node


@dataclass(frozen=True)
class Many:
    """`x*` and `x+`."""

    inner: Node
    least: int


@dataclass(frozen=True)
class Listed:
    """`x % ","`: one or more, with a separator between."""

    inner: Node
    separator: Literal


@dataclass(frozen=True)
class Ahead:
    """`&x` and `!x`: looks, and takes nothing."""

    inner: Node
    wanted: bool


@dataclass(frozen=True)
class Demand:
    """`x!`: a syntax error of its own when x is not there."""

    inner: Node


@dataclass(frozen=True)
class Cut:
    """`~`: from here on, no other alternative is tried."""


Node = Literal | Terminal | Call | Group | Optional | Many | Listed | Ahead | Demand | Cut


@dataclass(frozen=True)
class Item:
    node: Node
    name: str | None = None


@dataclass(frozen=True)
class Alternative:
    items: tuple[Item, ...]
    action: str | None = field(default=None, compare=False)
    line: int = field(default=0, compare=False)

    @property
    def explains(self) -> bool:
        """It is one invalid_ rule, which looks for a better error message in the second pass. (Among other items, it is asked in both.)"""
        first = self.items[0].node
        return len(self.items) == 1 and isinstance(first, Call) and first.rule.startswith("invalid_")


@dataclass(frozen=True)
class Rule:
    """`ctype`: what its actions make. `quiet`: the `invalid_` rules sleep below it."""

    name: str
    ctype: str
    memo: bool
    quiet: bool
    alternatives: tuple[Alternative, ...]
    line: int

    def recursive(self, alternative: Alternative) -> bool:
        return alternative.items[0].node == Call(self.name)

    @property
    def left_recursive(self) -> bool:
        return any(self.recursive(one) for one in self.alternatives)


def walk(alternatives: tuple[Alternative, ...]) -> Iterator[Node]:
    """Every node below, parents first."""
    for alternative in alternatives:
        for item in alternative.items:
            yield from _below(item.node)


def _below(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Group(alternatives):
            yield from walk(alternatives)
        case Listed(inner, separator):
            yield from _below(inner)
            yield separator
        case Optional(inner) | Many(inner) | Ahead(inner) | Demand(inner):
            yield from _below(inner)
        case _:
            pass
