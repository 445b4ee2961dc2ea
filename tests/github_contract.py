"""GitHub's published description as a judge: of the local forge's answers and webhooks, and of our own requests.

Calls and webhooks come as the lines that forge/local/recorder.py writes. Each judgement is a list of sentences, empty
when nothing is wrong. Objects may hold nothing that the description does not name: who leans on more would find it
missing at GitHub.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.octokit import DESCRIPTION, load

Json = dict[str, Any]
USED = Path(__file__).parent / "github_contract.toml"
SCHEMAS = "#/components/schemas/"
BOTS = "camelot"  # how our client calls itself
ANYWHERE = (400, 401, 403, 404, 429, 500, 502)  # GitHub answers these to any call, described or not
ERROR = {"$ref": f"{SCHEMAS}basic-error"}
INVALID = {"anyOf": [{"$ref": f"{SCHEMAS}validation-error"}, {"$ref": f"{SCHEMAS}validation-error-simple"}, ERROR]}
MOST_SAID = 6
# What GitHub sends everywhere; the description has it in one copy of an object and forgets it in another.
BEYOND = (
    "client_id",
    "email_addresses",
    "has_discussions",
    "notification_setting",
    "parent",
    "type",
    "user_view_type",
    "web_commit_signoff_required",
)
LABEL = {"color", "description", "default"}  # what only labels have; one copy of them forgets that nothing may be said
# Described so that nothing fits (an account is to be a person and an enterprise at once): what is meant stands here.
REPAIRED = {"GET /app/installations": {"type": "array", "items": {"$ref": f"{SCHEMAS}installation"}}}
# Answers that GitHub gives and does not describe (and 422 wherever a body does not fit): no such commit.
UNDESCRIBED = {("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", 422)}
_COMBINED = ("allOf", "anyOf", "oneOf")
_DROPPED = ("example", "examples", "nullable", "default")
_LOOSE = ("format", "email")  # GitHub's own addresses of bots, 1+name[bot]@..., are none by the letter
_NUMERIC = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}


# --- from OpenAPI 3.0 to JSON Schema ---


def convert(schema: Any, strict: bool = True) -> Any:
    """`nullable` becomes a type, references stay inside; a strict object has no property that is not named."""
    if isinstance(schema, list):
        return [convert(item, strict) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        return {"$ref": f"#/$defs/{name if strict else f'{name}~'}"}
    kept = {key: value for key, value in schema.items() if key not in _DROPPED and (key, value) != _LOOSE}
    if not strict and "oneOf" in kept:
        kept["anyOf"] = kept.pop("oneOf")  # GitHub's errors often fit two of its shapes
    made = {key: _convert_part(key, value, strict, kept) for key, value in kept.items()}
    if strict and "properties" in made and "additionalProperties" not in made:
        made["properties"] = {**dict.fromkeys(BEYOND, True), **made["properties"]}
        made["unevaluatedProperties" if _is_combined(made) else "additionalProperties"] = False
    return _nullable(made) if schema.get("nullable") else made


def _convert_part(key: str, value: Any, strict: bool, around: Json) -> Any:
    if key == "properties":
        made = {name: convert(inner, strict) for name, inner in value.items()}
        if value.keys() >= LABEL and value["description"].get("type") == "string":
            made["description"] = {"type": ["string", "null"]}
        return made
    if key in _COMBINED:
        alone = len(value) == 1 or key != "allOf"
        return [convert(inner, strict and alone and "properties" not in around) for inner in value]
    return convert(value, strict) if key in ("items", "additionalProperties", "not") else value


def _is_combined(schema: Json) -> bool:
    return any(key in schema for key in _COMBINED)


def _nullable(schema: Json) -> Json:
    if isinstance(schema.get("type"), str) and not _is_combined(schema):
        enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        return {**schema, **enum, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def whole(schema: Json, components: Mapping[str, Json], strict: bool = True) -> Json:
    """A schema that holds all that it refers to."""
    made = convert(schema, strict)
    waiting = list(_references(made))
    known: Json = {}
    while waiting:
        name = waiting.pop()
        if name not in known:
            known[name] = convert(components[name.removesuffix("~")], strict=not name.endswith("~"))
            waiting += _references(known[name])
    return {**made, "$defs": known}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix("#/$defs/")
        for item in schema.values():
            yield from _references(item)


# --- the description ---


@dataclass(frozen=True)
class Operation:
    """A call that GitHub describes; `parameters` and `responses` have their references resolved."""

    name: str  # METHOD /path/{parameter}
    pattern: re.Pattern[str]
    parameters: Mapping[str, Json]  # of the query
    body: Json | None
    body_required: bool
    responses: Mapping[str, Json]


class Contract:
    """Raises tests.octokit.Missing when the description cannot be had."""

    def __init__(self) -> None:
        self.description = load(DESCRIPTION)
        self._operations = {op.name: op for op in self._read()}
        self._shapes = {_shape(name): name for name in self._operations}
        self._validators: dict[str, Any] = {}

    def _read(self) -> Iterator[Operation]:
        for path, methods in self.description["paths"].items():
            shared = methods.get("parameters", [])
            for method in methods.keys() & {"get", "post", "put", "patch", "delete"}:
                yield self._operation(f"{method.upper()} {path}", methods[method], shared)

    def _operation(self, name: str, found: Json, shared: list[Json]) -> Operation:
        parameters = [self.resolved(each) for each in [*shared, *found.get("parameters", [])]]
        body = found.get("requestBody") or {}
        return Operation(
            name,
            _pattern(name, {each["name"]: each for each in parameters if each["in"] == "path"}),
            {each["name"]: each for each in parameters if each["in"] == "query"},
            (body.get("content") or {}).get("application/json", {}).get("schema"),
            bool(body.get("required")),
            {status: self.resolved(answer) for status, answer in found["responses"].items()},
        )

    def resolved(self, thing: Json) -> Json:
        """What a reference leads to."""
        if "$ref" not in thing:
            return thing
        found: Any = self.description
        for part in thing["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)

    def named(self, method: str, route: str) -> Operation | None:
        """The operation whose path has the shape of `route`, whatever its parameters are called."""
        name = self._shapes.get(_shape(f"{method} {route}"))
        return self._operations[name] if name else None

    def meant(self, method: str, path: str) -> Operation | None:
        """The operation that a path leads to: the one with the most fixed parts."""
        found = [op for op in self._operations.values() if op.pattern.fullmatch(f"{method} {path}")]
        return max(found, key=lambda op: len(re.sub(r"{[^}]*}", "", op.name)), default=None)

    def webhook(self, event: str, action: str | None) -> Json | None:
        """The schema of an event's payload."""
        name = "-".join(part.replace("_", "-") for part in (event, action) if part)
        found = self.description["x-webhooks"].get(name)
        return found["post"]["requestBody"]["content"]["application/json"]["schema"] if found else None

    def faults(self, schema: Json, value: Any, strict: bool = True) -> list[str]:
        """What is wrong with a value, each with its place."""
        key = json.dumps([schema, strict], sort_keys=True)
        if key not in self._validators:
            full = whole(schema, self.description["components"]["schemas"], strict)
            self._validators[key] = jsonschema_rs.Draft202012Validator(full, validate_formats=True)
        return _worded(self._validators[key].iter_errors(value))

    # --- judgements ---

    def call(self, line: Json) -> list[str]:
        """What is wrong with an API call: the request when it was ours or was taken, and the answer."""
        name = f"{line['method']} {line['route']}"
        if name in used()["ours"]:
            return []
        operation = self.named(line["method"], line["route"])
        if operation is None:
            return self._unknown(line)
        said = self._answer(operation, line)
        if line["agent"] == BOTS or line["status"] < 400:
            said += self._request(operation, line)
        return [f"{operation.name}: {each}" for each in said]

    def answer(self, line: Json) -> list[str]:
        """What is wrong with the answer alone."""
        operation = self.named(line["method"], line["route"])
        return [f"{operation.name}: {each}" for each in self._answer(operation, line)] if operation else []

    def _unknown(self, line: Json) -> list[str]:
        """A call that the forge has no route for: strangers may try anything, we may not."""
        if line["agent"] != BOTS:
            return []
        operation = self.meant(line["method"], line["path"])
        known = f"is {operation.name}, which the forge lacks" if operation else "is no call that GitHub describes"
        return [f"we asked for {line['method']} {line['path']}, which {known}"]

    def _request(self, operation: Operation, line: Json) -> list[str]:
        said = [] if operation.pattern.fullmatch(f"{line['method']} {line['path']}") else ["the path does not fit"]
        for name, value in line["query"]:
            said += self._parameter(operation, name, value)
        if line["sent"] is None or (line["sent"] == {} and not operation.body):
            return [*said, *(["a body is needed"] if operation.body_required and line["sent"] is None else [])]
        if operation.body is None:
            return [*said, f"no body is foreseen, but {json.dumps(line['sent'])[:80]} was sent"]
        return said + [f"request{each}" for each in self.faults(operation.body, line["sent"])]

    def _parameter(self, operation: Operation, name: str, value: str) -> list[str]:
        parameter = operation.parameters.get(name)
        if parameter is None:
            return [f"no query parameter {name!r} is foreseen"]
        schema = self.resolved(parameter["schema"])
        pattern = _NUMERIC.get(str(schema.get("type")))
        if pattern and not re.fullmatch(pattern, value):
            return [f"?{name}={value} is no {schema['type']}"]
        wrong = [] if pattern else self.faults(parameter["schema"], value)
        return [f"?{name}={value}{each}" for each in wrong]

    def _answer(self, operation: Operation, line: Json) -> list[str]:
        """Errors may say more than is described: GitHub's do, their `status` for one."""
        status, answer = line["status"], line["answer"]
        if status == 304 and line["method"] == "GET":
            return [] if answer is None else ["304 has a body"]
        described = operation.responses.get(str(status))
        anyway = status in ANYWHERE or (operation.name, status) in UNDESCRIBED or (status == 422 and operation.body)
        if described is None and anyway:
            described = {"content": {"application/json": {"schema": ERROR}}}
        if described is None:
            known = ", ".join(sorted(operation.responses))
            return [f"answers {status}, but only {known} are described"]
        content = described.get("content") or {}
        if not content:
            return [] if status >= 400 or answer in (None, "") else [f"{status} has a body: {json.dumps(answer)[:80]}"]
        if "json" not in line["headers"].get("content-type", ""):
            return []  # another media type, which was asked for
        schema = content.get("application/json", {}).get("schema") or ERROR
        schema = REPAIRED.get(operation.name, schema) if status < 300 else INVALID if status == 422 else schema
        return [f"{status}{each}" for each in self.faults(schema, answer, strict=status < 400)]

    def hook(self, line: Json) -> list[str]:
        """What is wrong with a webhook: its payload, or a header that is missing."""
        event, action = line["event"], line["payload"].get("action")
        name = f"{event}.{action}" if action else event
        schema = self.webhook(event, action)
        if schema is None:
            return [f"webhook {name}: GitHub describes none of that name"]
        sent = {header.lower() for header in line["headers"]}
        wanted = ("user-agent", "x-github-event", "x-github-delivery", "x-github-hook-id", "x-hub-signature-256")
        said = [f"the header {header} is missing" for header in wanted if header not in sent]
        said += self.faults(schema, line["payload"])
        return [f"webhook {name}: {each}" for each in said]


@cache
def contract() -> Contract:
    """One for all tests of a process. Raises tests.octokit.Missing."""
    return Contract()


@cache
def used() -> Mapping[str, tuple[str, ...]]:
    """What the project uses of GitHub, and what its forge has beyond it."""
    return {key: tuple(names) for key, names in tomllib.loads(USED.read_text(encoding="utf-8")).items()}


def judge(lines: Iterable[Json]) -> list[str]:
    """Everything that is wrong with a record, each thing once, and what is used without being on the list."""
    rules, said = contract(), []
    for line in lines:
        said += rules.call(line) if line["kind"] == "call" else rules.hook(line)
        said += _unlisted(rules, line)
    return list(dict.fromkeys(said))


def _unlisted(rules: Contract, line: Json) -> list[str]:
    if line["kind"] == "hook":
        event = ".".join(filter(None, (line["event"], line["payload"].get("action"))))
        return [] if event in used()["events"] else [f"webhook {event}: is not on the list {USED.name}"]
    operation = rules.named(line["method"], line["route"])
    if operation is None or operation.name in used()["operations"]:
        return []
    return [f"{operation.name}: is not on the list {USED.name}"]


def read(folder: Path) -> Iterator[Json]:
    """The lines of every record in a folder; one that a kill cut short is passed over."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def _shape(name: str) -> str:
    return re.sub(r"{[^}]*}", "{}", name)


def _pattern(name: str, parameters: Mapping[str, Json]) -> re.Pattern[str]:
    """A regular expression for the operation's path: numbers are numbers, and a ref may hold slashes."""
    parts = re.split(r"{([^}]*)}", name)
    for at in range(1, len(parts), 2):
        schema = parameters.get(parts[at], {}).get("schema", {})
        short = parts[at] in ("owner", "repo", "org", "username", "team_slug")
        parts[at] = r"\d+" if schema.get("type") == "integer" else "[^/]+" if short else ".+"
    parts[::2] = [re.escape(part) for part in parts[::2]]
    return re.compile("".join(parts))


def _worded(errors: Iterable[Any]) -> list[str]:
    """Of several ways in which a value might fit, the one that it fits best is told of."""
    said: list[str] = []
    for error in errors:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
        branches: list[list[Any]] = [list(branch) for branch in getattr(error.kind, "context", ()) if branch]
        said += _worded(min(branches, key=_count)) if branches else [f"{place}: {error.message[:300]}"]
    return said[:MOST_SAID]


def _count(errors: Iterable[Any]) -> int:
    return sum(1 for _ in errors)
