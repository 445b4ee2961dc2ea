"""Numbers, names, flags and stack effects, for C and for the module `opcode`."""

from __future__ import annotations

from definition import Definition, Effect, Instruction

HEADER = "/* Written by Tools/cases/opsgen.py from Python/bytecodes.def; change that one. */\n"
HAVE_ARGUMENT = 90  # as in CPython 3.12: smaller numbers take no argument
FIRST_QUICK = 200
FIRST_PSEUDO = 256
FLAG_BITS = ("const", "name", "local", "free", "jump", "arg", "ends", "plain")
BINARY_SYMBOLS = ("+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^")
BINARY_NAMES = [
    "ADD",
    "AND",
    "FLOOR_DIVIDE",
    "LSHIFT",
    "MATRIX_MULTIPLY",
    "MULTIPLY",
    "REMAINDER",
    "OR",
    "POWER",
    "RSHIFT",
    "SUBTRACT",
    "TRUE_DIVIDE",
    "XOR",
]


def numbers(definition: Definition) -> dict[str, int]:
    """By name. Those without an argument lie below HAVE_ARGUMENT, quick ones above what a code object may hold."""
    real = definition.of_kind("inst")
    groups = (
        (1, [i for i in real if not i.has_arg]),
        (HAVE_ARGUMENT, [i for i in real if i.has_arg]),
        (FIRST_QUICK, definition.of_kind("quick")),
        (FIRST_PSEUDO, definition.of_kind("pseudo")),
    )
    return {i.name: first + k for first, group in groups for k, i in enumerate(group)}


def ids(definition: Definition, by_name: dict[str, int]) -> str:
    lines = [HEADER + "#ifndef RABBIT_OPCODE_IDS_H\n#define RABBIT_OPCODE_IDS_H\nenum {"]
    lines += [f"    OP_{name} = {number}," for name, number in by_name.items()]
    lines += [
        f"    OP_HAVE_ARGUMENT = {HAVE_ARGUMENT}, OP_FIRST_QUICK = {FIRST_QUICK}, OP_FIRST_PSEUDO = {FIRST_PSEUDO},",
        "};",
    ]
    for prefix, members in definition.intrinsics.items():
        lines += ["enum {", *(f"    {prefix}_{name} = {k}," for k, name in enumerate(members, 1)), "};"]
    lines += [
        "enum {",
        *(f"    NB_OP_{name} = {k}," for k, name in enumerate(BINARY_NAMES)),
        f"    NB_OP_INPLACE = {len(BINARY_NAMES)},",
        "};",
    ]
    return "\n".join([*lines, "#endif", ""])


def _effect_case(name: str, effect: Effect, jump: Effect) -> str:
    expression = effect.net if effect == jump else f"jump ? {jump.net} : {effect.net}"
    return f"    case OP_{name}: return {expression};"


def table(definition: Definition, by_name: dict[str, int]) -> str:
    flags = ", ".join(f"OPF_{flag.upper()} = {1 << k}" for k, flag in enumerate(FLAG_BITS))
    known = [i for i in definition.instructions if i.kind != "quick"]
    last = max(by_name.values())
    return "\n".join(
        [
            HEADER + "#ifndef RABBIT_OPCODE_METADATA_H\n#define RABBIT_OPCODE_METADATA_H",
            '#include "opcode_ids.h"',
            "/* What the argument means; OPF_ENDS: control never goes on behind it. */",
            f"enum {{ {flags} }};",
            "typedef struct { const char *name; unsigned flags; } OpInfo;",
            f"static const OpInfo Op_Info[{last + 1}] = {{",
            *(f'    [OP_{i.name}] = {{"{i.name}", {_bits(i)}}},' for i in definition.instructions),
            "};",
            "/* How far the stack grows, behind the instruction or (jump) on the way of its jump. */",
            "static inline int Op_StackEffect(int op, int arg, int jump)\n{",
            "    (void)arg, (void)jump;\n    switch (op) {",
            *(_effect_case(i.name, i.effect, i.jump_effect) for i in known),
            "    default: return 0;\n    }\n}\n#endif\n",
        ]
    )


def _bits(instruction: Instruction) -> str:
    return " | ".join(f"OPF_{flag.upper()}" for flag in FLAG_BITS if flag in instruction.flags) or "0"


def module(definition: Definition, by_name: dict[str, int]) -> str:
    """The module `opcode`, with the names that CPython's has."""
    real = [i for i in definition.instructions if i.kind == "inst"]
    with_flag = {flag: [by_name[i.name] for i in real if flag in i.flags] for flag in FLAG_BITS}
    symbols = [(f"NB_{name}", symbol) for name, symbol in zip(BINARY_NAMES, BINARY_SYMBOLS, strict=True)]
    symbols += [(f"NB_INPLACE_{name[3:]}", f"{symbol}=") for name, symbol in symbols]
    return "\n".join(
        [
            '"""The instructions of the machine. Written by Tools/cases/opsgen.py from Python/bytecodes.def."""',
            "",
            'cmp_op = ("<", "<=", "==", "!=", ">", ">=")',
            f"HAVE_ARGUMENT = {HAVE_ARGUMENT}",
            f"opmap = { ({i.name: by_name[i.name] for i in real})!r}",
            'opname = [f"<{number}>" for number in range(256)]',
            "for _name, _number in opmap.items():\n    opname[_number] = _name",
            f"hasarg = {[by_name[i.name] for i in real if i.has_arg]!r}",
            f"hasconst = {with_flag['const']!r}",
            f"hasname = {with_flag['name']!r}",
            f"hasjrel = {with_flag['jump']!r}",
            "hasjabs = []",
            f"haslocal = {with_flag['local']!r}",
            f"hasfree = {with_flag['free']!r}",
            f"hascompare = {[by_name['COMPARE_OP']] if 'COMPARE_OP' in by_name else []!r}",
            "hasexc = []",
            f"_nb_ops = {symbols!r}",
            f"_intrinsic_1_descs = {_described(definition, 'INTRINSIC_1')!r}",
            f"_intrinsic_2_descs = {_described(definition, 'INTRINSIC_2')!r}",
            "",
            "",
            "def stack_effect(opcode, oparg=None, /, *, jump=None):",
            '    """How far the stack grows; the larger of the two ways when `jump` is None."""',
            "    if opcode not in _effects:",
            '        raise ValueError("invalid opcode or oparg")',
            "    if (oparg is None) == (opcode >= HAVE_ARGUMENT):",
            '        wrong = "requires oparg but oparg was not"',
            '        wrong = wrong if oparg is None else "does not permit oparg but oparg was"',
            '        raise ValueError(f"stack_effect: opcode {wrong} specified")',
            "    return _effects[opcode](oparg or 0)",
            "",
            "",
            "_effects = {",
            *(f"    {by_name[i.name]}: lambda arg: {_python(i.effect)}," for i in real),
            "}",
            "",
        ]
    )


def _described(definition: Definition, prefix: str) -> list[str]:
    """The names by argument; nothing has the argument 0."""
    return [f"{prefix}_INVALID", *(f"INTRINSIC_{name}" for name in definition.intrinsics.get(prefix, []))]


def _python(effect: Effect) -> str:
    """The net effect as a Python expression: C's `c ? 1 : 0` becomes a truth."""
    terms = [str(sum(i.fixed for i in effect.outputs) - sum(i.fixed for i in effect.inputs))]
    for sign, items in (("+", effect.outputs), ("-", effect.inputs)):
        terms += [f"{sign} ({i.count})" if i.count else f"{sign} bool({i.condition})" for i in items if not i.fixed]
    return " ".join(terms)
