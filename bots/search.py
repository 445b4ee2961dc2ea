"""Finds the change that broke a test among several: builds of that test alone, asked for one after the other. Pure.

What a search needs stands in the body of its notice, under `search`; what was built stands in the results. So every
finished build goes on with the search, whoever asked for it, and nothing is lost when a process ends in between.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bots import bisect
from bots.breakage import failures, passed
from bots.prose import short
from core.results import NO_TESTS, Build
from forge.effects import StartBuild
from forge.facts import Suspect

RUNNING, ENDED = "running", "ended"
STEPS = ("step:configure", "step:compile")  # what breaks before any test runs, and is searched for without one
FEWEST = 2


@dataclass(frozen=True)
class Step:
    """The search as it stands now; the build to ask for, or whom it found. `why` is the sentence that goes with it."""

    search: Mapping[str, Any]
    why: str
    ask: StartBuild | None = None
    found: Suspect | None = None
    cases: tuple[str, ...] = ()  # the methods that leak, once a build has named them


def changes(suspects: Sequence[Suspect]) -> list[Suspect]:
    """One for each change: of neighbouring commits of one pull request the last, with the files of all."""
    found: list[Suspect] = []
    for each in suspects:
        if found and each.number is not None and each.number == found[-1].number:
            each = replace(each, files=(*found.pop().files, *each.files))
        found.append(each)
    return found


def begin(key: str, build: Build, suspects: Sequence[Suspect], good: str, test: str, kind: str, rate: float) -> Any:
    """The row of a new search. `rate` is how often the test fails where it is whole."""
    return {
        "state": RUNNING,
        "key": key,
        "builder": build.builder,
        "branch": build.branch,
        "test": test,
        "kind": kind,
        "good": good,
        "rate": rate,
        "asked": [],
        "candidates": [
            {
                "commit": each.commit,
                "number": each.number,
                "author": each.author,
                "title": each.title,
                "weight": bisect.weight(each.files, test),
            }
            for each in changes(suspects)
        ],
    }


def go_on(search: Mapping[str, Any], builds: Iterable[Build]) -> Step:
    """The next step, from all builds that the search's builder has of its candidates."""
    rows: Sequence[Mapping[str, Any]] = search["candidates"]
    places = {str(row["commit"]): place for place, row in enumerate(rows)}
    mine = [
        build
        for build in builds
        if build.builder == search["builder"] and build.commit in places and _was_asked(build, str(search["test"]))
    ]
    seen, blind = _seen(search, mine, places)
    asked: list[str] = list(search["asked"])
    weights = [float(row["weight"]) for row in rows]
    match bisect.step(weights, seen, float(search["rate"]), blind, len(asked)):
        case bisect.Ask(place, attempt):
            ask = _ask(search, str(rows[place]["commit"]), attempt)
            now = {**search, "asked": list(dict.fromkeys([*asked, ask.key]))}
            return Step(
                now, f"nobody was told yet: {_names(rows)} are searched, {len(now['asked'])} builds so far", ask
            )
        case bisect.Found(place, confidence):
            return _found({**search, "state": ENDED}, place, confidence, mine)
        case bisect.GivenUp(among, wavers):
            why = "it wavers, and may be nobody's" if wavers else f"the search ended between {_names(rows, among)}"
            return Step({**search, "state": ENDED}, f"nobody was told: {why}, after {_builds(len(asked))}")


def _seen(
    search: Mapping[str, Any], builds: Iterable[Build], places: Mapping[str, int]
) -> tuple[dict[int, list[bool]], set[int]]:
    """What builds say at each place, and the places whose builds say nothing."""
    seen: dict[int, list[bool]] = {len(places) - 1: [True]} if places else {}
    silent = set()
    for build in builds:
        place, red = places[build.commit], _is_red(build, str(search["test"]), str(search["kind"]))
        if red is None:
            silent.add(place)
        elif not (place == len(places) - 1 and not build.tests and red):  # the build that began it is counted
            seen.setdefault(place, []).append(red)
    return seen, silent - set(seen)


def _was_asked(build: Build, test: str) -> bool:
    """A build of a few tests says nothing of the others; of the steps before the tests every build tells."""
    return not build.tests or not test or test in build.tests.split()


def _is_red(build: Build, test: str, kind: str) -> bool | None:
    """Did it break here? None: this build cannot say."""
    if any((each.test, each.kind) == (test, kind) for each in failures(build)):
        return True
    return False if passed(build, test, kind) else None


def _ask(search: Mapping[str, Any], commit: str, attempt: int) -> StartBuild:
    """One build of the test alone, or of no test, on a worker that the same builder has."""
    name = hashlib.sha256(str(search["key"]).encode()).hexdigest()[:10]
    return StartBuild(
        key=f"search:{name}:{str(search['good'])[:10]}:{commit}:{attempt}",
        branch=str(search["branch"]),
        commit=commit,
        builders=f"^{re.escape(str(search['builder']))}$",
        reason=f"who broke {_what(search)}?",
        tests=str(search["test"]) or NO_TESTS,
    )


def _found(search: Mapping[str, Any], place: int, confidence: float, builds: Sequence[Build]) -> Step:
    row = search["candidates"][place]
    before = search["candidates"][place - 1]["commit"] if place else search["good"]
    taken = len(search["asked"])
    evidence = f"{_what(search)} works at {short(before)} and breaks at {short(row['commit'])}"
    search = {**search, "confidence": round(confidence, 3), "before": before, "builds": taken, "evidence": evidence}
    suspect = Suspect(row["commit"], row["number"], row["author"], row["title"])
    sure = f"{evidence}: found with {_builds(taken)}, {confidence:.0%} sure"
    if suspect.number is None:
        return Step(search, f"nobody was told: commit {short(suspect.commit)} came from no pull request; {sure}")
    return Step(search, f"told on #{suspect.number}: {sure}", None, suspect, _methods(builds, str(search["test"])))


def _what(search: Mapping[str, Any]) -> str:
    """The test, or the step: `test_list`, `compile`."""
    return str(search["test"]) or str(search["kind"]).removeprefix("step:")


def _methods(builds: Iterable[Build], test: str) -> tuple[str, ...]:
    """The methods that leak, as the last build that looked for them named them."""
    named: tuple[str, ...] = ()
    for build in builds:
        for file in build.verdict.get("files") or ():
            if file.get("name") == test:
                cases = tuple(str(case["id"]) for case in file.get("cases") or () if case.get("outcome") == "leak")
                named = cases or named
    return named


def _names(rows: Sequence[Mapping[str, Any]], among: Sequence[int] = ()) -> str:
    chosen = [row for place, row in enumerate(rows) if not among or place in among]
    return ", ".join(f"#{row['number']}" if row["number"] else short(row["commit"]) for row in chosen)


def _builds(number: int) -> str:
    return f"{number} build{'' if number == 1 else 's'}"
