"""One snapshot for all decisions on one event: what GitHub, the database and the registry say at this moment.

`forge/github.py` fetches the GitHub part once per event; decisions read these and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.branches import Registry
from core.flakes import Flake
from core.results import Build, Builder
from core.settings import Settings


class Role(StrEnum):
    """What a person may do here, by team membership."""

    CORE = "core"
    TRIAGE = "triage"
    NONE = "none"


@dataclass(frozen=True)
class Person:
    login: str
    id: int
    role: Role = Role.NONE
    is_bot: bool = False
    is_manager: bool = False  # of releases


@dataclass(frozen=True)
class File:
    """A changed file; `status` is added, modified, removed or renamed."""

    path: str
    status: str
    patch: str | None = None
    previous: str = ""


@dataclass(frozen=True)
class Commit:
    """A commit of a pull request. Logins are empty where GitHub knows no account for the address."""

    sha: str
    message: str
    author_login: str
    author_id: int
    author_email: str
    committer_login: str
    committer_email: str
    parents: int = 1
    committer_id: int = 0


@dataclass(frozen=True)
class Review:
    """A verdict: `state` is approved, changes_requested, commented or dismissed."""

    reviewer: Person
    state: str
    commit: str
    at: str


@dataclass(frozen=True)
class Said:
    """A comment on the pull request."""

    id: int
    author: str
    body: str
    at: str


@dataclass(frozen=True)
class PullRequest:
    number: int
    title: str
    body: str
    author: Person
    state: str  # open, closed
    merged: bool
    draft: bool
    base: str
    head_ref: str
    head_label: str  # owner:branch
    head_sha: str
    merge_sha: str  # the commit that the merge made; empty while open
    merged_by: str
    labels: frozenset[str]
    url: str
    files: tuple[File, ...] = ()
    reviews: tuple[Review, ...] = ()
    commits: tuple[Commit, ...] = ()
    comments: tuple[Said, ...] = ()
    requested: frozenset[str] = frozenset()  # whose review is asked for and not given yet
    requested_teams: frozenset[str] = frozenset()  # likewise, slugs
    updated: str = ""  # GitHub's time of the last change to it, as text
    commit_count: int = 0  # of all commits, also those beyond the 250 that GitHub lists
    assignees: frozenset[str] = frozenset()
    mergeable: bool | None = None  # without a conflict; None: GitHub has not found out yet
    head_repo: str = ""  # owner/name; empty when it is gone
    unmerged: tuple[str, ...] = ()  # of a backport of ours: files in which git's conflict marks are left
    same_as: frozenset[str] = frozenset()  # earlier heads, on which somebody approved, with the very same change


@dataclass(frozen=True)
class Issue:
    """What the tracker says of a number: an issue, a pull request, or nothing at all."""

    number: int
    exists: bool
    is_pull: bool
    listed: Mapping[int, str] = field(default_factory=dict)  # the pull requests in our list there, with their notes


FORECAST = "forecast-"  # before the state of a pick that was only tried
DRAFT = "a draft that a person has to finish"  # why an opened backport is not all that there is to do


@dataclass(frozen=True)
class BackportState:
    """Where a backport stands; `why` is Markdown, `result` its pull request.

    `state` is asked (for once more), refused, opened, merged, already-there, conflict, declined (its pull request was
    closed) or failed; while the original is open `forecast-` and clean, already-there, conflict or failed.
    """

    branch: str
    state: str
    why: str = ""
    result: int | None = None


@dataclass(frozen=True)
class Notice:
    """An open notice of a breakage."""

    key: str
    number: int | None
    commit: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Suspect:
    """A commit of a red build and the pull request that it came from (None when it came from none)."""

    commit: str
    number: int | None
    author: str
    title: str
    files: tuple[str, ...] = ()  # that it touches; read only where there are several suspects


@dataclass(frozen=True)
class FarmFacts:
    """All about a finished build: what came before it on its builder and branch, and who may be to blame.

    `before` is newest first and ends before this build. `suspects` of a red build are the commits since the last green
    one; of a green build that follows a red one, the commits that may have mended it. `probes` are the builds that its
    builder has of the candidates of open searches; `flakes` judges the tests that went wrong now.
    """

    build: Build
    before: tuple[Build, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    notices: tuple[Notice, ...] = ()
    probes: tuple[Build, ...] = ()
    flakes: Mapping[str, Flake] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """The snapshot. What an event does not concern is empty."""

    today: date
    registry: Registry
    settings: Settings
    pr: PullRequest | None = None
    issues: Mapping[int, Issue] = field(default_factory=dict)  # those that the title names
    unsigned: tuple[str, ...] = ()  # who has yet to sign the agreement: logins, or masked addresses
    backports: tuple[BackportState, ...] = ()  # of this pull request
    original: PullRequest | None = None  # when this one is a backport: what it is a backport of
    speaker: Person | None = None  # who made the comment, or put the label on, that this is about
    asked_head: str = ""  # the newest commit when they did, as far as we had heard; empty: unknown
    builders: tuple[Builder, ...] = ()  # all that the farm has
    own_labels: frozenset[str] = frozenset()  # labels that we put on it and that nobody has touched since
    farm: FarmFacts | None = None
    open_pulls: tuple[int, ...] = ()  # numbers, for events that concern them all
    repository_labels: frozenset[str] = frozenset()  # for events that concern the repository
    refs: frozenset[str] = frozenset()  # git branches of the repository, likewise
    frozen: Mapping[str, str] = field(default_factory=dict)  # git branch -> the release that freezes it
    configuration: str | None = None  # the repository's own settings, when they may have changed; empty: it has none

    def builds_of(self, sha: str) -> str:
        """Where people see the farm's builds of a commit."""
        return f"{self.settings.console.address}/commits/{sha}"
