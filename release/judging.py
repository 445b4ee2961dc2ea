"""May this version be cut now? Each gate answers for itself, with a reason that machines and people can read.

`block` stops every cut. `unknown` means that the gate could not tell, or that only people can: a rehearsal goes on
and shows it, a real cut stops.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.branches import Branch, Status
from core.records import NoticeRow
from core.results import Build, Builder
from core.settings import News, Settings
from core.versions import Version
from release import news, patchlevel
from release.plan import is_first_beta

AGE_DAYS = 7  # a green build of an earlier commit counts for so long
BLOCKER = "release-blocker"
DEFERRED = "deferred-blocker"  # may wait for the candidate, no longer
MAGIC = re.compile(r"^#define\s+PYC_MAGIC_NUMBER\s+(\d+)", re.MULTILINE)
EXPECTED_MAGIC = re.compile(r"^\s*EXPECTED_MAGIC_NUMBER\s*=\s*(\d+)", re.MULTILINE)
LATE = ("rc", "final")

# Which status of the branch allows which level, by PEP 101's kinds of release.
LEVEL_NEEDS: dict[str, frozenset[Status]] = {
    "a": frozenset({Status.FEATURE}),
    "b": frozenset({Status.FEATURE, Status.PRERELEASE}),
    "rc": frozenset({Status.PRERELEASE, Status.BUGFIX}),
    "final": frozenset({Status.PRERELEASE, Status.BUGFIX, Status.SECURITY}),
}


@dataclass(frozen=True)
class Excuse:
    """A gate's answer: `state` is pass, block, unknown, or waived (release/waivers.py)."""

    gate: str
    state: str
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Blocker:
    """An open issue or pull request that must be closed first."""

    number: int
    title: str
    label: str = BLOCKER


@dataclass(frozen=True)
class Blockers:
    """The open blockers, and what was asked for them: `complete` when issues were asked as well as pull requests."""

    found: tuple[Blocker, ...]
    complete: bool


@dataclass(frozen=True)
class Tree:
    """What the repository says: the head of the branch (empty: no such branch), all heads and tags, the files read."""

    head: str
    heads: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    patchlevel: str = ""
    readme: str = ""
    news: Mapping[str, str] = field(default_factory=dict)  # path below the repository -> text
    unreleased: tuple[str, ...] = ()  # places in the documentation, FILE:LINE
    magic: str = ""  # the text of the header with the number of compiled files, and of the test about it
    magic_test: str = ""


@dataclass(frozen=True)
class Case:
    """All that the gates look at, fetched once."""

    settings: Settings
    version: Version
    ref: str
    branch: Branch | None
    planned: date | None  # the day of this version
    coming: Version | None  # the version that is planned next
    today: date
    tree: Tree
    builders: tuple[Builder, ...]
    builds: Mapping[str, tuple[Build, ...]]  # by builder, newest first
    notices: tuple[NoticeRow, ...]
    blockers: Blockers
    unfinished: tuple[str, ...] = ()  # other cuts of the branch that have begun


def judge(case: Case) -> list[Excuse]:
    """The gates' answers, in their order."""
    return [gate(case) for gate in GATES]


def blocking(found: Sequence[Excuse], rehearse: bool) -> list[Excuse]:
    """Those that stop this cut."""
    stops = ("block",) if rehearse else ("block", "unknown")
    return [excuse for excuse in found if excuse.state in stops]


def _branch(case: Case) -> Excuse:
    if case.branch is None:
        return Excuse("branch", "block", f"the registry knows no branch {case.version.branch}: add it first")
    status = case.branch.status(case.today)
    if status not in LEVEL_NEEDS[case.version.level]:
        return Excuse(
            "branch", "block", f"{case.version.branch} is in its {status} phase: no {case.version} from there"
        )
    if not case.tree.head:
        return Excuse("branch", "block", f"the repository has no branch {case.ref}: push it first")
    if is_first_beta(case.version) and case.version.branch in case.tree.heads:
        there = case.tree.heads[case.version.branch][:10]
        return Excuse(
            "branch", "block", f"{case.version.branch} is a branch already, at {there}: {case.version} would make it"
        )
    return Excuse("branch", "pass", f"{case.ref} is {case.version.branch}, {status}", {"head": case.tree.head})


def _version(case: Case) -> Excuse:
    if not case.tree.patchlevel:
        return Excuse("version", "block", f"{case.settings.release.patchlevel} is not on {case.ref}: add it")
    try:
        now = patchlevel.read(case.tree.patchlevel)
        patchlevel.readme_bumped(case.tree.readme, case.settings.release.product, case.version)
    except ValueError as error:
        return Excuse("version", "block", str(error))
    if now.branch != case.version.branch or now >= case.version:
        return Excuse("version", "block", f"the tree says {now}, which does not lead to {case.version}")
    if case.coming != case.version:
        return Excuse(
            "version",
            "block",
            f"the registry plans {case.coming or 'nothing'} next, not {case.version}: correct one of them",
        )
    return Excuse("version", "pass", f"{case.version} follows {now}", {"tree": str(now)})


def _date(case: Case) -> Excuse:
    if case.planned is None:
        return Excuse("date", "unknown", f"the registry has no day for {case.version}")
    if case.planned > case.today:
        return Excuse("date", "unknown", f"{case.version} is planned for {case.planned}, today is {case.today}")
    late = (case.today - case.planned).days
    return Excuse("date", "pass", f"planned for {case.planned}" + (f", {late} days ago" if late else ", today"))


def _tag(case: Case) -> Excuse:
    name = f"v{case.version}"
    if name in case.tree.tags:
        return Excuse("tag", "block", f"{name} exists already, at {case.tree.tags[name][:10]}: it is never moved")
    return Excuse("tag", "pass", f"{name} is free")


def _tree(case: Case) -> Excuse:
    if case.unfinished:
        return Excuse("tree", "block", f"{case.unfinished[0]} of this branch is unfinished: resume or abandon it")
    return Excuse("tree", "pass", "a fresh clone is made; nobody else is cutting from this branch")


def _news(case: Case) -> Excuse:
    rules = case.settings.news
    wrong = [said for path, text in case.tree.news.items() if (said := _entry_problem(path, text, rules))]
    if wrong:
        return Excuse("news", "block", wrong[0], {"problems": wrong})
    count = len(case.tree.news)
    if not count:
        return Excuse("news", "unknown", "no entry waits: the release would say that nothing changed")
    return Excuse("news", "pass", f"{count} {'entry' if count == 1 else 'entries'} to gather", {"entries": count})


def _entry_problem(path: str, text: str, rules: News) -> str:
    try:
        news.parse_next(path, text, rules)
    except news.NewsError as error:
        return str(error)
    return ""


def _builders(case: Case) -> Excuse:
    if not case.builders:
        return Excuse("builders", "block", f"the farm has no stable builder for {case.version.branch} that counts")
    answers = {builder.name: _builder(case, case.builds.get(builder.name, ())) for builder in case.builders}
    bad = [f"{name}: {text}" for name, (good, text) in answers.items() if not good]
    evidence = {name: text for name, (_, text) in answers.items()}
    if bad:
        return Excuse("builders", "block", "; ".join(bad), evidence)
    return Excuse("builders", "pass", f"{len(answers)} stable builders are green", evidence)


def _builder(case: Case, builds: Sequence[Build]) -> tuple[bool, str]:
    """Is this builder green for the release, and what it says. What is no verdict (EXCEPTION ...) is never green."""
    if not builds:
        return False, "never built this branch (is its worker offline?)"
    newest = next((build for build in builds if build.commit == case.tree.head), builds[0])
    where = "at the release commit" if newest.commit == case.tree.head else f"at {newest.commit[:10]}"
    if not newest.green:
        step = f" in {newest.failed_step}" if newest.failed_step else ""
        return False, f"{newest.result.upper()}{step} {where}, {newest.url}"
    age = (case.today - date.fromisoformat(newest.finished[:10])).days if newest.finished else AGE_DAYS + 1
    if newest.commit != case.tree.head and age > AGE_DAYS:
        return False, f"last built {age} days ago, {where} (is its worker offline?)"
    return True, f"green {where}"


def _notices(case: Case) -> Excuse:
    if case.notices:
        keys = [notice.key for notice in case.notices]
        return Excuse("notices", "block", f"{len(keys)} breakage not mended: {'; '.join(keys)}", {"open": keys})
    return Excuse("notices", "pass", f"nothing is broken on {case.ref}")


def _blockers(case: Case) -> Excuse:
    """What was deferred holds back a candidate and whatever follows it; before, it is only named."""
    labels = (BLOCKER, DEFERRED) if case.version.level in LATE else (BLOCKER,)
    found = [row for row in case.blockers.found if row.label in labels]
    named = [_named(label, [row for row in found if row.label == label]) for label in labels]
    evidence = {f"#{row.number}": row.title for row in found}
    if found:
        return Excuse("blockers", "block", "; ".join(filter(None, named)), evidence)
    either = " or ".join(labels)
    if not case.blockers.complete:
        return Excuse("blockers", "unknown", f"no pull request is labelled {either}; the issues were not asked")
    waiting = _named(DEFERRED, [row for row in case.blockers.found if row.label == DEFERRED])
    return Excuse("blockers", "pass", f"nothing open is labelled {either}" + (f"; {waiting}" if waiting else ""))


def _named(label: str, rows: Sequence[Blocker]) -> str:
    return f"labelled {label}: {', '.join(f'#{row.number} {row.title}' for row in rows)}" if rows else ""


def _docs(case: Case) -> Excuse:
    if case.tree.unreleased:
        places = ", ".join(case.tree.unreleased[:10])
        return Excuse("docs", "unknown", f'"(unreleased)" stands in {places}', {"places": list(case.tree.unreleased)})
    return Excuse("docs", "pass", 'no "(unreleased)" in the documentation')


def _magic(case: Case) -> Excuse:
    """The number of compiled files and the one that its test expects: they part when somebody forgets the second."""
    number, expected = _number(MAGIC, case.tree.magic), _number(EXPECTED_MAGIC, case.tree.magic_test)
    if not number:
        return Excuse("magic", "pass", "the tree has no magic number of its own")
    if number == expected:
        return Excuse("magic", "pass", f"compiled files and their test say {number}")
    state = "block" if case.version.level in LATE else "unknown"
    return Excuse("magic", state, f"compiled files say {number}, their test {expected or 'nothing'}: correct the test")


def _number(form: re.Pattern[str], text: str) -> str:
    found = form.search(text)
    return found[1] if found else ""


GATES: tuple[Callable[[Case], Excuse], ...] = (
    _branch,
    _version,
    _date,
    _tag,
    _tree,
    _news,
    _builders,
    _notices,
    _docs,
    _magic,
    _blockers,
)
