"""The body of the interpreter's loop: by instruction its label, its operands as C variables, its text, its results."""

from __future__ import annotations

import re

from definition import Definition, Effect, Instruction, Item

LEAVES = ("NEXT();", "goto leave;", "goto unwind;", "goto resume;")
HEADER = "/* Written by Tools/cases/opsgen.py from Python/bytecodes.def; change that one. */\n"


def targets(definition: Definition, by_name: dict[str, int]) -> str:
    """A row for each number: the label to jump to."""
    label = {number: f"&&op_{name}" for name, number in by_name.items() if number < 256}
    rows = [f"    {label.get(number, '&&op_unknown')}," for number in range(256)]
    return "\n".join([HEADER + "static const void *const targets[256] = {", *rows, "};", ""])


def cases(definition: Definition) -> str:
    return HEADER + "\n".join(_case(i) for i in definition.instructions if i.kind != "pseudo")


def _case(instruction: Instruction) -> str:
    effect, body = instruction.effect, instruction.body.strip("\n")
    begin = "PLAIN" if "plain" in instruction.flags else "CASE"
    lines = [f"{begin}({instruction.name}) {{", *_inputs(effect), *_outputs(effect)]
    lines.append(_expand(body, effect))
    if not body.rstrip().endswith(LEAVES):
        lines += [*_finish(effect), "    NEXT();"]
    return "\n".join([*lines, "}", ""])


def _offsets(items: tuple[Item, ...]) -> list[str]:
    """By item: how far from the bottom of the group it lies."""
    offset, result = "0", []
    for item in items:
        result.append(offset)
        offset = f"{offset} + {item.size}"
    return [_add(text) for text in result]


def _add(text: str) -> str:
    """`0 + 1 + (arg) + 1` -> `2 + (arg)`."""
    terms = text.split(" + ") if "(" not in text else re.split(r" \+ (?![^()]*\))", text)
    number = sum(int(t) for t in terms if t.isdigit())
    return " + ".join([str(number), *(t for t in terms if not t.isdigit())])


def _total(items: tuple[Item, ...]) -> str:
    return _add(" + ".join(["0", *(i.size for i in items)]))


def _kept(effect: Effect) -> set[str]:
    """Outputs that are inputs left in place."""
    places = {i.name: (o, i.size) for i, o in zip(effect.inputs, _offsets(effect.inputs), strict=True)}
    return {
        i.name
        for i, o in zip(effect.outputs, _offsets(effect.outputs), strict=True)
        if places.get(i.name) == (o, i.size)
    }


def _inputs(effect: Effect) -> list[str]:
    """The operands, read before anything changes; `_` and what nobody names stay unread."""
    total, lines = _total(effect.inputs), []
    for item, offset in zip(effect.inputs, _offsets(effect.inputs), strict=True):
        place = f"sp - ({total}) + ({offset})"
        if item.count:
            lines.append(f"    Object **{item.name} = {place};")
        else:
            value = f"*({place})"
            lines.append(
                f"    Object *{item.name} = {f'({item.condition}) ? {value} : NULL' if item.condition else value};"
            )
        lines.append(f"    (void){item.name};")
    return lines


def _outputs(effect: Effect) -> list[str]:
    inputs = {i.name for i in effect.inputs}
    total, lines = _total(effect.inputs), []
    for item, offset in zip(effect.outputs, _offsets(effect.outputs), strict=True):
        if item.name in inputs:
            continue
        if item.count:
            lines.append(f"    Object **{item.name} = sp - ({total}) + ({offset});\n    (void){item.name};")
        else:
            lines.append(f"    Object *{item.name} = NULL;\n    (void){item.name};")
    return lines


def _expand(body: str, effect: Effect) -> str:
    """DROP() and FAIL_IF() know the instruction's operands; kept ones are not given back."""
    kept = _kept(effect)
    given_back = [i for i in effect.inputs if i.name not in kept]
    drops = "; ".join(_drop(i) for i in given_back)
    size = f"{_total(effect.inputs)}" if not kept else f"{_total(tuple(given_back))}"
    body = body.replace("DROP()", f"do {{ {drops}; }} while (0)" if drops else "((void)0)")
    return body.replace("FAIL_IF(", f"FAIL_AFTER({size}, ")


def _drop(item: Item) -> str:
    if item.count:
        return f"drop_values({item.name}, {item.count})"
    return f"XUnref({item.name})" if item.condition or item.name in {"null", "first"} else f"Unref({item.name})"


def _finish(effect: Effect) -> list[str]:
    """Move the stack pointer, then write the results."""
    kept, net = _kept(effect), effect.net
    lines = [] if net == "0" else [f"    sp += {net};"]
    total = _total(effect.outputs)
    for item, offset in zip(effect.outputs, _offsets(effect.outputs), strict=True):
        if item.name in kept or item.count:
            continue
        write = f"*(sp - ({total}) + ({offset})) = {item.name};"
        lines.append(f"    if ({item.condition}) {{ {write} }}" if item.condition else f"    {write}")
    return lines
