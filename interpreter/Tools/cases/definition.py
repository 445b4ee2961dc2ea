"""Read Python/bytecodes.def: every instruction with what it takes, what it leaves, its flags and its C text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

FLAGS = frozenset({"const", "name", "local", "free", "jump", "arg", "ends", "plain"})
WITH_ARGUMENT = frozenset({"const", "name", "local", "free", "jump", "arg"})
KINDS = ("inst", "pseudo", "quick")

HEAD = re.compile(r"(inst|pseudo|quick)\s+(\w+)\s*(?:of\s+(\w+)\s*)?\(")
ITEM = re.compile(r"(?P<name>\w+)\s*(?:\[(?P<count>.+)\]|if\s*\((?P<condition>.+)\))?")


@dataclass(frozen=True)
class Item:
    """One reference, `count` of them, or one where `condition` holds; both are C expressions of `arg`."""

    name: str
    count: str = ""
    condition: str = ""

    @property
    def size(self) -> str:
        return f"({self.count})" if self.count else f"({self.condition} ? 1 : 0)" if self.condition else "1"

    @property
    def fixed(self) -> bool:
        return not (self.count or self.condition)


@dataclass(frozen=True)
class Effect:
    inputs: tuple[Item, ...]
    outputs: tuple[Item, ...]

    @property
    def net(self) -> str:
        """The C expression of how far the stack grows."""
        plain = sum(i.fixed for i in self.outputs) - sum(i.fixed for i in self.inputs)
        terms = [f"+ {i.size}" for i in self.outputs if not i.fixed] + [
            f"- {i.size}" for i in self.inputs if not i.fixed
        ]
        return " ".join([str(plain), *_cancel(terms)])


@dataclass(frozen=True)
class Instruction:
    kind: str
    name: str
    effect: Effect
    flags: frozenset[str]
    jump_effect: Effect
    body: str = ""
    general: str = ""
    line: int = 0

    @property
    def has_arg(self) -> bool:
        return bool(self.flags & WITH_ARGUMENT)


@dataclass
class Definition:
    instructions: list[Instruction] = field(default_factory=list)
    intrinsics: dict[str, list[str]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Instruction]:
        return [i for i in self.instructions if i.kind == kind]


class DefinitionError(ValueError):
    """The text is no definition: says the line and what was met there."""


def parse(text: str) -> Definition:
    """Raises DefinitionError; two instructions of one name are an error too."""
    return _Reader(text).definition()


def _cancel(terms: list[str]) -> list[str]:
    """Without the pairs that add and take away the same."""
    left = list(terms)
    for term in terms:
        opposite = ("- " if term[0] == "+" else "+ ") + term[2:]
        if term in left and opposite in left:
            left.remove(term)
            left.remove(opposite)
    return left


def parse_effect(text: str, line: int = 0) -> Effect:
    if text.count("--") != 1:
        raise DefinitionError(f"line {line}: {text!r} is no stack effect: write (inputs -- outputs)")
    before, after = text.split("--")
    return Effect(_items(before, line), _items(after, line))


def _items(text: str, line: int) -> tuple[Item, ...]:
    return tuple(_item(part.strip(), line) for part in text.split(",") if part.strip())


def _item(text: str, line: int) -> Item:
    match = ITEM.fullmatch(text)
    if match is None:
        raise DefinitionError(f"line {line}: {text!r} is no item: write name, name[count] or name if (condition)")
    return Item(match["name"], match["count"] or "", match["condition"] or "")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = re.sub(r"^#.*", "", text, flags=re.MULTILINE)
        self.at = 0

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def definition(self) -> Definition:
        result = Definition()
        while self._skip_space():
            if self.text.startswith("intrinsics ", self.at):
                name, *members = self._rest_of_line().split()[1:]
                result.intrinsics[name] = members
            else:
                result.instructions.append(self._instruction())
        _check(result)
        return result

    def _instruction(self) -> Instruction:
        line, match = self.line, HEAD.match(self.text, self.at)
        if match is None:
            raise DefinitionError(
                f"line {line}: {self._rest_of_line()!r} is no instruction: begin with inst, pseudo or quick"
            )
        self.at = match.end() - 1
        kind, name, general = match[1], match[2], match[3] or ""
        effect = parse_effect(self._bracket("(", ")"), line)
        flags, jump_effect = self._flags(effect)
        body = self._bracket("{", "}") if self.text.startswith("{", self.at) else ""
        return Instruction(kind, name, effect, flags, jump_effect, body, general, line)

    def _flags(self, effect: Effect) -> tuple[frozenset[str], Effect]:
        flags: set[str] = set()
        while match := re.compile(r"[ \t]*(\w+)").match(self.text, self.at):
            self.at = match.end()
            if match[1] == "jumps":
                self._skip_space()
                effect = parse_effect(self._bracket("(", ")"), self.line)
            elif match[1] in FLAGS:
                flags.add(match[1])
            else:
                raise DefinitionError(f"line {self.line}: {match[1]!r} is no flag: use {', '.join(sorted(FLAGS))}")
        self._skip_blanks()
        return frozenset(flags), effect

    def _bracket(self, opening: str, closing: str) -> str:
        """The text between a bracket, which is here, and the one that closes it."""
        start, depth = self.at, 0
        for i in range(start, len(self.text)):
            depth += (self.text[i] == opening) - (self.text[i] == closing)
            if depth == 0:
                self.at = i + 1
                return self.text[start + 1 : i]
        raise DefinitionError(f"line {self.line}: {opening!r} is never closed")

    def _skip_blanks(self) -> None:
        while self.text[self.at : self.at + 1] in {" ", "\t"}:
            self.at += 1

    def _skip_space(self) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text)

    def _rest_of_line(self) -> str:
        end = self.text.find("\n", self.at)
        start, self.at = self.at, len(self.text) if end < 0 else end
        return self.text[start : self.at]


def _check(definition: Definition) -> None:
    seen: dict[str, Instruction] = {}
    for instruction in definition.instructions:
        if instruction.name in seen:
            raise DefinitionError(
                f"line {instruction.line}: {instruction.name} was defined in line {seen[instruction.name].line}"
            )
        seen[instruction.name] = instruction
    for quick in definition.of_kind("quick"):
        general = seen.get(quick.general)
        if general is None or general.kind != "inst":
            raise DefinitionError(f"line {quick.line}: {quick.name} is of {quick.general or 'nothing'}: name an inst")
