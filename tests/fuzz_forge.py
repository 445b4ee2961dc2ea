"""`make fuzz-forge`: schemathesis sends the local forge whatever GitHub's description allows, and what it forbids.

No answer may be a 5xx, and every answer must be one that GitHub's description has (tests/github_contract.py judges).
FUZZ_EXAMPLES is how many requests each operation gets at most (default 60), FUZZ_SECONDS when the two halves (as the
App, as a person) are over at the latest (default 300, shared between them); FUZZ_SEED makes a run again.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gidgethub.apps import get_jwt

from tests import github_contract as rules
from tests.forge_world import APP, INSTALLATION, PRIVATE_PEM, REPOSITORY, World, a_world

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
SHARE = {True: 0.1, False: 0.9}  # of the time: an App signs few calls itself
LATE_S = 60.0  # a request under way and the report
PATIENCE_S = 60  # on a busy machine an answer may take its time
AS_APP = ("/app", "/repos/{owner}/{repo}/installation")  # calls that an App signs itself
KEPT_OUT = ("DELETE /repos/{owner}/{repo}/git/refs/{ref}",)  # would take away what the others look at
KNOWN = {
    "owner": ["rabbit", "ada"],
    "repo": ["rabbit"],
    "org": ["rabbit"],
    "username": ["ada", "core-dev"],
    "team_slug": ["core"],
    "team_id": [1],
    "pull_number": [1],
    "issue_number": [1, 2],
    "installation_id": [INSTALLATION],
    "branch": ["main"],
    "ref": ["heads/main", "main"],
    "path": ["a.txt", "docs/new.txt"],
    "basehead": ["main...ada:fix"],
    "commit_sha": ["main"],
    "tag": ["v1"],
}


def description(as_app: bool) -> rules.Json:
    """GitHub's description, cut down to what the forge answers, with parameters that lead somewhere."""
    contract = rules.contract()
    paths: rules.Json = {}
    for name in rules.used()["operations"]:
        method, path = name.split()
        if name not in KEPT_OUT and path.startswith(AS_APP[0]) | (path == AS_APP[1]) == as_app:
            operation = dict(contract.description["paths"][path][method.lower()])
            operation["parameters"] = [_leading(contract, each) for each in operation.get("parameters", [])]
            paths.setdefault(path, {})[method.lower()] = operation
    components = contract.description["components"]
    return {"openapi": "3.0.3", "info": {"title": "forge", "version": "1"}, "paths": paths, "components": components}


def _leading(contract: rules.Contract, parameter: rules.Json) -> rules.Json:
    found = contract.resolved(parameter)
    known = KNOWN.get(found["name"]) if found["in"] == "path" else None
    return {**found, "schema": {**found["schema"], "enum": known}} if known else found


async def prepare(world: World) -> None:
    """A repository with a pull request, an issue, a release, and somebody who may do everything."""
    await world.begin()
    await world.fix()
    await world.ada.open_issue(REPOSITORY, "It is small")
    await world.core.call("POST", f"/repos/{REPOSITORY}/releases", {"tag_name": "v1"})
    repository = {"full_name": REPOSITORY, "collaborators": {"core-dev": "admin"}}
    team = {"slug": "core", "members": [{"login": "core-dev", "role": "maintainer"}]}
    world.forge.seed({"organizations": [{"login": "rabbit", "teams": [team]}], "repositories": [repository]})


def fuzz(world: World, folder: Path, as_app: bool) -> int:
    """The exit status of schemathesis: 0 when no answer was a 5xx. It ends by itself in time, or is ended."""
    file = folder / "description.json"
    file.write_text(json.dumps(description(as_app)), encoding="utf-8")
    token = get_jwt(app_id=str(APP), private_key=PRIVATE_PEM) if as_app else "token-core-dev"
    examples, seed = os.environ.get("FUZZ_EXAMPLES", "60"), os.environ.get("FUZZ_SEED") or str(secrets.randbits(32))
    print(f"fuzz-forge: seed={seed} examples={examples} as={'app' if as_app else 'core-dev'}", flush=True)
    command = [
        str(SCHEMATHESIS),
        "run",
        str(file),
        "--url",
        world.forge.api,
        "--header",
        f"Authorization: Bearer {token}",
    ]
    seconds = int(os.environ.get("FUZZ_SECONDS", "300")) * SHARE[as_app]
    command += ["--checks", "not_a_server_error", "--phases", "coverage,fuzzing", "--max-examples", examples]
    command += ["--max-time", str(max(1, int(seconds)))]
    command += [
        "--request-timeout",
        str(PATIENCE_S),
        "--seed",
        seed,
        "--suppress-health-check",
        "all",
        "--warnings",
        "off",
        "--continue-on-failure",
    ]
    try:
        return subprocess.run(command, cwd=folder, check=False, timeout=seconds + LATE_S).returncode
    except subprocess.TimeoutExpired:
        print(f"fuzz-forge: ended after {seconds + LATE_S:.0f} s", flush=True)
        return 0  # what it had sent until then is on record, and is judged


def drift(folder: Path) -> Iterator[str]:
    """What the answers said that GitHub's would not; the requests are made up and are not judged."""
    for line in rules.read(folder):
        if line["kind"] == "call":
            yield from rules.contract().answer(line)
        else:
            yield from rules.contract().hook(line)


async def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "record").mkdir()
        os.environ["FORGE_RECORD"] = str(folder / "record")
        async with a_world(folder / "forge", "--rate-limit", "10000000") as world:
            await prepare(world)
            statuses = [await asyncio.to_thread(fuzz, world, folder, as_app) for as_app in (True, False)]
        lines, said = list(rules.read(folder / "record")), list(dict.fromkeys(drift(folder / "record")))
    calls = sum(line["kind"] == "call" for line in lines)
    print(f"fuzz-forge: {calls} calls on record, {len(said)} drifts", *said, sep="\n")
    return int(any(statuses) or bool(said))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
