"""Who may merge what: the table agrees with what a branch takes, and says why."""

from __future__ import annotations

from datetime import date

import pytest

from core import branches
from core.branches import TAKES, Change, Status
from core.permissions import MERGES, Phase, Role, may, phase
from core.versions import Version

CPYTHON = branches.load(branches.registry_path("cpython"))


@pytest.mark.row("RL-5")
@pytest.mark.parametrize("status", list(Status))
def test_what_a_status_takes_is_what_anybody_may_merge_then(status: Status) -> None:
    anybody = frozenset[Change]().union(*MERGES[Phase(status.value)].values())
    assert anybody == TAKES[status]


@pytest.mark.row("RL-5")
def test_the_table_is_whole_and_no_triager_merges() -> None:
    assert set(MERGES) == set(Phase)
    assert all(set(row) == set(Role) for row in MERGES.values())
    assert not any(row[Role.TRIAGER] for row in MERGES.values())


# By the developer's guide, on days of 3.15 and of those before it.
ASKED = [
    ("3.16", "core", "feature", "2026-08-22", True, Phase.FEATURE, ""),
    ("3.15", "core", "feature", "2026-06-10", False, Phase.PRERELEASE, "nobody may merge feature changes there"),
    ("3.15", "core", "bugfix", "2026-06-10", True, Phase.PRERELEASE, ""),
    ("3.15", "core", "bugfix", "2026-08-04", True, Phase.CANDIDATE, "a severe fix, reviewed by another core developer"),
    ("3.15", "bot", "bugfix", "2026-08-04", False, Phase.CANDIDATE, "only a core or release-manager may"),
    ("3.14", "bot", "bugfix", "2026-08-22", True, Phase.BUGFIX, "on behalf of a core developer"),
    ("3.12", "core", "security", "2026-08-22", False, Phase.SECURITY, "only a release-manager may"),
    ("3.12", "release-manager", "security", "2026-08-22", True, Phase.SECURITY, ""),
    ("3.12", "release-manager", "bugfix", "2026-08-22", False, Phase.SECURITY, "nobody may"),
    ("3.9", "release-manager", "security", "2026-08-22", False, Phase.END_OF_LIFE, "nobody may"),
    ("3.14", "triager", "bugfix", "2026-08-22", False, Phase.BUGFIX, "only a core or bot or release-manager may"),
    ("3.99", "core", "bugfix", "2026-08-22", False, Phase.PLANNED, "there is no branch 3.99"),
]


@pytest.mark.row("RL-5")
@pytest.mark.parametrize(("branch", "role", "change", "day", "allowed", "now", "reason"), ASKED)
def test_a_permission_follows_from_the_day_and_says_why(
    branch: str, role: str, change: str, day: str, allowed: bool, now: Phase, reason: str
) -> None:
    found = may(CPYTHON, branch, Role(role), Change(change), date.fromisoformat(day))
    assert (found.allowed, found.phase) == (allowed, now)
    assert reason in found.reason


@pytest.mark.row("RL-5")
def test_while_a_final_release_is_cut_only_its_manager_merges() -> None:
    day, cutting = date(2026, 9, 30), Version.parse("3.15.0")
    branch = CPYTHON.find("3.15")
    assert branch is not None
    assert phase(branch, day, cutting) is Phase.FINAL
    allowed = {role: may(CPYTHON, "3.15", role, Change.BUGFIX, day, cutting).allowed for role in Role}
    assert allowed == {**dict.fromkeys(Role, False), Role.RELEASE_MANAGER: True}
    other = CPYTHON.find("3.14")
    assert other is not None
    assert phase(other, day, cutting) is Phase.BUGFIX
