"""Write the parser: one C function a rule or group, on top of Parser/peg_rt.c.

A function returns what it made, or NULL with the position where it was; `p->failed` says that an exception is set.
"""

from __future__ import annotations

from check import Analysis
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

HEADER = """/* Written by Tools/peg from Grammar/python.peg; change that one. */
#include "rabbit.h"
#include "Parser/parser.h"

#define AT Peg_Span(p, start), p->arena
"""


def emit(analysis: Analysis) -> str:
    return Emitter(analysis).whole()


class Emitter:
    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.rules = analysis.rules
        self.groups: dict[Group, str] = {}
        self.memos: list[str] = []

    def whole(self) -> str:
        bodies = [self.rule(rule) for rule in self.rules.values()]
        done = 0
        while done < len(self.groups):  # groups hold groups
            group, name = list(self.groups.items())[done]
            bodies.append(self.group(group, name))
            done += 1
        names = [f"r_{name}" for name in self.rules] + list(self.groups.values())
        heads = [f"{self.storage(name)}void *{name}(Parser *p);\n" for name in names]
        memos = f"\nenum {{ {', '.join(self.memos)} }};\n" if self.memos else ""
        return HEADER + memos + "\n" + "".join(heads) + "".join(bodies)

    def storage(self, function: str) -> str:
        return "" if function.endswith("_input") else "static "

    # ---- functions

    def rule(self, rule: Rule) -> str:
        if rule.left_recursive:
            return self.growing(rule)
        body = self.body(rule.alternatives)
        if rule.quiet:
            body = f"    bool explain = p->explain;\n    p->explain = false;\n{body}"
        return self.function(f"r_{rule.name}", rule, body)

    def function(self, name: str, rule: Rule, body: str) -> str:
        """Around a body: depth, memo."""
        memo = rule.memo or rule.left_recursive
        out = [f"\n{self.storage(name)}void *{name}(Parser *p)\n{{\n    void *result = NULL;\n"]
        out.append("    if (p->failed || !Peg_Enter(p)) return NULL;\n    const int start = p->mark;\n")
        if memo:
            self.memos.append(f"M_{rule.name}")
            out.append(f"    if (Peg_Known(p, M_{rule.name}, &result)) goto out;\n")
        out.append(body)
        out.append("done: ATTRIBUTE_UNUSED;\n")
        if rule.quiet:
            out.append("    p->explain = explain;\n")
        if memo:
            out.append(f"    Peg_Remember(p, start, M_{rule.name}, result);\nout:\n")
        out.append("    p->depth--;\n    return result;\n}\n")
        return "".join(out)

    def growing(self, rule: Rule) -> str:
        """Left recursion: parse what it ends in, then let it grow while an alternative goes on."""
        base = tuple(one for one in rule.alternatives if not rule.recursive(one))
        grow = [one for one in rule.alternatives if rule.recursive(one)]
        text = [self.body(base).replace("goto done", "goto grow")]
        text.append("grow:\n    while (result != NULL && !p->failed) {\n")
        text.append(f"        {self.typed(rule.ctype)}grown_ = result;\n        const int here = p->mark;\n        (void)grown_;\n")
        for one in grow:
            text.append(self.alternative(one, skip=1, back="here", end="goto grow"))
        text.append("        goto done;\n    }\n")
        return self.function(f"r_{rule.name}", rule, "".join(text))

    def group(self, group: Group, name: str) -> str:
        out = [f"\nstatic void *{name}(Parser *p)\n{{\n    void *result = NULL;\n"]
        out.append("    if (p->failed) return NULL;\n    const int start = p->mark;\n")
        out.append(self.body(group.alternatives))
        out.append("done: ATTRIBUTE_UNUSED;\n    return result;\n}\n")
        return "".join(out)

    def body(self, alternatives: tuple[Alternative, ...]) -> str:
        cut = "    bool cut = false;\n" if any(Item(Cut()) in one.items for one in alternatives) else ""
        return cut + "".join(self.alternative(one) for one in alternatives)

    def alternative(self, one: Alternative, skip: int = 0, back: str = "start", end: str = "goto done") -> str:
        items = one.items[skip:]
        names = [(item.name or f"v{at}_") if self.wanted(item) else "" for at, item in enumerate(items)]
        value = self.value(one, items, names)
        tests = [self.test(item, name) for item, name in zip(items, names, strict=True)]
        declared = [f"            {self.ctype(item.node)}{name} = NULL;\n" for item, name in zip(items, names, strict=True) if name]
        guard = self.guard(one, Alternative(items))
        out = [f"    if ({guard}) {{\n" if guard else "    {\n", *declared]
        if one.items[0].name and skip:
            out.append(f"            {self.ctype(one.items[0].node)}{one.items[0].name} = grown_;\n")
        joined = "\n                && ".join(tests)
        out.append(f"            if ({joined}) {{\n")
        out += [f"                (void){name};\n" for name in names if name]
        if skip and one.items[0].name:
            out.append(f"                (void){one.items[0].name};\n")
        out.append(f"                result = {value};\n")
        if one.action:
            out.append("                if (Err_Occurred()) {\n                    p->failed = true;\n")
            out.append("                    result = NULL;\n                }\n")
        out.append(f"                {end};\n            }}\n")
        out.append(f"            p->mark = {back};\n            if (p->failed) {{\n                result = NULL;\n")
        out.append(f"                {end};\n            }}\n")
        if Item(Cut()) in items:
            out.append(f"            if (cut) {end};\n")
        out.append("    }\n")
        return "".join(out)

    def guard(self, one: Alternative, rest: Alternative) -> str:
        conditions = []
        if one.explains:
            conditions.append("p->explain")
        kinds = self.analysis.first(rest)
        if kinds is not None:
            conditions.append(f"Peg_Sees(p, {self.mask(kinds)})")
        return " && ".join(conditions)

    @staticmethod
    def mask(kinds: frozenset[int]) -> str:
        low = sum(1 << kind for kind in kinds if kind < 64)
        high = sum(1 << (kind - 64) for kind in kinds if kind >= 64)
        return f"{low:#x}u, {high:#x}u"

    # ---- items

    def wanted(self, item: Item) -> bool:
        """Its value may be used: it gets a variable."""
        return not isinstance(item.node, Ahead | Cut)

    def value(self, one: Alternative, items: tuple[Item, ...], names: list[str]) -> str:
        if one.action:
            return one.action
        named = [item.name for item in one.items if item.name]
        if len(named) == 1:
            return str(named[0])
        for tokens in (Literal | Demand, Literal | Demand | Terminal):
            real = [name for item, name in zip(items, names, strict=True) if name and not isinstance(item.node, tokens)]
            if len(real) == 1:
                return real[0]
        held = [name for name in names if name]
        if len(real) == 0 and held:
            return held[0]
        if not held:
            return "p"  # only looked: any value that is not NULL
        raise self.analysis.fail(one.line, "an alternative with several values and no action: name one of them, or add '=> ...'.")

    def test(self, item: Item, name: str) -> str:
        node = item.node
        match node:
            case Cut():
                return "(cut = true)"
            case Ahead(inner, wanted):
                return self.ahead(inner, wanted)
            case Optional(inner):
                return f"({name} = {self.call(inner)}, !p->failed)"
        return f"({name} = {self.call(node)}) != NULL"

    def ahead(self, inner: Node, wanted: bool) -> str:
        kinds = self.plain(inner)
        if kinds is not None:
            return f"{'' if wanted else '!'}Peg_Sees(p, {self.mask(kinds)}) && !p->failed"
        return f"Peg_{'Ahead' if wanted else 'NotAhead'}(p, {self.pointer(inner)})"

    def plain(self, node: Node) -> frozenset[int] | None:
        """The kinds, when the node is one token out of them and nothing else."""
        match node:
            case Terminal():
                return frozenset({self.analysis.tokens.number(node)})
            case Literal(text) if text not in self.analysis.tokens.soft:
                return frozenset({self.analysis.tokens.number(node)})
            case Group(alternatives):
                kinds: frozenset[int] = frozenset()
                for one in alternatives:
                    some = self.plain(one.items[0].node) if len(one.items) == 1 and one.items[0].name is None else None
                    if some is None:
                        return None
                    kinds |= some
                return kinds
        return None

    def call(self, node: Node) -> str:
        match node:
            case Terminal("NAME"):
                return "Peg_Name(p)"
            case Terminal("NUMBER"):
                return "Peg_Number(p)"
            case Terminal(kind):
                return f"Peg_Token(p, T_{kind})"
            case Literal(text) if text in self.analysis.tokens.soft:
                return f'Peg_Word(p, "{text}")'
            case Literal(text):
                return f"Peg_Token(p, T_{self.analysis.tokens.texts[text]})"
            case Call(rule):
                return f"r_{rule}(p)"
            case Many(inner, least):
                return f"Peg_Many(p, {self.pointer(inner)}, {least})"
            case Listed(inner, separator):
                return f"Peg_List(p, {self.pointer(inner)}, T_{self.analysis.tokens.texts[separator.text]})"
            case Demand(Literal(text)):
                return f"Peg_Demand(p, T_{self.analysis.tokens.texts[text]}, \"'{text}'\")"
            case Demand(inner):
                said = "(" + " | ".join(self.said(inner)) + ")"
                return f'Peg_DemandRule(p, {self.pointer(inner)}, "{said}")'
            case Group():
                kinds = self.plain(node)
                if kinds is not None:
                    return f"Peg_AnyToken(p, {self.mask(kinds)})"
                return f"{self.group_name(node)}(p)"
            case Optional():
                return f"{self.group_name(Group((Alternative((Item(node),)),)))}(p)"
        raise GrammarError(f"{node} cannot stand here.")

    def said(self, node: Node) -> list[str]:
        if isinstance(node, Group):
            return [" ".join(self.spelled(item.node) for item in one.items) for one in node.alternatives]
        return [self.spelled(node)]

    @staticmethod
    def spelled(node: Node) -> str:
        match node:
            case Literal(text):
                return f"'{text}'"
            case Terminal(kind):
                return kind
            case Call(rule):
                return rule
            case Optional(Literal(text)):
                return f"'{text}'?"
        return "..."

    def pointer(self, node: Node) -> str:
        """The name of a function that parses the node."""
        if isinstance(node, Call):
            return f"r_{node.rule}"
        return self.group_name(node if isinstance(node, Group) else Group((Alternative((Item(node),)),)))

    def group_name(self, group: Group) -> str:
        return self.groups.setdefault(group, f"g_{len(self.groups) + 1}")

    def ctype(self, node: Node) -> str:
        match node:
            case Terminal("NAME") | Terminal("NUMBER"):
                return "Expr *"
            case Literal(text) if text in self.analysis.tokens.soft:
                return "Expr *"
            case Terminal() | Literal() | Demand(Literal()):
                return "Token *"
            case Call(rule):
                return self.typed(self.rules[rule].ctype)
            case Optional(inner):
                return self.ctype(inner)
            case Group() if self.plain(node) is not None:
                return "Token *"
        return "void *"

    @staticmethod
    def typed(ctype: str) -> str:
        return f"{ctype} *"


