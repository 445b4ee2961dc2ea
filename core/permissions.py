"""Who may bring what into a branch on a day: one table, status by role, that everything else asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.branches import Branch, Change, Registry, Status
from core.versions import Version, branch_key


class Role(StrEnum):
    """As whom somebody acts, from the least to the most."""

    TRIAGER = "triager"
    CORE = "core"
    BOT = "bot"
    RELEASE_MANAGER = "release-manager"


class Phase(StrEnum):
    """A status, and what lies between the freeze and the first release: candidates, and the cut of the final one."""

    PLANNED = "planned"
    FEATURE = "feature"
    PRERELEASE = "prerelease"
    CANDIDATE = "candidate"
    FINAL = "final"
    BUGFIX = "bugfix"
    SECURITY = "security"
    END_OF_LIFE = "end-of-life"


NONE: frozenset[Change] = frozenset()
ALL = frozenset(Change)
FIXES = frozenset({Change.BUGFIX, Change.SECURITY})
SECURITY = frozenset({Change.SECURITY})

# What each may merge. Source: the developer's guide, "Development cycle" and "Status of Python versions"; PEP 101.
# fmt: off
MERGES: dict[Phase, dict[Role, frozenset[Change]]] = {
    Phase.PLANNED:     {Role.TRIAGER: NONE, Role.CORE: NONE,  Role.BOT: NONE,  Role.RELEASE_MANAGER: NONE},
    Phase.FEATURE:     {Role.TRIAGER: NONE, Role.CORE: ALL,   Role.BOT: ALL,   Role.RELEASE_MANAGER: ALL},
    Phase.PRERELEASE:  {Role.TRIAGER: NONE, Role.CORE: FIXES, Role.BOT: FIXES, Role.RELEASE_MANAGER: FIXES},
    Phase.CANDIDATE:   {Role.TRIAGER: NONE, Role.CORE: FIXES, Role.BOT: NONE,  Role.RELEASE_MANAGER: FIXES},
    Phase.FINAL:       {Role.TRIAGER: NONE, Role.CORE: NONE,  Role.BOT: NONE,  Role.RELEASE_MANAGER: FIXES},
    Phase.BUGFIX:      {Role.TRIAGER: NONE, Role.CORE: FIXES, Role.BOT: FIXES, Role.RELEASE_MANAGER: FIXES},
    Phase.SECURITY:    {Role.TRIAGER: NONE, Role.CORE: NONE,  Role.BOT: NONE,  Role.RELEASE_MANAGER: SECURITY},
    Phase.END_OF_LIFE: {Role.TRIAGER: NONE, Role.CORE: NONE,  Role.BOT: NONE,  Role.RELEASE_MANAGER: NONE},
}
# fmt: on

# What a permission asks for besides.
CONDITIONS: dict[tuple[Phase, Role], str] = {
    (Phase.CANDIDATE, Role.CORE): "a severe fix, reviewed by another core developer",
    (Phase.CANDIDATE, Role.RELEASE_MANAGER): "a severe fix, reviewed by a core developer",
    (Phase.PRERELEASE, Role.BOT): "on behalf of a core developer",
    (Phase.BUGFIX, Role.BOT): "on behalf of a core developer",
    (Phase.FEATURE, Role.BOT): "on behalf of a core developer",
}


@dataclass(frozen=True)
class Permission:
    """The answer: `condition` is what it asks for besides, `reason` a sentence for people."""

    allowed: bool
    phase: Phase
    reason: str
    condition: str = ""


def phase(branch: Branch, on: date, cutting: Version | None = None) -> Phase:
    """The branch's phase that day; `cutting` is the version that is being cut from it at this moment."""
    if cutting and cutting.is_final and cutting.branch == branch.version:
        return Phase.FINAL
    status = branch.status(on)
    if status is Status.PRERELEASE and _has_candidate(branch, on):
        return Phase.CANDIDATE
    return Phase(status.value)


def _has_candidate(branch: Branch, on: date) -> bool:
    major, minor = branch_key(branch.version)
    first = branch.release(Version(major, minor, 0, "rc", 1))
    return first is not None and first.date <= on


def may(
    registry: Registry, version: str, role: Role, change: Change, on: date, cutting: Version | None = None
) -> Permission:
    """May somebody in this role merge such a change into the branch `version` (3.14) that day, and why?"""
    branch = registry.find(version)
    if branch is None:
        known = ", ".join(other.version for other in registry.live(on))
        return Permission(False, Phase.PLANNED, f"there is no branch {version}; those that live are {known}")
    now = phase(branch, on, cutting)
    allowed = change in MERGES[now][role]
    whom = [other for other in Role if change in MERGES[now][other]]
    if allowed:
        condition = CONDITIONS.get((now, role), "")
        more = f": {condition}" if condition else ""
        return Permission(True, now, f"a {role} may merge {change} changes into {version} ({now}){more}", condition)
    instead = f"only a {' or '.join(whom)} may" if whom else "nobody may"
    return Permission(False, now, f"{version} is in its {now} phase: {instead} merge {change} changes there")


def may_waive(registry: Registry, version: str, who: str, on: date) -> Permission:
    """May `who` answer for a gate of a release of the branch `version` that day? Its release manager alone, by PEP 101.

    Nothing is released from a branch before its development nor after its end of life.
    """
    branch = registry.find(version)
    if branch is None:
        known = ", ".join(other.version for other in registry.live(on))
        return Permission(False, Phase.PLANNED, f"there is no branch {version}; those that live are {known}")
    now, manager = phase(branch, on), branch.release_manager
    if now in (Phase.PLANNED, Phase.END_OF_LIFE):
        return Permission(False, now, f"{version} is in its {now} phase: nothing is released from it, nor waived")
    if not manager or who.casefold() != manager.casefold():
        owner = manager or "nobody, the registry names none"
        return Permission(
            False, now, f"{who or 'nobody'} may not waive a gate of {version}: its release manager is {owner}"
        )
    return Permission(True, now, f"{who} is the release manager of {version}")
