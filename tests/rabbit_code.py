"""Print the code objects of source files as rows of text, under Rabbit and under CPython 3.12 alike.

Use: rabbit_code.py FILE ...   A .snippets file is many sources, each behind a line `### name`. Needs builtins, sys and
opcode. What the two store differently is brought to one form: caches and EXTENDED_ARG go, offsets count instructions,
constants are written by type and repr.
"""

from __future__ import annotations

import opcode
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

RABBIT = sys.implementation.name == "rabbit"
CACHES: list[int] = getattr(opcode, "_inline_cache_entries", [])  # CPython: units behind each opcode
BACKWARD = ("JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT")


def read_word_code(code: CodeType) -> tuple[list[tuple[str, int]], list[int], list[Any]]:
    """Rabbit: four bytes an instruction. Returns [(name, arg)] and the place of each offset."""
    raw = code.co_code
    out = []
    for i in range(0, len(raw), 4):
        arg = raw[i + 1] | raw[i + 2] << 8 | raw[i + 3] << 16
        out.append((opcode.opname[raw[i]], arg))
    return out, list(range(len(out) + 1)), list(code.co_positions())


def read_cached_code(code: CodeType) -> tuple[list[tuple[str, int]], list[int], list[Any]]:
    """CPython: two bytes a unit; caches and EXTENDED_ARG are units of their own."""
    raw = code.co_code
    positions = list(code.co_positions())
    out: list[tuple[str, int, int]] = []
    place: list[int] = []
    where: list[Any] = []
    extended = skip = 0
    for unit in range(len(raw) // 2):
        place.append(len(out))
        op, arg = raw[2 * unit], raw[2 * unit + 1]
        if skip:
            skip -= 1
            continue
        if op == opcode.EXTENDED_ARG:
            extended = (extended | arg) << 8
            continue
        out.append((opcode.opname[op], extended | arg, unit))
        where.append(positions[unit])
        skip = CACHES[op]
        extended = 0
    place.append(len(out))
    rows = []
    for name, arg, unit in out:
        if opcode.opmap[name] in opcode.hasjrel:
            target = unit + 1 + CACHES[opcode.opmap[name]] + (-arg if name in BACKWARD else arg)
            rows.append((name, place[target]))
        else:
            rows.append((name, arg))
    return rows, place, where


def constant(value: Any) -> str:
    if hasattr(value, "co_code"):
        return f"code {value.co_qualname}"
    if isinstance(value, tuple):
        return "(" + ", ".join([constant(item) for item in value]) + ")"
    if isinstance(value, frozenset):
        return "frozenset{" + ", ".join(sorted([constant(item) for item in value])) + "}"
    return type(value).__name__ + " " + repr(value)


NAMED = {
    "LOAD_NAME": 0,
    "STORE_NAME": 0,
    "DELETE_NAME": 0,
    "LOAD_GLOBAL": 1,
    "STORE_GLOBAL": 0,
    "DELETE_GLOBAL": 0,
    "LOAD_FROM_DICT_OR_GLOBALS": 0,
    "LOAD_ATTR": 1,
    "LOAD_SUPER_ATTR": 2,
    "STORE_ATTR": 0,
    "DELETE_ATTR": 0,
    "IMPORT_NAME": 0,
    "IMPORT_FROM": 0,
}
CONSTANTS = ("LOAD_CONST", "RETURN_CONST", "KW_NAMES")
VARIABLES = (
    "LOAD_FAST",
    "LOAD_FAST_CHECK",
    "LOAD_FAST_AND_CLEAR",
    "STORE_FAST",
    "DELETE_FAST",
    "MAKE_CELL",
    "LOAD_CLOSURE",
    "LOAD_DEREF",
    "STORE_DEREF",
    "DELETE_DEREF",
    "LOAD_FROM_DICT_OR_DEREF",
)
JUMPS = (
    "JUMP_FORWARD",
    "JUMP_BACKWARD",
    "JUMP_BACKWARD_NO_INTERRUPT",
    "POP_JUMP_IF_FALSE",
    "POP_JUMP_IF_TRUE",
    "POP_JUMP_IF_NONE",
    "POP_JUMP_IF_NOT_NONE",
    "FOR_ITER",
    "SEND",
)
WITH_ARG = (
    "RESUME",
    "COPY",
    "SWAP",
    "COPY_FREE_VARS",
    "BINARY_OP",
    "IS_OP",
    "CONTAINS_OP",
    "BUILD_TUPLE",
    "BUILD_LIST",
    "BUILD_SET",
    "BUILD_MAP",
    "BUILD_CONST_KEY_MAP",
    "BUILD_STRING",
    "BUILD_SLICE",
    "LIST_APPEND",
    "SET_ADD",
    "MAP_ADD",
    "LIST_EXTEND",
    "SET_UPDATE",
    "DICT_UPDATE",
    "DICT_MERGE",
    "FORMAT_VALUE",
    "UNPACK_SEQUENCE",
    "UNPACK_EX",
    "MAKE_FUNCTION",
    "CALL",
    "CALL_FUNCTION_EX",
    "CALL_INTRINSIC_1",
    "CALL_INTRINSIC_2",
    "YIELD_VALUE",
    "GET_AWAITABLE",
    "RAISE_VARARGS",
    "RERAISE",
    "MATCH_CLASS",
)


def meaning(code: CodeType, variables: list[str], index: int, name: str, arg: int) -> str:
    if name in NAMED:
        shift = NAMED[name]
        return code.co_names[arg >> shift] + " " + str(arg & ((1 << shift) - 1))
    if name in CONSTANTS:
        return constant(code.co_consts[arg])
    if name in VARIABLES:
        return variables[arg]
    if name in JUMPS:
        if not RABBIT:
            return "to " + str(arg)
        return "to " + str(index + 1 - arg if name in BACKWARD else index + 1 + arg)
    if name == "COMPARE_OP":
        return str(arg >> 4)
    return str(arg) if name in WITH_ARG else ""


def varint(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    value = byte & 63
    while byte & 64:
        at += 1
        byte = data[at]
        value = value << 6 | (byte & 63)
    return value, at + 1


def handlers(code: CodeType, place: list[int]) -> list[str]:
    data, at = code.co_exceptiontable, 0
    out: list[str] = []
    while at < len(data):
        start, at = varint(data, at)
        length, at = varint(data, at)
        target, at = varint(data, at)
        depth, at = varint(data, at)
        guarded = f"{place[start]}..{place[start + length]}"
        out.append(f"guard {guarded} -> {place[target]} depth {depth >> 1} lasti {depth & 1}")
    return out


def show(code: CodeType, out: list[str]) -> None:
    variables = list(code.co_varnames)
    variables += [name for name in code.co_cellvars if name not in variables]
    variables += list(code.co_freevars)
    instructions, place, where = read_word_code(code) if RABBIT else read_cached_code(code)
    out.append(
        f"== {code.co_qualname} name={code.co_name} line={code.co_firstlineno} flags={code.co_flags} "
        f"args={code.co_argcount} "
        f"{code.co_posonlyargcount} {code.co_kwonlyargcount} stack={max(1, code.co_stacksize)} vars={code.co_varnames} "
        f"cells={code.co_cellvars} frees={code.co_freevars}"
    )
    for index in range(len(instructions)):
        name, arg = instructions[index]
        at = where[index]
        out.append(f"{index} {name} {meaning(code, variables, index, name, arg)} @ {at[0]}:{at[2]}-{at[1]}:{at[3]}")
    for row in handlers(code, place):
        out.append(row)
    for value in code.co_consts:
        if hasattr(value, "co_code"):
            show(value, out)


def sources(path: str) -> list[tuple[str, str]]:
    """[(name, text)]: the file itself, or each of the sources of a .snippets file."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 (Rabbit has no pathlib)
        text = file.read()
    if not path.endswith(".snippets"):
        return [(path, text)]
    parts = ("\n" + text).split("\n### ")[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def rows(source: str) -> list[str]:
    out: list[str] = []
    try:
        show(compile(source, "<source>", "exec", dont_inherit=True), out)
    except SyntaxError as error:
        where = f"{error.lineno}:{error.offset}-{error.end_lineno}:{error.end_offset}"
        out.append(f"{type(error).__name__}: {error.msg} {where}")
    except (RecursionError, ValueError, OverflowError) as error:
        out.append(f"{type(error).__name__}: {error}")
    return out


def main(paths: list[str]) -> None:
    for path in paths:
        for name, source in sources(path):
            print("####", name)
            print("\n".join(rows(source)))


if __name__ == "__main__":
    main(sys.argv[1:])
