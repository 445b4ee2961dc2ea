"""Rabbit's instruction generator: what bytecodes.def may say, and what comes of it."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

INTERPRETER = Path(__file__).resolve().parent.parent / "interpreter"
CASES = INTERPRETER / "Tools" / "cases"
SOURCE = INTERPRETER / "Python" / "bytecodes.def"

# CPython 3.12's instructions as its dis documentation lists them, without CACHE, EXTENDED_ARG, RESERVED and the
# instrumented ones, and without INTERPRETER_EXIT, which serves CPython's own C stack.
INSTRUCTIONS_3_12 = re.findall(
    r"\w+",
    """
    NOP POP_TOP END_FOR END_SEND COPY SWAP UNARY_NEGATIVE UNARY_NOT UNARY_INVERT GET_ITER GET_YIELD_FROM_ITER
    BINARY_OP BINARY_SUBSCR STORE_SUBSCR DELETE_SUBSCR BINARY_SLICE STORE_SLICE GET_AWAITABLE GET_AITER
    GET_ANEXT END_ASYNC_FOR CLEANUP_THROW BEFORE_ASYNC_WITH SET_ADD LIST_APPEND MAP_ADD RETURN_VALUE
    RETURN_CONST YIELD_VALUE SETUP_ANNOTATIONS POP_EXCEPT RERAISE PUSH_EXC_INFO CHECK_EXC_MATCH CHECK_EG_MATCH
    WITH_EXCEPT_START LOAD_ASSERTION_ERROR LOAD_BUILD_CLASS BEFORE_WITH GET_LEN MATCH_MAPPING MATCH_SEQUENCE
    MATCH_KEYS STORE_NAME DELETE_NAME UNPACK_SEQUENCE UNPACK_EX STORE_ATTR DELETE_ATTR STORE_GLOBAL
    DELETE_GLOBAL LOAD_CONST LOAD_NAME LOAD_LOCALS LOAD_FROM_DICT_OR_GLOBALS BUILD_TUPLE BUILD_LIST BUILD_SET
    BUILD_MAP BUILD_CONST_KEY_MAP BUILD_STRING LIST_EXTEND SET_UPDATE DICT_UPDATE DICT_MERGE LOAD_ATTR
    LOAD_SUPER_ATTR COMPARE_OP IS_OP CONTAINS_OP IMPORT_NAME IMPORT_FROM JUMP_FORWARD JUMP_BACKWARD
    JUMP_BACKWARD_NO_INTERRUPT POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_IF_NOT_NONE POP_JUMP_IF_NONE FOR_ITER
    LOAD_GLOBAL LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_AND_CLEAR STORE_FAST DELETE_FAST MAKE_CELL LOAD_CLOSURE
    LOAD_DEREF LOAD_FROM_DICT_OR_DEREF STORE_DEREF DELETE_DEREF COPY_FREE_VARS RAISE_VARARGS CALL
    CALL_FUNCTION_EX PUSH_NULL KW_NAMES MAKE_FUNCTION BUILD_SLICE FORMAT_VALUE MATCH_CLASS RESUME
    RETURN_GENERATOR SEND CALL_INTRINSIC_1 CALL_INTRINSIC_2
    """,
)


@pytest.fixture(scope="module")
def definition() -> ModuleType:
    return load(CASES / "definition.py")


@pytest.fixture(scope="module")
def opcode(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module `opcode` as the generator writes it."""
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, "-B", CASES / "opsgen.py", SOURCE, folder], check=True)
    return load(folder / "opcode.py")


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"rabbit_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_instructions_are_those_of_cpython_3_12(opcode: ModuleType) -> None:
    assert sorted(opcode.opmap) == sorted(INSTRUCTIONS_3_12)


def test_instructions_without_an_argument_have_the_small_numbers(opcode: ModuleType) -> None:
    assert {number >= opcode.HAVE_ARGUMENT for number in opcode.hasarg} == {True}
    assert sum(number >= opcode.HAVE_ARGUMENT for number in opcode.opmap.values()) == len(opcode.hasarg)


@pytest.mark.parametrize(
    ("name", "arg", "effect"),
    [
        ("POP_TOP", None, -1),
        ("LOAD_GLOBAL", 3, 2),
        ("LOAD_ATTR", 2, 0),
        ("UNPACK_EX", 0x102, 3),
        ("MAKE_FUNCTION", 9, -2),
        ("BUILD_SLICE", 3, -2),
        ("CALL", 2, -3),
        ("FOR_ITER", 7, 1),
        ("RAISE_VARARGS", 2, -2),
        ("LIST_APPEND", 5, -1),
    ],
)
def test_stack_effects_follow_from_the_operands(opcode: ModuleType, name: str, arg: int | None, effect: int) -> None:
    assert opcode.stack_effect(opcode.opmap[name], arg) == effect


def test_an_effect_adds_up_what_stays_and_what_goes(definition: ModuleType) -> None:
    assert definition.parse_effect("a, rest[arg-1], top -- top, rest[arg-1], a").net == "0"
    assert definition.parse_effect("values[arg] -- result").net == "1 - (arg)"
    assert definition.parse_effect("owner -- null if (arg & 1), value").net == "0 + (arg & 1 ? 1 : 0)"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("inst ADD(a, b)  { }", "is no stack effect"),
        ("inst ADD(a -- b) quickly { }", "'quickly' is no flag"),
        ("inst ADD(a -- b[) { }", "is no item"),
        ("inst ADD(a -- b) { ", "'{' is never closed"),
        ("inst ADD(--) { }\ninst ADD(--) { }", "line 2: ADD was defined in line 1"),
        ("quick ADD_INT of SUB(--) { }", "name an inst"),
        ("instruction ADD", "is no instruction"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_line(definition: ModuleType, text: str, complaint: str) -> None:
    with pytest.raises(definition.DefinitionError, match=re.escape(complaint)):
        definition.parse(text)


def test_the_generator_says_where_the_file_is_wrong_and_writes_nothing(tmp_path: Path) -> None:
    source, output = tmp_path / "bytecodes.def", tmp_path / "out"
    source.write_text("# one\ninst ADD(a -- b) slowly { }\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-B", CASES / "opsgen.py", source, output], capture_output=True, text=True, check=False
    )
    assert (run.returncode, output.exists()) == (1, False)
    assert "line 2: 'slowly' is no flag" in run.stderr
