"""GitHub's own examples of webhooks, as they are and with null wherever its description allows null."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.github_contract import Json, contract
from tests.octokit import EXAMPLES, load

Place: TypeAlias = "tuple[str | int, ...]"
_COMBINED = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True)
class Example:
    """`what` says which example it is, and what was done to it."""

    event: str
    what: str
    payload: Json


def examples() -> list[Example]:
    """All of them. Raises tests.octokit.Missing."""
    return [
        Example(kind["name"], f"{kind['name']} example {at}", payload)
        for kind in load(EXAMPLES)
        for at, payload in enumerate(kind["examples"])
    ]


def places(example: Example) -> list[Place]:
    """Where the payload holds something that might as well be null, the outer ones first."""
    schema = contract().webhook(example.event, example.payload.get("action"))
    return sorted(dict.fromkeys(_nullable(schema, example.payload)), key=len) if schema else []


def without(example: Example, places: Sequence[Place]) -> Example:
    """The example with null at every place; those below another that is null already are gone with it."""
    payload = copy.deepcopy(example.payload)
    for place in places:
        _set_null(payload, place)
    named = ", ".join(".".join(map(str, place)) for place in places[:3])
    return Example(example.event, f"{example.what} without {named}", payload)


def _set_null(payload: Any, place: Place) -> None:
    for part in place[:-1]:
        payload = payload[part]
        if payload is None:
            return
    payload[place[-1]] = None


def _nullable(schema: Any, value: Any, at: Place = ()) -> Iterator[Place]:
    schema = _resolved(schema)
    if value is None:
        return
    if schema.get("nullable") and at:
        yield at
    for key in _COMBINED:
        for branch in schema.get(key, ()):
            yield from _nullable(branch, value, at)
    if isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _nullable(inner, value[name], (*at, name))
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _nullable(schema["items"], item, (*at, index))


def _resolved(schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Json = contract().description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
