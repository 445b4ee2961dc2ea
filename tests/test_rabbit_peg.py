"""Rabbit's parser generator: what it reads, what it makes of it, what it refuses with a sentence and the place."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.rabbit_build import SOURCE

PEG = SOURCE / "Tools" / "peg"
PARTS = ("grammar", "tokens", "reader", "check", "emit")
TOKENS = """
TOKEN(ERROR)
TOKEN(ENDMARKER)
TOKEN(NAME)
TOKEN(NUMBER)
OPERATOR(PLUS, "+")
OPERATOR(STAR, "*")
OPERATOR(COMMA, ",")
OPERATOR(COLON, ":")
KEYWORD(KW_IF, "if")
SOFT(MATCH, "match")
"""


@pytest.fixture(scope="module")
def peg() -> Iterator[dict[str, ModuleType]]:
    """The generator's modules; they import each other by bare names, which are taken back at the end."""
    loaded: dict[str, ModuleType] = {}
    try:
        for name in PARTS:
            spec = importlib.util.spec_from_file_location(name, PEG / f"{name}.py")
            assert spec and spec.loader
            sys.modules[name] = loaded[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(loaded[name])
        yield loaded
    finally:
        for name in loaded:
            del sys.modules[name]


def generate(peg: dict[str, ModuleType], grammar: str) -> str:
    rules = peg["reader"].read(grammar, "g.peg")
    text: str = peg["emit"].emit(peg["check"].Analysis(rules, peg["tokens"].read(TOKENS), "g.peg"))
    return text


def analysis(peg: dict[str, ModuleType], grammar: str) -> object:
    return peg["check"].Analysis(peg["reader"].read(grammar, "g.peg"), peg["tokens"].read(TOKENS), "g.peg")


SUM = """
rule file_input:
    | sum ENDMARKER

rule sum: Expr
    | left=sum op=("+" | "*") right=atom => Make(p, left, op, right, AT)
    | atom

rule atom: Expr
    | NAME
    | NUMBER
"""


def test_a_rule_becomes_a_function(peg: dict[str, ModuleType]) -> None:
    text = generate(peg, SUM)
    assert "\nvoid *r_file_input(Parser *p)\n{" in text  # where parsing starts is seen from outside
    assert "static void *r_atom(Parser *p);" in text


def test_left_recursion_becomes_a_loop(peg: dict[str, ModuleType]) -> None:
    body = generate(peg, SUM).split("static void *r_sum(Parser *p)\n{")[1].split("\n}\n")[0]
    assert "while (result != NULL" in body
    assert "r_sum(p)" not in body  # it does not call itself


def test_left_recursive_rules_are_remembered(peg: dict[str, ModuleType]) -> None:
    assert "Peg_Known(p, M_sum, &result)" in generate(peg, SUM)


def test_a_group_of_tokens_is_one_test(peg: dict[str, ModuleType]) -> None:
    assert "op = Peg_AnyToken(p, 0x30u, 0x0u)" in generate(peg, SUM)  # tokens 4 and 5


def test_a_soft_keyword_is_a_name_by_its_text(peg: dict[str, ModuleType]) -> None:
    text = generate(peg, 'rule x_input:\n    | "match" NUMBER => p\n')
    assert 'Peg_Word(p, "match")' in text
    assert "Peg_Sees(p, 0x4u, 0x0u)" in text  # only where a NAME comes


def test_an_action_may_take_several_lines(peg: dict[str, ModuleType]) -> None:
    assert "result = F(p, a, AT);" in generate(
        peg, "rule x_input:\n    | a=NAME NUMBER\n        => F(p,\n             a, AT)\n"
    )


def test_the_value_without_an_action_is_what_is_named_or_no_token(peg: dict[str, ModuleType]) -> None:
    grammar = 'rule x_input:\n    | "if" y ":"\n    | "+" b=NAME NUMBER\n\nrule y:\n    | NUMBER "+" => p\n'
    text = generate(peg, grammar)
    assert "result = v1_;" in text
    assert "result = b;" in text


def test_an_alternative_that_is_an_invalid_rule_waits_for_the_second_pass(peg: dict[str, ModuleType]) -> None:
    text = generate(
        peg, 'rule x_input:\n    | invalid_x\n    | NAME\n\nrule invalid_x:\n    | NUMBER "+" => Complain(p)\n'
    )
    assert "if (p->explain && Peg_Sees(p, 0x8u, 0x0u))" in text


def test_what_an_alternative_begins_with(peg: dict[str, ModuleType]) -> None:
    grammar = 'rule x_input:\n    | "+"? NAME => p\n    | y* "if" => p\n    | !NAME "*" => p\n\nrule y:\n    | NUMBER\n'
    found = analysis(peg, grammar)
    alternatives = found.rules["x_input"].alternatives  # type: ignore[attr-defined]
    firsts = [sorted(found.first(one)) for one in alternatives]  # type: ignore[attr-defined]
    assert firsts == [[2, 4], [3, 8], [5]]


def test_a_comment_is_no_part_of_a_rule(peg: dict[str, ModuleType]) -> None:
    assert "NAME" not in generate(peg, "# about x\nrule x_input:   # NAME\n    | NUMBER  # NAME\n")


# A grammar, and what is said of it behind the name of its file.
WRONG = [
    (
        "rule x_input:\n    | nobody\n",
        "2: rule x_input uses 'nobody', which no rule defines.",
    ),
    (
        'rule x_input:\n    | "%"\n',
        "2: rule x_input uses '%', which tokens.def does not have.",
    ),
    (
        "rule x_input:\n    | DEDENT\n",
        "2: rule x_input uses 'DEDENT', which tokens.def does not have.",
    ),
    (
        "rule x_input:\n    | NAME\nrule y:\n    | NAME\n",
        "3: rule y is used by no other: use it, or name it ..._input if parsing starts there.",
    ),
    (
        "rule x_input:\n    | NAME\nrule x_input:\n    | NUMBER\n",
        "3: rule x_input is defined twice: rename one.",
    ),
    (
        "rule x_input:\n    | NAME\n    | NAME NUMBER => p\n",
        "3: an alternative of rule x_input is never reached: whatever it matches, one above it matches first.",
    ),
    (
        "rule x_input:\n    | NAME?\n    | NUMBER\n",
        "3: an alternative of rule x_input is never reached: whatever it matches, one above it matches first.",
    ),
    (
        'rule x_input:\n    | NAME\n    | x_input "+" => p\n',
        "3: an alternative of rule x_input is never reached: those that begin with x_input go first.",
    ),
    (
        'rule x_input:\n    | y "+" => p\nrule y:\n    | x_input "*" => p\n    | NAME\n',
        "1: rule x_input begins with itself by way of other rules: let it do so directly.",
    ),
    (
        "rule x_input\n    | NAME\n",
        "1: 'rule x_input' is no rule: write 'rule name: Type memo', then lines that begin with '|'.",
    ),
    (
        "rule x_input: Expr quick\n    | NAME\n",
        "1: rule x_input says 'Expr quick': only a type, memo and quiet are known.",
    ),
    (
        "    | NAME\nrule x_input:\n    | NAME\n",
        "1: '| NAME' belongs to no rule: begin with 'rule name:' or '|'.",
    ),
    (
        "nonsense\n",
        "1: 'nonsense' belongs to no rule: begin with 'rule name:' or '|'.",
    ),
    (
        "rule x_input:\n    | (NAME\n",
        "2: a '(' is never closed.",
    ),
    (
        "rule x_input:\n    |\n",
        "2: 'nothing' is no item of an alternative.",
    ),
    (
        "rule x_input:\n    | NAME ) NUMBER\n",
        "2: ')' is no item of an alternative.",
    ),
    (
        "rule x_input:\n    | NAME $ NUMBER\n",
        "2: '$ NUMBER' is nothing that a grammar is made of.",
    ),
    (
        "rule x_input:\n    | NAME % NUMBER\n",
        "2: after % comes the separator, a text in quotes.",
    ),
    (
        "rule x_input:\n    | y y\nrule y:\n    | NAME\n",
        "2: an alternative with several values and no action: name one of them, or add '=> ...'.",
    ),
]


@pytest.mark.parametrize(("grammar", "sentence"), WRONG)
def test_a_wrong_grammar_gets_one_sentence_with_the_place(
    peg: dict[str, ModuleType], grammar: str, sentence: str
) -> None:
    with pytest.raises(peg["grammar"].GrammarError) as error:
        generate(peg, grammar)
    assert str(error.value) == f"g.peg:{sentence}"


def test_two_tokens_of_one_name_are_refused(peg: dict[str, ModuleType]) -> None:
    with pytest.raises(peg["grammar"].GrammarError, match="token NAME is defined twice: drop one"):
        peg["tokens"].read("TOKEN(NAME)\nTOKEN(NAME)\n")


def run(grammar: Path, output: Path) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-B", PEG, grammar, SOURCE / "Grammar" / "tokens.def", output]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_writes_the_parser(tmp_path: Path) -> None:
    output = tmp_path / "out" / "rules.c"
    done = run(SOURCE / "Grammar" / "python.peg", output)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert "r_file_input" in output.read_text(encoding="utf-8")


def test_the_program_refuses_a_wrong_grammar_and_writes_nothing(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.peg"
    wrong.write_text("rule x_input:\n    | nobody\n", encoding="utf-8")
    done = run(wrong, tmp_path / "rules.c")
    assert (done.returncode, done.stderr) == (1, "wrong.peg:2: rule x_input uses 'nobody', which no rule defines.\n")
    assert not (tmp_path / "rules.c").exists()
