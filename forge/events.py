"""What happened, as plain data. GitHub's JSON ends here: nothing above this file reads a payload.

`parse(name, payload)` turns a stored delivery into one of these; None means that no reaction could care.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

Payload: TypeAlias = "dict[str, Any]"

ASK_FOR_BUILDS = "!buildbot"


@dataclass(frozen=True)
class PullRequestChanged:
    """`action` is GitHub's (opened, synchronize, labeled, closed ...) or ours: `recheck` looks at everything again."""

    action: str
    number: int
    sender: str
    label: str = ""  # labeled and unlabeled: which
    changed: frozenset[str] = frozenset()  # edited: title, body, base
    old_title: str = ""  # edited: the title until now, when it changed
    updated: str = ""  # GitHub's time of the last change to it, when this was sent
    head: str = ""  # the newest commit at that moment


@dataclass(frozen=True)
class Reviewed:
    """`action` is submitted or dismissed; `state` is approved, changes_requested or commented."""

    action: str
    number: int
    reviewer: str
    state: str


@dataclass(frozen=True)
class Commented:
    """A comment on a pull request, new or edited; comments on plain issues are not parsed."""

    number: int
    author: str
    comment: int
    body: str
    before: str = ""  # edited: what it said until now
    edited: bool = False
    sender: str = ""  # whose doing this is: an edit may be somebody else's


@dataclass(frozen=True)
class Pushed:
    """A branch of the repository moved. `commits` are the new ones, oldest first."""

    branch: str
    before: str
    after: str
    commits: tuple[str, ...]
    files: frozenset[str] = frozenset()  # that the new commits added, changed or took away


@dataclass(frozen=True)
class BranchCreated:
    branch: str


@dataclass(frozen=True)
class BuildFinished:
    """The row `key` of core/results holds all about it."""

    key: str


@dataclass(frozen=True)
class BackportFinished:
    """An attempt to pick pull request `number`, or a forecast of it, ended; core/records holds how."""

    number: int


@dataclass(frozen=True)
class Signed:
    """A person signed the contributor agreement."""

    login: str


@dataclass(frozen=True)
class Revoked:
    """A person took the signature of the contributor agreement back."""

    login: str


@dataclass(frozen=True)
class ReleaseMoved:
    """A release of `branch` began, or is over."""

    version: str
    branch: str
    state: str


@dataclass(frozen=True)
class Parked:
    """A delivery of ours was tried too often."""

    guid: str
    event: str
    error: str


@dataclass(frozen=True)
class NewsDue:
    """A channel is to hear of something; see bots/channels.py."""

    channel: str
    title: str
    lines: tuple[str, ...]
    url: str
    at: str


@dataclass(frozen=True)
class WorkerSeen:
    """A worker of the farm is missing since `since`, or is back."""

    worker: str
    owner: str
    since: str
    at: str
    missing: bool


@dataclass(frozen=True)
class DayBegan:
    day: date


Event: TypeAlias = (
    "PullRequestChanged | Reviewed | Commented | Pushed | BranchCreated | BuildFinished"
    " | BackportFinished | Signed | Revoked | ReleaseMoved | Parked | NewsDue | WorkerSeen | DayBegan"
)


def parse(name: str, payload: Payload) -> Event | None:
    """The event that a delivery called `name` (`pull_request.opened`) means. Raises KeyError on a payload cut short."""
    kind, _, action = name.partition(".")
    parser = _PARSERS.get(kind)
    return parser(action, payload) if parser else None


def is_known(name: str) -> bool:
    """False for the many events that `parse` answers with None whatever they say (a star, a run of a check)."""
    return name.partition(".")[0] in _PARSERS


def name_of(header: str, payload: Payload) -> str:
    """GitHub's event header and the payload's action, as one name: `pull_request.opened`, `push`."""
    action = payload.get("action")
    return f"{header}.{action}" if isinstance(action, str) else header


def subject_of(name: str, payload: Payload) -> str:
    """Deliveries with one subject are handled one at a time and in order: `pull:12`, `branch:main`, `repository`."""
    pull = payload.get("pull_request") or payload.get("issue")
    if isinstance(pull, dict) and isinstance(pull.get("number"), int):
        return pull_subject(pull["number"])
    if name == "push":
        return f"branch:{payload.get('ref')}"
    return "repository"


def is_about(payload: Mapping[str, Any], repository: str) -> bool:
    """Whether a delivery concerns `repository` (owner/name): an App may be installed on others too, whose pull requests
    have the same numbers. What names no repository (a team, a day, a build) concerns it."""
    named = payload.get("repository")
    name = named.get("full_name") if isinstance(named, dict) else None
    return not isinstance(name, str) or name.lower() == repository.lower()


def asks_for_builds(body: str) -> bool:
    """Whether a comment begins with the farm's command, `!buildbot` and a regular expression."""
    return body.lstrip().split(maxsplit=1)[:1] == [ASK_FOR_BUILDS]


def pull_subject(number: int) -> str:
    return f"pull:{number}"


def _pull_request(action: str, payload: Payload) -> Event:
    return PullRequestChanged(
        action=action,
        number=payload["pull_request"]["number"],
        sender=_login(payload.get("sender")),
        label=(payload.get("label") or {}).get("name", ""),
        changed=frozenset(payload.get("changes") or ()),
        old_title=((payload.get("changes") or {}).get("title") or {}).get("from") or "",
        updated=payload["pull_request"].get("updated_at") or "",
        head=(payload["pull_request"].get("head") or {}).get("sha") or "",
    )


def _review(action: str, payload: Payload) -> Event | None:
    if action not in ("submitted", "dismissed"):
        return None
    review = payload["review"]
    return Reviewed(action, payload["pull_request"]["number"], _login(review.get("user")), review["state"].lower())


def _comment(action: str, payload: Payload) -> Event | None:
    if action not in ("created", "edited") or "pull_request" not in payload["issue"]:
        return None
    comment, changes = payload["comment"], payload.get("changes") or {}
    if action == "edited" and "body" not in changes:
        return None
    return Commented(
        number=payload["issue"]["number"],
        author=_login(comment.get("user")),
        comment=comment["id"],
        body=comment.get("body") or "",
        before=(changes.get("body") or {}).get("from") or "",
        edited=action == "edited",
        sender=_login(payload.get("sender")),
    )


def _push(_action: str, payload: Payload) -> Event | None:
    branch = payload["ref"].removeprefix("refs/heads/")
    if branch == payload["ref"] or payload.get("deleted"):
        return None
    new = payload.get("commits") or ()
    commits = tuple(commit["id"] for commit in new)
    kinds = ("added", "modified", "removed")
    files = frozenset(path for commit in new for kind in kinds for path in commit.get(kind) or ())
    return Pushed(branch, payload["before"], payload["after"], commits or (payload["after"],), files)


def _create(_action: str, payload: Payload) -> Event | None:
    return BranchCreated(payload["ref"]) if payload["ref_type"] == "branch" else None


def _build(_action: str, payload: Payload) -> Event:
    return BuildFinished(payload["key"])


def _backport(_action: str, payload: Payload) -> Event:
    return BackportFinished(payload["number"])


def _signed(action: str, payload: Payload) -> Event:
    return Revoked(payload["login"]) if action == "revoked" else Signed(payload["login"])


def _release(action: str, payload: Payload) -> Event:
    return ReleaseMoved(payload["version"], payload["branch"], action)


def _parked(_action: str, payload: Payload) -> Event:
    return Parked(payload["guid"], payload["event"], payload["error"])


def _news(_action: str, payload: Payload) -> Event:
    return NewsDue(payload["channel"], payload["title"], tuple(payload["lines"]), payload["url"], payload["at"])


def _worker(action: str, payload: Payload) -> Event:
    return WorkerSeen(payload["worker"], payload["owner"], payload["since"], payload["at"], action == "missing")


def _day(_action: str, payload: Payload) -> Event:
    return DayBegan(date.fromisoformat(payload["day"]))


def _login(user: Payload | None) -> str:
    """Deleted accounts come as null; GitHub shows them as `ghost`."""
    return str((user or {}).get("login", "ghost"))


_PARSERS = {
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "issue_comment": _comment,
    "push": _push,
    "create": _create,
    "build": _build,
    "backport": _backport,
    "cla": _signed,
    "day": _day,
    "camelot-release": _release,
    "camelot-delivery": _parked,
    "camelot-news": _news,
    "worker": _worker,
}
