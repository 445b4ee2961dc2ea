"""All that we can do, as frozen dataclasses: what decisions return and the outbox stores.

Each is self-contained (a status carries its commit) and safe to carry out twice: a label already there is done, a
comment is found again by its hidden marker, a backport's branch has a name of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args


@dataclass(frozen=True)
class AddLabel:
    number: int
    label: str


@dataclass(frozen=True)
class RemoveLabel:
    number: int
    label: str


@dataclass(frozen=True)
class SetStatus:
    """`state` is success, failure, pending or error; `description` is cut to GitHub's 140 characters when applied."""

    sha: str
    context: str
    state: str
    description: str
    url: str = ""


@dataclass(frozen=True)
class Comment:
    """Say `body` on a pull request. One comment a `topic`: a later body replaces the earlier one in place.

    An empty body deletes nothing and writes nothing; `only_update` never makes a new comment.
    """

    number: int
    topic: str
    body: str
    only_update: bool = False


@dataclass(frozen=True)
class RequestReviews:
    number: int
    reviewers: tuple[str, ...]


@dataclass(frozen=True)
class EnsureLabel:
    """The repository has this label, in this colour (six hex digits) and with this description."""

    label: str
    color: str
    description: str


@dataclass(frozen=True)
class RetireLabel:
    """The repository no longer has this label; open pull requests lose it with it."""

    label: str


@dataclass(frozen=True)
class Backport:
    """Pick `commit` onto `branches`, push, open a pull request each. How they ended is a `backport.finished` delivery.

    `subjects` are those of the pull request's own commits, oldest first: where each of them is on `base`, each is
    picked. `again` names the branches whose earlier pull request, closed without a merge, does not count.
    """

    number: int
    commit: str
    branches: tuple[str, ...]
    title: str
    base: str = ""
    subjects: tuple[str, ...] = ()
    again: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """Find out what picks of an open pull request, as it stands at `head`, would come to; nothing is pushed."""

    number: int
    head: str
    base: str
    branches: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class RecordBackport:
    """Remember where a backport stands; see forge/facts.BackportState."""

    number: int
    branch: str
    state: str
    why: str = ""
    result: int | None = None


@dataclass(frozen=True)
class Assign:
    """Make somebody the one who looks after a pull request."""

    number: int
    login: str


@dataclass(frozen=True)
class DeleteBranch:
    """The repository no longer has this branch; one that moved on from `sha` stays."""

    branch: str
    sha: str


@dataclass(frozen=True)
class Link:
    """Issue `issue` lists pull request `number` among those about it, with `note` behind it; or no longer (`there`)."""

    issue: int
    number: int
    there: bool = True
    note: str = ""


@dataclass(frozen=True)
class ShowIssues:
    """The description of a pull request names these issues in our own block; none: the block goes."""

    number: int
    issues: tuple[int, ...]


@dataclass(frozen=True)
class WriteFile:
    """Commit a new text file to a branch of the repository; one that is there already stays as it is."""

    branch: str
    path: str
    text: str
    message: str


@dataclass(frozen=True)
class StartBuild:
    """Ask the farm; the same `key` starts one build, however often it is asked. `tests`: these only.

    `pace`, `scope` and `names` as in core/results.BuildRequest.
    """

    key: str
    branch: str
    commit: str
    builders: str = ""
    reason: str = ""
    tests: str = ""
    pace: str = ""
    scope: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class StopBuilds:
    """Builds of `scope` that are of any other commit than `commit` are wanted no longer."""

    scope: str
    commit: str = ""


@dataclass(frozen=True)
class OpenNotice:
    """One breakage (`key`: branch, test, kind) was told to pull request `number`, or to nobody, and `why`."""

    key: str
    number: int | None
    commit: str
    body: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True)
class CloseNotice:
    key: str


@dataclass(frozen=True)
class Recheck:
    """Look at a pull request again, as a delivery of its own."""

    number: int
    reason: str


@dataclass(frozen=True)
class ClosePull:
    number: int


@dataclass(frozen=True)
class FreeReviewers:
    """Nobody of these is asked for a review any longer."""

    number: int
    reviewers: tuple[str, ...]
    teams: tuple[str, ...]


@dataclass(frozen=True)
class AdoptConfiguration:
    """The repository's settings file, as it was at commit `sha`, is in force from now on."""

    sha: str
    text: str


@dataclass(frozen=True)
class TellOperators:
    words: str


@dataclass(frozen=True)
class Announce:
    """News for a channel of the settings (or `owner:NAME`), as a delivery of its own; see bots/channels.py."""

    channel: str
    title: str
    lines: tuple[str, ...]
    url: str
    at: str


@dataclass(frozen=True)
class Tell:
    """Say it on the channel now. `at` is when it happened: for so long it may be late."""

    channel: str
    title: str
    lines: tuple[str, ...]
    url: str
    at: str


@dataclass(frozen=True)
class RememberPull:
    """Keep this snapshot for pages and for finding a commit's pull request."""

    number: int
    title: str
    author: str
    state: str
    draft: bool
    base: str
    head_sha: str
    merge_sha: str
    stage: str
    why: str
    labels: tuple[str, ...]
    updated: str = ""


Effect: TypeAlias = (
    AddLabel
    | RemoveLabel
    | SetStatus
    | Comment
    | RequestReviews
    | EnsureLabel
    | RetireLabel
    | Backport
    | Forecast
    | RecordBackport
    | Assign
    | DeleteBranch
    | Link
    | ShowIssues
    | WriteFile
    | StartBuild
    | StopBuilds
    | OpenNotice
    | CloseNotice
    | Recheck
    | RememberPull
    | ClosePull
    | FreeReviewers
    | AdoptConfiguration
    | TellOperators
    | Announce
    | Tell
)

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Effect)}


def dump(effect: Effect) -> tuple[str, dict[str, Any]]:
    """The effect as the outbox stores it: its kind and its fields."""
    return type(effect).__name__, dataclasses.asdict(effect)


def load(kind: str, payload: Mapping[str, Any]) -> Effect:
    """The effect that `dump` wrote; lists of JSON become tuples again."""
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in payload.items()}
    effect: Effect = _KINDS[kind](**fields)
    return effect


def marker(topic: str) -> str:
    """The hidden line by which a comment is found again."""
    return f"<!-- camelot:{topic} -->"


def end_marker(topic: str) -> str:
    """The hidden line where our words end; what stands behind it is a person's."""
    return f"<!-- /camelot:{topic} -->"


def block(topic: str, body: str) -> str:
    """Our words on a topic between their two hidden lines."""
    return f"{marker(topic)}\n{body.strip()}\n{end_marker(topic)}"


def block_in(text: str, topic: str) -> tuple[str, str, str]:
    """What stands before our words, our words, and what stands behind them; without the end line all of it is ours."""
    if end_marker(topic) not in text:
        return "", text.replace(marker(topic), "").strip(), ""
    before, _, rest = text.partition(marker(topic))
    words, _, after = rest.partition(end_marker(topic))
    return before, words.strip(), after


def replace_block(text: str, topic: str, body: str) -> str:
    """`text` with new words of ours, the same around them."""
    before, _, after = block_in(text, topic)
    return before + block(topic, body) + after
