"""The local forge as a process of its own, for tests and for the demo: start, address, stop."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).parents[2]
STOP_S = 10
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the forge is here: no proxy in between


class ForgeFailed(RuntimeError):
    """The forge did not start; the text is what it said."""


@dataclass(frozen=True)
class Running:
    """A forge that listens. Leaving the `with` block stops it; it also ends when this process does, even by a kill."""

    url: str
    admin_token: str
    process: subprocess.Popen[str]

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    def environment(self) -> dict[str, str]:
        """The settings by which a client reaches this forge in place of GitHub."""
        return {"GITHUB_API_URL": self.api, "GITHUB_WEB_URL": self.url, "GITHUB_GIT_URL": self.url}

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Knock at the administration door: `admin("POST", "/_/seed", {...})`. Raises urllib's HTTPError."""
        headers = {"Authorization": f"Bearer {self.admin_token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310  (our own http)
        with _DIRECT.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def seed(self, config: Mapping[str, Any]) -> None:
        self.admin("POST", "/_/seed", config)

    def fault(self, match: str, kind: str, nth: int = 1, times: int = 1, seconds: float = 1.0, **more: str) -> None:
        """Order a failure; `more` are `door`, `agent` and `by`. See forge/local/admin.py for all of it."""
        order = {"match": match, "kind": kind, "nth": nth, "times": times, "seconds": seconds, **more}
        self.admin("POST", "/_/faults", order)

    def fault_at(
        self, call: int, kind: str, by: str = "app", door: str = "any", agent: str = "", seconds: float = 1.0
    ) -> None:
        """Let one call fail, whatever it is: the `call`-th from now of an App (or of another `by`), counting from 1."""
        self.fault("* .", kind, nth=call, seconds=seconds, agent=agent, door=door, by=by)

    def fault_hit(self) -> bool:
        """Whether any order has struck: not so when fewer calls were made than were to go well."""
        return any(fault["hit"] for fault in self.admin("GET", "/_/faults"))

    def clear_faults(self) -> None:
        self.admin("DELETE", "/_/faults")

    def calls(
        self, since: int = 0, agent: str = "", by: str = "", every_door: bool = False
    ) -> tuple[int, list[dict[str, Any]]]:
        """The mark to go on from, and the API calls after `since`; with `every_door` also those of git and pages."""
        doors = "&doors=all" if every_door else ""
        answer = self.admin("GET", f"/_/calls?since={since}&agent={quote(agent)}&by={by}{doors}")
        return answer["mark"], answer["calls"]

    def count_calls(self, since: int = 0) -> int:
        """How many calls the App has made after the mark `since`, those of git included."""
        return len(self.calls(since, by="app", every_door=True)[1])

    def hook_fault(self, match: str, kind: str, nth: int = 1, times: int = 1, seconds: float = 1.0) -> None:
        """Let webhooks be doubled, delayed or dropped."""
        order = {"match": match, "kind": kind, "nth": nth, "times": times, "seconds": seconds}
        self.admin("POST", "/_/hooks/faults", order)

    def hold(self) -> None:
        """Keep every webhook back from now on."""
        self.admin("POST", "/_/hooks/hold")

    def held(self) -> list[dict[str, Any]]:
        """The webhooks that wait, in order: id, guid, name."""
        found: list[dict[str, Any]] = self.admin("GET", "/_/hooks")
        return found

    def release(self, *order: int) -> None:
        """Let them go, those named first, each as often as it is named."""
        self.admin("POST", "/_/hooks/release", {"order": list(order)})

    def expire_tokens(self) -> None:
        """End every installation token: the next call with one is 401."""
        self.admin("POST", "/_/tokens/expire")

    def remove_issue(self, repository: str, number: int, to: str = "") -> None:
        """Delete an issue, or transfer it."""
        self.admin("POST", "/_/issues/remove", {"repository": repository, "number": number, "to": to})

    def stop(self) -> int:
        """Ask it to end; the exit status."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> int:
        """End it as a crash would."""
        self.process.kill()
        return self._ended()

    def _ended(self) -> int:
        try:
            status = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return status

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()


def start(data: Path, config: Mapping[str, Any] | None = None, port: int = 0, *options: str) -> Running:
    """Start the forge with its memory in `data`, seeded with `config`; returns when it listens. Raises ForgeFailed.

    What it logs goes to `data`/forge.log. Its standard input is a pipe that we hold: when we are gone, it goes too.
    """
    data.mkdir(parents=True, exist_ok=True)
    token = str((config or {}).get("admin_token") or secrets.token_urlsafe(24))
    command = [sys.executable, "-m", "forge.local", "--data", str(data), "--port", str(port), "--die-with-parent"]
    if config:
        (data / "seed.json").touch(mode=0o600)  # it holds tokens
        (data / "seed.json").write_text(json.dumps(config), encoding="utf-8")
        command += ["--config", str(data / "seed.json")]
    env = {**os.environ, "FORGE_ADMIN_TOKEN": token, "PYTHONPATH": str(ROOT)}
    log = data / "forge.log"
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=env, text=True
        )
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("forge ready "):
        process.kill()
        process.wait()
        raise ForgeFailed(f"the forge did not start: {log.read_text(encoding='utf-8').strip().splitlines()[-1:]}")
    return Running(line.split()[2], token, process)
