"""A branch that passes into its next phase: who does it, when, and what was done of it so far.

What was done is kept in one small file a transition, written before and after each step: whoever is killed in between
finds the step begun, looks whether it is done, and goes on.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Engine

from core import branches, files
from core.branches import Branch, Registry
from core.settings import Settings
from forge.github import GitHub

Evidence: TypeAlias = dict[str, Any]
CRASH = "CAMELOT_TRANSITION_CRASH"  # step:before or step:after


class TransitionError(RuntimeError):
    """It cannot go on; one sentence with the remedy. Asking again resumes."""


@dataclass(frozen=True)
class Turning:
    """`target` is security, end-of-life or new-branch. `hub` is None where there is no App: only plans then."""

    settings: Settings
    engine: Engine
    hub: GitHub | None
    version: str
    target: str
    today: date
    actor: str
    reason: str = ""

    @property
    def registry(self) -> Registry:
        return self.settings.load_registry()

    @property
    def registry_file(self) -> Path:
        return self.settings.registry or branches.registry_path(self.settings.profile)

    @property
    def branch(self) -> Branch:
        """Raises TransitionError for a branch that the registry does not know."""
        found = self.registry.find(self.version)
        if found is None:
            known = ", ".join(branch.version for branch in self.registry.live(self.today))
            raise TransitionError(f"there is no branch {self.version}: those that live are {known}")
        return found

    @property
    def github(self) -> GitHub:
        """Raises TransitionError where there is none."""
        if self.hub is None:
            raise TransitionError("no GitHub App is set up: set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, or only plan")
        return self.hub

    @property
    def label(self) -> str:
        return f"{self.settings.labels.backport_prefix}{self.version}"

    @property
    def topic(self) -> str:
        return f"transition {self.version} {self.target}"

    @property
    def moment(self) -> str:
        """For what is committed and tagged: the day, so that a second try makes the same."""
        return datetime.combine(self.today, time(12), UTC).isoformat()

    @property
    def identity(self) -> dict[str, str]:
        who = {"NAME": self.actor, "EMAIL": f"{self.actor.replace(' ', '-').lower()}@users.noreply.invalid"}
        return {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in who.items()} | {
            "GIT_AUTHOR_DATE": self.moment,
            "GIT_COMMITTER_DATE": self.moment,
        }


@contextmanager
def alone(turning: Turning) -> Iterator[None]:
    """Nobody else turns this branch meanwhile; whoever ends, however, lets go. Raises TransitionError."""
    path = turning.settings.data / "transitions" / f"{turning.version}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TransitionError(
                f"somebody else is bringing {turning.version} into another phase: wait for them"
            ) from None
        yield


def crash(step: str, when: str) -> None:
    """For who tests what is left when we are killed before or after a step's effect."""
    if os.environ.get(CRASH) == f"{step}:{when}":
        os.kill(os.getpid(), signal.SIGKILL)


class Journal:
    """The steps that were begun, in order: id -> {state, at, actor, evidence}."""

    def __init__(self, turning: Turning) -> None:
        self._turning = turning
        self.path = turning.settings.data / "transitions" / f"{turning.version}-{turning.target}.json"

    def read(self) -> dict[str, dict[str, Any]]:
        """Raises TransitionError for a file that was changed by hand into no journal."""
        if not self.path.exists():
            return {}
        try:
            found: dict[str, dict[str, Any]] = json.loads(self.path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise TransitionError(f"{self.path} is no journal of steps: {error}: put it back or remove it") from None
        return found

    def note(self, step: str, state: str, evidence: Mapping[str, Any]) -> None:
        """`state` is begun or done."""
        known = self.read()
        known[step] = {
            "state": state,
            "at": self._turning.today.isoformat(),
            "actor": self._turning.actor,
            "evidence": dict(evidence),
        }
        self._write(known)

    def forget(self, step: str) -> None:
        """It was undone."""
        known = self.read()
        known.pop(step, None)
        self._write(known)

    def _write(self, known: Mapping[str, Any]) -> None:
        files.replace(self.path, json.dumps(known, indent=1, ensure_ascii=False) + "\n")
