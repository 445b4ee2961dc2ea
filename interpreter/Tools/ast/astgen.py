"""Write the C side of the syntax tree from Grammar/nodes.def.

`ast_nodes.h` gets a struct, an enum and a constructor for each kind; `ast_nodes.c` the constructors, and a table of all
kinds and their fields (`Ast_Kinds`) from which walkers that treat every node alike (the dump, the freeing of nothing,
the counting) are written once.

Use: astgen.py NODES.DEF OUTPUT_FOLDER.  Needs Python 3.11 or newer and nothing else.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

SIMPLE = {"identifier": "Object *", "string": "Object *", "constant": "Object *", "int": "int "}
PREFIX = {"expr_context": "Ctx", "boolop": "Bool", "operator": "Op", "unaryop": "Unary", "cmpop": "Cmp"}
HEADER = "/* Written by Tools/ast/astgen.py from Grammar/nodes.def; change that one. */\n"


@dataclass(frozen=True)
class Field:
    type: str
    name: str
    sequence: bool
    optional: bool


@dataclass(frozen=True)
class Kind:
    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Sum:
    """`product`: the sum has one kind, which bears its name in the tree. `enum`: its kinds hold nothing."""

    name: str
    kinds: tuple[Kind, ...]
    attributes: bool
    product: bool

    @property
    def enum(self) -> bool:
        return self.name in PREFIX

    @property
    def ctype(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("_"))


def read(text: str) -> list[Sum]:
    """The sums in the order of the file. Raises ValueError with the text that is no rule."""
    text = re.sub(r"#.*", "", text)
    rules = re.split(r"^(?=\w+\s*=)", text, flags=re.MULTILINE)
    return [_rule(rule) for rule in rules if rule.strip()]


def _rule(text: str) -> Sum:
    name, _, right = (part.strip() for part in text.partition("="))
    attributes = bool(re.search(r"\battributes\s*$", right))
    right = re.sub(r"\battributes\s*$", "", right).strip()
    if right.startswith("("):
        return Sum(name, (Kind(name, _fields(right[1:-1])),), attributes, product=True)
    return Sum(name, tuple(_kind(part) for part in right.split("|")), attributes, product=False)


def _kind(text: str) -> Kind:
    found = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", text, re.DOTALL)
    if not found:
        raise ValueError(f"{text.strip()!r} is no kind of node: write Kind or Kind(type field, ...)")
    return Kind(found[1], _fields(found[2] or ""))


def _fields(text: str) -> tuple[Field, ...]:
    return tuple(_field(part) for part in text.split(",") if part.strip())


def _field(text: str) -> Field:
    found = re.fullmatch(r"\s*(\w+)(\??)(\*?)\s+(\w+)\s*", text)
    if not found:
        raise ValueError(f"{text.strip()!r} is no field: write type name, type* name or type? name")
    return Field(found[1], found[4], bool(found[3]), bool(found[2]))


class Writer:
    def __init__(self, sums: list[Sum]) -> None:
        self.sums = sums
        self.by_name = {one.name: one for one in sums}

    def ctype(self, field: Field) -> str:
        """How a field is declared, up to its name."""
        if field.sequence:
            return f"{self.sequence(field.type)} *"
        if field.type in SIMPLE:
            return SIMPLE[field.type]
        one = self.by_name[field.type]
        return f"{one.ctype} " if one.enum else f"{one.ctype} *"

    def sequence(self, type_name: str) -> str:
        if type_name in SIMPLE:
            return "ObjectSeq"
        return f"{self.by_name[type_name].ctype}Seq"

    def header(self) -> str:
        trees = [one for one in self.sums if not one.enum]
        out = [HEADER, "#ifndef RABBIT_AST_NODES_H\n#define RABBIT_AST_NODES_H\n"]
        out += [f"typedef struct {one.ctype} {one.ctype};\n" for one in trees]
        out.append("\n/* Sequences are never NULL; an item is only where nodes.def says `?*`. */\n")
        out.append("typedef struct { Size n; void *at[]; } AnySeq;\n")
        out.append("typedef struct { Size n; Object *at[]; } ObjectSeq;\n")
        for one in self.sums:
            item = f"{one.ctype} at[]" if one.enum else f"{one.ctype} *at[]"
            if one.enum:
                names = ", ".join(f"{PREFIX[one.name]}_{kind.name}" for kind in one.kinds)
                out.append(f"typedef enum {{ {names} }} {one.ctype};\n")
            out.append(f"typedef struct {{ Size n; {item}; }} {one.ctype}Seq;\n")
        out.append("\nenum {\n")
        out += [f"    {kind.name}_kind,\n" for one in trees if not one.product for kind in one.kinds]
        out += [f"    {one.name}_kind,\n" for one in trees if one.product]
        out.append("    AST_KIND_COUNT\n};\n")
        out += [self.struct(one) for one in trees]
        out.append("\n")
        out += [f"{self.prototype(one, kind)};\n" for one in trees for kind in one.kinds]
        out.append("\n#endif\n")
        return "".join(out)

    def struct(self, one: Sum) -> str:
        lines = [f"\nstruct {one.ctype} {{\n    int kind;\n    Location at;\n"]
        if one.product:
            lines += [f"    {self.ctype(field)}{field.name};\n" for field in one.kinds[0].fields]
        else:
            lines.append("    union {\n")
            for kind in one.kinds:
                if kind.fields:
                    members = " ".join(f"{self.ctype(field)}{field.name};" for field in kind.fields)
                    lines.append(f"        struct {{ {members} }} {kind.name};\n")
            lines.append("    };\n")
        return "".join([*lines, "};\n"])

    def prototype(self, one: Sum, kind: Kind) -> str:
        parameters = [f"{self.ctype(field)}{field.name}" for field in kind.fields]
        parameters += ["Location at"] if one.attributes else []
        return f"{one.ctype} *Ast_{kind.name}({', '.join([*parameters, 'Arena *arena'])})"

    def source(self) -> str:
        trees = [one for one in self.sums if not one.enum]
        out = [HEADER, '#include "rabbit.h"\n#include "ast.h"\n']
        out += [self.constructor(one, kind) for one in trees for kind in one.kinds]
        kinds = [(one, kind) for one in trees if not one.product for kind in one.kinds]
        kinds += [(one, one.kinds[0]) for one in trees if one.product]
        out += [self.fields(one, kind) for one, kind in kinds if kind.fields]
        out.append("\nconst AstKind Ast_Kinds[AST_KIND_COUNT] = {\n")
        for one, kind in kinds:
            table = f"fields_{kind.name}" if kind.fields else "NULL"
            located = "true" if one.attributes else "false"
            out.append(f'    {{"{kind.name}", {len(kind.fields)}, {located}, {table}}},\n')
        out.append("};\n")
        for one in self.sums:
            if one.enum:
                names = ", ".join(f'"{kind.name}"' for kind in one.kinds)
                out.append(f"\nstatic const char *const names_{one.name}[] = {{{names}}};\n")
        out.append("\nconst char *const *const Ast_EnumNames[] = {\n")
        out += [f"    [AST_{one.name.upper()}] = names_{one.name},\n" for one in self.sums if one.enum]
        out.append("};\n")
        return "".join(out)

    def constructor(self, one: Sum, kind: Kind) -> str:
        inner = "" if one.product else f"{kind.name}."
        lines = [f"\n{self.prototype(one, kind)}\n{{\n"]
        lines.append(f"    {one.ctype} *node = Arena_Alloc(arena, sizeof({one.ctype}));\n")
        lines.append("    if (node == NULL) return NULL;\n")
        lines.append(f"    node->kind = {kind.name}_kind;\n")
        lines += ["    node->at = at;\n"] if one.attributes else []
        lines += [f"    node->{inner}{field.name} = {field.name};\n" for field in kind.fields]
        return "".join([*lines, "    return node;\n}\n"])

    def fields(self, one: Sum, kind: Kind) -> str:
        rows = [f"\nstatic const AstField fields_{kind.name}[] = {{\n"]
        for field in kind.fields:
            path = field.name if one.product else f"{kind.name}.{field.name}"
            sort = f"AST_{field.type.upper()}" if field.type in {*SIMPLE, *PREFIX} else "AST_NODE"
            flags = ["AST_SEQUENCE"] * field.sequence + ["AST_OPTIONAL"] * field.optional
            where = f"offsetof({one.ctype}, {path})"
            rows.append(f'    {{"{field.name}", {sort}, {" | ".join(flags) or "0"}, {where}}},\n')
        return "".join([*rows, "};\n"])


def main(argv: list[str]) -> int:
    if len(argv) != 3:
        print("use: astgen.py NODES.DEF OUTPUT_FOLDER", file=sys.stderr)
        return 2
    writer = Writer(read(Path(argv[1]).read_text(encoding="utf-8")))
    folder = Path(argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ast_nodes.h").write_text(writer.header(), encoding="utf-8")
    (folder / "ast_nodes.c").write_text(writer.source(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
