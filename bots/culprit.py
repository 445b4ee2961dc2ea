"""Finds who can mend what a build broke: a new failure, its suspects, and one notice of it until it is mended.

A breakage is (branch, test, way of failing), whatever builders see it. It is told to a pull request only when one
commit alone can be to blame: where several came in, builds of the broken test alone find it (`search.py`). Otherwise
it is written down with the reason why nobody was told. What one commit broke is told in one comment, which follows as
further builders fail and as they turn green. What is known to waver, by its history or by people's rules, accuses
nobody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots import channels, notice, search
from bots.breakage import Breakage, failures, passed
from bots.decision import Decision
from bots.prose import short
from core import flakes
from core.branches import Status
from core.results import Build
from forge.effects import CloseNotice, Comment, Effect, OpenNotice, StartBuild
from forge.events import BuildFinished, Event
from forge.facts import Facts, FarmFacts, Notice, Suspect

MOST = 20  # breakages of one build that become notices; its log has the rest
MOST_CASES, MOST_TRACEBACK = 3, 1500  # kept of each breakage; a traceback in characters

_REVERT = re.compile(r"(\[\d+\.\d+\]\s*)?((gh|bpo)-\d+:?\s*)?revert\b", re.IGNORECASE)


@dataclass(frozen=True)
class Blame:
    """Whom a breakage is told to, or why nobody."""

    suspect: Suspect | None
    why: str
    good: str = ""  # the newest commit on which this builder saw it work
    among: tuple[Suspect, ...] = ()  # the changes since then, where there are several


def decide(event: Event, facts: Facts) -> Decision:
    if not isinstance(event, BuildFinished) or facts.farm is None:
        return Decision()
    build = facts.farm.build
    skipped = _skip(facts, build)
    if skipped:
        return Decision(why=skipped)
    mended = Mended((), (), (), ()) if build.tests else _mend(facts.farm)
    opened, whys = (Opened((), ()), []) if build.tests else _break(facts, facts.farm)
    closed = {each.key for each in mended.closed}
    sought, more = _search(facts.farm, [each for each in facts.farm.notices if each.key not in closed], opened)
    comments = _tell(facts, facts.farm, sought.after, mended)
    whys = [*whys, *more, *mended.whys]
    effects: tuple[Effect, ...] = (*sought.effects, *mended.effects, *comments)
    effects = (*effects, *channels.news(facts, facts.farm, effects))
    return Decision(effects, "; ".join(whys) or f"{build.builder} is {build.result}: nothing new")


def _skip(facts: Facts, build: Build) -> str:
    """Why this build accuses nobody and mends nothing; empty when it may."""
    branch = facts.registry.by_ref(build.branch, facts.today)
    if branch is None or branch.status(facts.today) is Status.END_OF_LIFE:
        return f"{build.branch} is not a live branch"
    if not build.stable:
        return f"{build.builder} is not a stable builder"
    if build.green or build.tests:  # a build of a few tests answers the search that asked for it
        return ""
    if build.result != "failure":
        return f"{build.builder} ended with {build.result}: that says nothing about the code"
    if not failures(build):
        return f"the log of {build.builder} is not complete: nobody is accused"
    return ""


# --- what broke ---


@dataclass(frozen=True)
class Opened:
    effects: tuple[OpenNotice | StartBuild, ...]
    after: tuple[Notice, ...]  # the open notices that this build touched, as they are from now on


def _break(facts: Facts, farm: FarmFacts) -> tuple[Opened, list[str]]:
    """The notices that a red build opens or adds itself to."""
    known = {each.key: each for each in farm.notices}
    rules = flakes.rules(facts.settings.farm.known_flakes)
    effects: list[OpenNotice] = []
    whys: list[str] = []
    for breakage in failures(farm.build)[:MOST]:
        key = breakage.key(farm.build.branch)
        if rule := flakes.known(rules, breakage.test, breakage.kind, farm.build.builder, facts.today):
            whys.append(f"{breakage.sentence}: known until {rule.until}: {rule.why}")
            continue
        blame = _blame(farm, breakage)
        earlier = known.get(key)
        flake = farm.flakes.get(breakage.test)
        if earlier is None and flake and flake.wavers and not breakage.again:
            whys.append(f"{breakage.sentence}: nobody was told: the test wavers: {flake.reason}")
            continue
        if earlier is None and not blame.why:
            whys.append(f"{breakage.sentence}: its commit was green here before, so the test wavers")
            continue
        made = _again(earlier, farm, blame) if earlier else _new(farm, breakage, key, blame)
        effects.append(made)
        whys.append(f"{breakage.sentence}: {'known already' if earlier else blame.why}")
    after = tuple(Notice(each.key, each.number, each.commit, each.body) for each in effects)
    return Opened(tuple(effects), after), whys


def _blame(farm: FarmFacts, breakage: Breakage) -> Blame:
    """Who may have broken it. An empty `why`: nobody, the same commit worked before."""
    last_good = next((each for each in farm.before if passed(each, breakage.test, breakage.kind)), None)
    if last_good is None:
        return Blame(None, "nobody was told: it never worked on this builder")
    if last_good.commit == farm.build.commit:
        return Blame(None, "")
    since = _since(farm.suspects, last_good.commit)
    why, suspect = _among(since)
    searchable = not breakage.kind.startswith("step:") or breakage.kind in search.STEPS
    several = since if searchable and len(search.changes(since)) > 1 else ()
    return Blame(suspect, why, last_good.commit, () if suspect else several)


def _among(suspects: tuple[Suspect, ...]) -> tuple[str, Suspect | None]:
    """Why one is told and who; or why nobody, and None."""
    if not suspects:
        return "nobody was told: which commits came in since it last worked is not known", None
    sources = {each.number or each.commit for each in suspects}
    if len(sources) > 1:
        named = ", ".join(dict.fromkeys(notice.suspect(each) for each in suspects))
        return f"nobody was told: {len(sources)} changes came in since it last worked: {named}", None
    only = suspects[-1]  # of several commits of one pull request the newest, its merge
    if only.number is None:
        return f"nobody was told: commit {short(only.commit)} came from no pull request", None
    if _REVERT.match(only.title):
        return f"nobody was told: #{only.number}, the only change since it last worked, is a revert", None
    return f"told on #{only.number}, the only change since it last worked", only


def _since(suspects: tuple[Suspect, ...], commit: str) -> tuple[Suspect, ...]:
    """Those after `commit`; all when it is not among them."""
    places = [place for place, each in enumerate(suspects) if each.commit == commit]
    return suspects[places[0] + 1 :] if places else suspects


def _new(farm: FarmFacts, breakage: Breakage, key: str, blame: Blame) -> OpenNotice:
    build, suspect = farm.build, blame.suspect
    body = {
        "branch": build.branch,
        "test": breakage.test,
        "kind": breakage.kind,
        "sentence": breakage.sentence,
        "cases": [
            {"id": name, "traceback": traceback[-MOST_TRACEBACK:]} for name, traceback in breakage.cases[:MOST_CASES]
        ],
        "again": breakage.again,
        "since": build.finished,
        "good": blame.good,
        "author": suspect.author if suspect else "",
        "builders": {build.builder: _seen(build, red=True)},
    }
    if blame.among:
        flake = farm.flakes.get(breakage.test)
        rate = flake.rate if flake and flake.wavers else 0.0
        body["search"] = search.begin(key, build, blame.among, blame.good, breakage.test, breakage.kind, rate)
    number, commit = (suspect.number, suspect.commit) if suspect else (None, build.commit)
    return OpenNotice(key, number, commit, body, blame.why)


def _again(earlier: Notice, farm: FarmFacts, blame: Blame) -> OpenNotice:
    """The open notice with this builder on its list; told now if nobody could be told before."""
    body = _with_builder(earlier.body, farm.build, red=True)
    if earlier.number is None and blame.suspect:
        who = blame.suspect
        body |= {"author": who.author, "good": blame.good}
        return OpenNotice(earlier.key, who.number, who.commit, body, blame.why)
    return OpenNotice(earlier.key, earlier.number, earlier.commit, body)


def _with_builder(body: Mapping[str, Any], build: Build, red: bool) -> dict[str, Any]:
    builders: Mapping[str, Any] = body.get("builders") or {}
    return {**body, "builders": {**builders, build.builder: _seen(build, red)}}


def _seen(build: Build, red: bool) -> dict[str, Any]:
    return {
        "red": red,
        "kind": build.kind,
        "tier": build.tier,
        "worker": build.worker,
        "commit": build.commit,
        "url": build.url,
    }


# --- who of several it was ---


def _search(farm: FarmFacts, open_now: Sequence[Notice], opened: Opened) -> tuple[Opened, list[str]]:
    """Every search on this builder goes on by one step; what `opened` decided already is built upon."""
    fresh = {each.key: each for each in opened.effects if isinstance(each, OpenNotice)}
    notices = {each.key: each for each in (*open_now, *opened.after)}
    asks: list[StartBuild] = []
    whys: list[str] = []
    after = {each.key: each for each in opened.after}
    for key, each in notices.items():
        row: Any = each.body.get("search") or {}
        if each.number is not None or row.get("state") != search.RUNNING or row.get("builder") != farm.build.builder:
            continue
        step = search.go_on(row, (*farm.probes, farm.build) if farm.build not in farm.probes else farm.probes)
        whys.append(f"{each.body.get('sentence')}: {step.why}")
        asks += [step.ask] if step.ask else []
        fresh[key] = _after_step(each, step)
        after[key] = Notice(key, fresh[key].number, fresh[key].commit, fresh[key].body)
    touched = tuple(each for key, each in after.items() if key in fresh)
    return Opened((*fresh.values(), *asks), touched), whys


def _after_step(each: Notice, step: search.Step) -> OpenNotice:
    body = {**each.body, "search": dict(step.search)}
    if step.found is None:
        return OpenNotice(each.key, None, each.commit, body, step.why)
    body |= {"author": step.found.author, "good": step.search["before"], "sure": step.search["evidence"]}
    if step.cases:
        body["cases"] = [{"id": name, "traceback": ""} for name in step.cases[:MOST_CASES]]
    return OpenNotice(each.key, step.found.number, step.found.commit, body, step.why)


# --- what is mended ---


@dataclass(frozen=True)
class Mended:
    effects: tuple[Effect, ...]
    still: tuple[Notice, ...]  # open, and this builder sees it no more
    closed: tuple[Notice, ...]
    whys: tuple[str, ...]


def _mend(farm: FarmFacts) -> Mended:
    """Notices that list this builder and whose test passes here now; closed once no builder is left."""
    effects: list[Effect] = []
    still: list[Notice] = []
    closed: list[Notice] = []
    for each in farm.notices:
        if not _is_mended_here(each, farm.build):
            continue
        body = _with_builder(each.body, farm.build, red=False)
        if any(builder["red"] for builder in body["builders"].values()):
            still.append(Notice(each.key, each.number, each.commit, body))
            effects.append(OpenNotice(each.key, each.number, each.commit, body))
        else:
            closed.append(each)
            effects.append(CloseNotice(each.key))
    whys = tuple(f"{each.key} is mended" for each in closed)
    return Mended(tuple(effects), tuple(still), tuple(closed), whys)


def _is_mended_here(each: Notice, build: Build) -> bool:
    builders: Any = each.body.get("builders") or {}
    red_here = bool(builders.get(build.builder, {}).get("red"))
    on_branch = each.body.get("branch") == build.branch
    return on_branch and red_here and passed(build, str(each.body.get("test")), str(each.body.get("kind")))


# --- telling ---


def topic(branch: str, commit: str) -> str:
    """One comment for all that one commit broke on a branch."""
    return f"breakage-{hashlib.sha256(f'{branch} {commit}'.encode()).hexdigest()[:10]}"


def _tell(facts: Facts, farm: FarmFacts, broken: Iterable[Notice], mended: Mended) -> list[Comment]:
    """The comments of every commit whose notices this build touched, each written whole."""
    branch = farm.build.branch
    now_open = {each.key: each for each in farm.notices if each.body.get("branch") == branch}
    now_open |= {each.key: each for each in (*broken, *mended.still)}
    for each in mended.closed:
        del now_open[each.key]
    touched = {(each.number, each.commit) for each in (*broken, *mended.still, *mended.closed) if each.number}
    comments = []
    for number, commit in sorted((number, commit) for number, commit in touched if number is not None):
        mine = [each for each in now_open.values() if (each.number, each.commit) == (number, commit)]
        if mine:
            comments.append(Comment(number, topic(branch, commit), notice.broken(facts, branch, commit, mine)))
        else:
            gone = [each for each in mended.closed if (each.number, each.commit) == (number, commit)]
            body = notice.fixed(facts, farm, commit, gone)
            comments.append(Comment(number, topic(branch, commit), body, only_update=True))
    return comments
