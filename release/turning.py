"""A branch that passes into its next phase: who does it, when, and what was done of it so far.

What was done is kept in a row a step, written before and after it: whoever is killed in between finds the step begun,
looks whether it is done, and goes on.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Engine, delete, insert, select, update

from core import branches
from core.branches import Branch, Registry
from core.models import transition_steps
from core.settings import Settings
from forge.github import GitHub

Evidence: TypeAlias = dict[str, Any]


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


class Journal:
    """The steps that were begun, in order: id -> {state, at, actor, evidence}."""

    def __init__(self, turning: Turning) -> None:
        self._turning = turning
        table = transition_steps.c
        self._mine = (
            (table.profile == turning.settings.profile)
            & (table.version == turning.version)
            & (table.target == turning.target)
        )
        self._take_over()

    def read(self) -> dict[str, dict[str, Any]]:
        query = select(transition_steps).where(self._mine).order_by(transition_steps.c.id)
        with self._turning.engine.begin() as connection:
            rows = connection.execute(query).all()
        return {
            row.step: {"state": row.state, "at": row.at, "actor": row.actor, "evidence": row.evidence} for row in rows
        }

    def note(self, step: str, state: str, evidence: Mapping[str, Any]) -> None:
        """`state` is begun, done or undoing."""
        self._note(step, state, self._turning.today.isoformat(), self._turning.actor, evidence)

    def _note(self, step: str, state: str, at: str, actor: str, evidence: Mapping[str, Any]) -> None:
        turning, mine = self._turning, self._mine & (transition_steps.c.step == step)
        values = {"state": state, "at": at, "actor": actor, "evidence": dict(evidence)}
        with turning.engine.begin() as connection:
            if not connection.execute(update(transition_steps).where(mine).values(**values)).rowcount:
                place = {"version": turning.version, "target": turning.target, "step": step}
                row = {"profile": turning.settings.profile, **place, **values}
                connection.execute(insert(transition_steps).values(**row))

    def forget(self, step: str) -> None:
        """It was undone."""
        with self._turning.engine.begin() as connection:
            connection.execute(delete(transition_steps).where(self._mine & (transition_steps.c.step == step)))

    def _take_over(self) -> None:
        """What an earlier version kept in a file is not lost. Raises TransitionError for a broken one."""
        turning = self._turning
        path = turning.settings.data / "transitions" / f"{turning.version}-{turning.target}.json"
        if not path.exists():
            return
        try:
            found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise TransitionError(f"{path} is no journal of steps: {error}: put it back or remove it") from None
        for step, row in found.items():
            self._note(step, row["state"], row["at"], row["actor"], row["evidence"])
        path.unlink()
