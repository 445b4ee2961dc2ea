"""What a grammar implies (which rules may match nothing, what each may begin with) and what makes it wrong."""

from __future__ import annotations

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
    walk,
)
from tokens import Tokens


class Analysis:
    """`first(alternative)`: the kinds of tokens that it can begin with; None when it has to be tried whatever comes."""

    def __init__(self, rules: dict[str, Rule], tokens: Tokens, filename: str) -> None:
        self.rules = rules
        self.tokens = tokens
        self.filename = filename
        self._check_names()
        self.empty = self._empty_rules()
        self._check_recursion()
        self._firsts: dict[str, frozenset[int] | None] = {name: frozenset() for name in rules}
        self._solve_firsts()
        for rule in rules.values():
            self._check_order(rule, rule.alternatives)

    def fail(self, line: int, sentence: str) -> GrammarError:
        return GrammarError(f"{self.filename}:{line}: {sentence}")

    # ---- names

    def _check_names(self) -> None:
        used = {call.rule for rule in self.rules.values() for call in walk(rule.alternatives) if isinstance(call, Call)}
        roots = [rule for rule in self.rules.values() if rule.name not in used and not rule.name.endswith("_input")]
        if roots:
            raise self.fail(roots[0].line, f"rule {roots[0].name} is used by no other: use it, or name it ..._input if parsing starts there.")
        for rule in self.rules.values():
            for alternative in rule.alternatives:
                for node in walk((alternative,)):
                    self._check_name(rule, alternative, node)

    def _check_name(self, rule: Rule, alternative: Alternative, node: Node) -> None:
        if isinstance(node, Call) and node.rule not in self.rules:
            raise self.fail(alternative.line, f"rule {rule.name} uses {node.rule!r}, which no rule defines.")
        if isinstance(node, Literal | Terminal) and not self.tokens.knows(node):
            text = node.text if isinstance(node, Literal) else node.kind
            raise self.fail(alternative.line, f"rule {rule.name} uses {text!r}, which tokens.def does not have.")

    # ---- nothing

    def _empty_rules(self) -> frozenset[str]:
        empty: set[str] = set()
        while True:
            more = {
                rule.name
                for rule in self.rules.values()
                if any(all(_nothing(item.node, empty) for item in one.items) for one in rule.alternatives)
            }
            if more == empty:
                return frozenset(empty)
            empty = more

    def nothing(self, node: Node) -> bool:
        return _nothing(node, self.empty)

    # ---- left recursion

    def _check_recursion(self) -> None:
        """Only a rule's own alternatives may begin with the rule; a detour would never end."""
        edges = {rule.name: self._beginnings(rule) for rule in self.rules.values()}
        for name in edges:
            seen: set[str] = set()
            todo = list(edges[name])
            while todo:
                other = todo.pop()
                if other == name:
                    raise self.fail(self.rules[name].line, f"rule {name} begins with itself by way of other rules: let it do so directly.")
                if other not in seen:
                    seen.add(other)
                    todo += edges[other]

    def _beginnings(self, rule: Rule) -> set[str]:
        found: set[str] = set()
        for one in rule.alternatives:
            items = one.items[1:] if rule.recursive(one) else one.items
            if items is not one.items and self.nothing(Call(rule.name)):
                raise self.fail(one.line, f"rule {rule.name} is left-recursive and may match nothing.")
            if items is one.items:
                self._begin(items, found)
        return found

    def _begin(self, items: tuple[Item, ...], found: set[str]) -> None:
        for item in items:
            match item.node:
                case Call(name):
                    found.add(name)
                case Group(alternatives):
                    for one in alternatives:
                        self._begin(one.items, found)
                case Optional(inner) | Many(inner) | Ahead(inner) | Demand(inner) | Listed(inner):
                    self._begin((Item(inner),), found)
                case _:
                    pass
            if not self.nothing(item.node):
                return

    # ---- first tokens

    def _solve_firsts(self) -> None:
        changed = True
        while changed:
            changed = False
            for rule in self.rules.values():
                now = self._union(rule.alternatives)
                if now != self._firsts[rule.name]:
                    self._firsts[rule.name], changed = now, True

    def _union(self, alternatives: tuple[Alternative, ...]) -> frozenset[int] | None:
        kinds: frozenset[int] = frozenset()
        for one in alternatives:
            some = self.first(one)
            if some is None:
                return None
            kinds |= some
        return kinds

    def first(self, alternative: Alternative) -> frozenset[int] | None:
        kinds: frozenset[int] = frozenset()
        for item in alternative.items:
            some = self.node_first(item.node)
            if some is None:
                return None
            kinds |= some
            if not self.nothing(item.node):
                return kinds
        return None

    def node_first(self, node: Node) -> frozenset[int] | None:
        match node:
            case Literal() | Terminal():
                return frozenset({self.tokens.number(node)})
            case Call(name):
                return self._firsts[name]
            case Group(alternatives):
                return self._union(alternatives)
            case Optional(inner) | Many(inner) | Listed(inner):
                return self.node_first(inner)
            case Demand():
                return None
            case Ahead() | Cut():
                return frozenset()

    # ---- order

    def _check_order(self, rule: Rule, alternatives: tuple[Alternative, ...]) -> None:
        for at, later in enumerate(alternatives):
            for earlier in alternatives[:at]:
                if _shape(earlier) == _shape(later)[: len(earlier.items)] or all(self.sure(item.node) for item in earlier.items):
                    line = later.line or rule.line
                    raise self.fail(line, f"an alternative of rule {rule.name} is never reached: whatever it matches, one above it matches first.")
            if rule.recursive(later) and any(not rule.recursive(earlier) and not earlier.explains for earlier in alternatives[:at]):
                raise self.fail(later.line, f"an alternative of rule {rule.name} is never reached: those that begin with {rule.name} go first.")

    def sure(self, node: Node) -> bool:
        """It matches whatever comes."""
        match node:
            case Optional():
                return True
            case Many(_, least):
                return least == 0
            case _:
                return False


def _shape(alternative: Alternative) -> list[Node]:
    return [item.node for item in alternative.items]


def _nothing(node: Node, empty: set[str] | frozenset[str]) -> bool:
    match node:
        case Optional() | Ahead() | Cut():
            return True
        case Many(inner, least):
            return least == 0 or _nothing(inner, empty)
        case Call(name):
            return name in empty
        case Group(alternatives):
            return any(all(_nothing(item.node, empty) for item in one.items) for one in alternatives)
        case Demand(inner) | Listed(inner):
            return _nothing(inner, empty)
        case _:
            return False
