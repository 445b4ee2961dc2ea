"""A release that is being cut, as its steps see it: what was decided at its start, and where its things lie."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Engine

from core.settings import Settings
from core.versions import Version
from release import repo
from release.artifacts import Recipe
from release.gates import Tracker

Evidence: TypeAlias = dict[str, Any]


class StepError(RuntimeError):
    """A step could not be done; one sentence with the remedy. Cutting again resumes at this step."""


def staging(settings: Settings, run: int) -> Path:
    """In the downloads folder, so that publishing is one rename; hidden, so that nobody is led there."""
    return settings.downloads.resolve() / f".staging-{run}"


@dataclass(frozen=True)
class Job:
    """`evidence` holds what each step that is done left behind, by the step's id; `yes` says why nobody is asked."""

    settings: Settings
    engine: Engine
    run: int
    version: Version
    ref: str
    mode: str
    actor: str
    today: date
    evidence: MutableMapping[str, Evidence]
    tracker: Tracker | None = None
    yes: str = ""
    planned: date | None = None  # the day that the registry had for the version when the cut began

    @property
    def tag(self) -> str:
        return f"v{self.version}"

    @property
    def rehearsal(self) -> bool:
        return self.mode == "rehearse"

    @property
    def head(self) -> str:
        """The commit that passed the gates."""
        return str(self.evidence["gates"]["head"])

    @property
    def home(self) -> Path:
        return self.settings.data.resolve() / "release" / f"run-{self.run}"

    @property
    def work(self) -> Path:
        return self.home / "work"

    @property
    def target(self) -> str:
        """Where it is pushed: a rehearsal has a copy of the repository for that, each branch its own."""
        if self.rehearsal:
            return str(self.settings.data.resolve() / "rehearsal" / self.version.branch / "upstream.git")
        return self.settings.github.remote

    @property
    def downloads(self) -> Path:
        return self.settings.downloads.resolve()

    @property
    def staging(self) -> Path:
        return staging(self.settings, self.run)

    @property
    def stage(self) -> Path:
        return self.staging / str(self.version)

    @property
    def published(self) -> Path:
        return self.downloads / str(self.version)

    @property
    def recipe(self) -> Recipe:
        commit = repo.git(self.work, "rev-parse", f"refs/tags/{self.tag}^{{commit}}")
        return Recipe(self.work, commit, self.version, self.settings.release.product, self.settings.news)

    def identity(self) -> dict[str, str]:
        """Who commits, and when: as the release's day begins, so that a resumed cut makes the same commits.

        Tarballs bear that time. Later in the day it would be in the future for who builds it that morning, and meson
        refuses such files.
        """
        moment = datetime.combine(self.today, time(), UTC).isoformat()
        mail = f"{self.actor}@users.noreply.invalid"
        return {
            "GIT_AUTHOR_NAME": self.actor,
            "GIT_AUTHOR_EMAIL": mail,
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": self.actor,
            "GIT_COMMITTER_EMAIL": mail,
            "GIT_COMMITTER_DATE": moment,
        }


Step: TypeAlias = Callable[[Job], Evidence]
