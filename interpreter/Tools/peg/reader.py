"""Read a grammar.

    # a comment, to the end of the line
    rule NAME: Type memo quiet          all three optional; Type is the C struct that its actions return
        | item item ... => C expression
        | ...

An item is `name=x` or x, and x is one of

    "text"  NAME  rule_name  ( x ... | x ... )      what tokens.def or the grammar knows
    x?  x*  x+  x % ","                             optional, repeated, separated
    &x  !x                                          only looks ahead
    x!                                              a syntax error when missing
    ~                                               no other alternative from here on

An action sees the names, `p` (the parser) and `AT` (the location and the arena, as constructors of nodes take them). Without one the
value is that of the only named item, or else of the only item that is no token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grammar import (
    Ahead,
    Alternative,
    Call,
    Cut,
    Demand,
    GrammarError,
    Group,
    Item,
    Listed,
    Literal,
    Many,
    Node,
    Optional,
    Rule,
    Terminal,
)

HEAD = re.compile(r"rule (\w+):((?: \w+)*)$")
WORD = re.compile(r'(?P<space>\s*)(?P<text>"[^"]+"|\w+=(?!>)|\w+|[()|?*+%&!~])')


@dataclass
class Words:
    """The words of one alternative, and whether space came before each."""

    words: list[tuple[str, bool]]
    place: str
    at: int = 0

    def peek(self) -> str:
        return self.words[self.at][0] if self.at < len(self.words) else ""

    def attached(self) -> str:
        """The next word when no space precedes it."""
        return "" if self.at >= len(self.words) or self.words[self.at][1] else self.peek()

    def take(self) -> str:
        self.at += 1
        return self.words[self.at - 1][0]


def read(text: str, filename: str) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for head, line, bodies in _paragraphs(text, filename):
        rule = _rule(head, bodies, line, filename)
        if rule.name in rules:
            raise GrammarError(f"{filename}:{line}: rule {rule.name} is defined twice: rename one.")
        rules[rule.name] = rule
    return rules


def _paragraphs(text: str, filename: str) -> Iterator[tuple[str, int, list[tuple[int, str]]]]:
    """(head, line, [(line, alternative)]) of each rule; continuation lines are joined."""
    head, at = "", 0
    bodies: list[tuple[int, str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", raw).rstrip()
        if line.startswith("rule "):
            if head:
                yield head, at, bodies
            head, at, bodies = line, number, []
        elif line.lstrip().startswith("|") and head:
            bodies.append((number, line.lstrip()[1:]))
        elif line.strip() and bodies:
            bodies[-1] = (bodies[-1][0], bodies[-1][1] + "\n" + line.strip())
        elif line.strip():
            raise GrammarError(f"{filename}:{number}: {line.strip()!r} belongs to no rule: begin with 'rule name:' or '|'.")
    if head:
        yield head, at, bodies


def _rule(head: str, bodies: list[tuple[int, str]], line: int, filename: str) -> Rule:
    found = HEAD.fullmatch(head)
    if not found or not bodies:
        raise GrammarError(f"{filename}:{line}: {head!r} is no rule: write 'rule name: Type memo', then lines that begin with '|'.")
    words = found[2].split()
    types = [word for word in words if word[0].isupper()]
    if set(words) - {"memo", "quiet", *types} or len(types) > 1:
        raise GrammarError(f"{filename}:{line}: rule {found[1]} says {found[2].strip()!r}: only a type, memo and quiet are known.")
    alternatives = tuple(_alternative(body, number, filename) for number, body in bodies)
    return Rule(found[1], types[0] if types else "void", "memo" in words, "quiet" in words, alternatives, line)


def _alternative(body: str, line: int, filename: str) -> Alternative:
    left, arrow, action = body.partition("=>")
    words = Words(_split(left, f"{filename}:{line}"), f"{filename}:{line}")
    items = _items(words)
    if words.peek() or not items:
        raise GrammarError(f"{filename}:{line}: {words.peek() or 'nothing'!r} is no item of an alternative.")
    return Alternative(items, " ".join(action.split()) if arrow else None, line)


def _split(text: str, place: str) -> list[tuple[str, bool]]:
    words, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = WORD.match(text, at)
        if not found:
            raise GrammarError(f"{place}: {text[at:].strip()!r} is nothing that a grammar is made of.")
        words.append((found["text"], bool(found["space"])))
        at = found.end()
    return words


def _items(words: Words) -> tuple[Item, ...]:
    items = []
    while words.peek() not in ("", "|", ")"):
        name = words.take()[:-1] if words.peek().endswith("=") and words.peek()[0] != '"' else None
        items.append(Item(_node(words), name))
    return tuple(items)


def _node(words: Words) -> Node:
    if words.peek() in ("&", "!"):
        wanted = words.take() == "&"
        return Ahead(_atom(words), wanted)
    if words.peek() == "~":
        words.take()
        return Cut()
    atom = _atom(words)
    match words.attached():
        case "?":
            words.take()
            return Optional(atom)
        case "*" | "+" as sign:
            words.take()
            return Many(atom, int(sign == "+"))
        case "!":
            words.take()
            return Demand(atom)
    if words.peek() == "%":
        words.take()
        separator = _atom(words)
        if not isinstance(separator, Literal):
            raise GrammarError(f"{words.place}: after % comes the separator, a text in quotes.")
        listed = Listed(atom, separator)
        if words.attached() == "?":
            words.take()
            return Optional(listed)
        return listed
    return atom


def _atom(words: Words) -> Node:
    word = words.take() if words.peek() else ""
    if word == "(":
        group = _group(words)
        if words.peek() != ")":
            raise GrammarError(f"{words.place}: a '(' is never closed.")
        words.take()
        return group
    if word.startswith('"'):
        return Literal(word[1:-1])
    if re.fullmatch(r"[A-Z_]+", word):
        return Terminal(word)
    if re.fullmatch(r"\w+", word):
        return Call(word)
    raise GrammarError(f"{words.place}: {word!r} stands where an item should begin.")


def _group(words: Words) -> Group:
    alternatives = []
    while True:
        items = _items(words)
        if not items:
            raise GrammarError(f"{words.place}: a group has an empty alternative.")
        alternatives.append(Alternative(items))
        if words.peek() != "|":
            return Group(tuple(alternatives))
        words.take()
