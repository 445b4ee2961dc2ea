"""Asks the farm to build what lands on a live branch, and puts each builder's result beside the commit."""

from __future__ import annotations

from bots.breakage import duration_s, failures
from bots.decision import Decision
from bots.important import matters
from core.branches import Status
from core.results import NO_TESTS, Build
from forge.effects import SetStatus, StartBuild
from forge.events import BuildFinished, Event, Pushed
from forge.facts import Facts

# A build's result as a commit's status. `retry` runs again by itself; what was cancelled or skipped says nothing.
PULLS = "refs/pull/"
STATES = {
    "success": "success",
    "warnings": "success",
    "failure": "failure",
    "exception": "error",
    "retry": "pending",
}


# A push is built twice: by most builders when the branch is quiet, by those that take hours when it has long been so.
PACES = (("", "quick"), (":slow", "slow"))


def decide(event: Event, facts: Facts) -> Decision:
    match event:
        case Pushed():
            return _start(event, facts)
        case BuildFinished() if facts.farm is not None:
            return _tell(facts.farm.build, facts)
        case _:
            return Decision()


def _start(event: Pushed, facts: Facts) -> Decision:
    branch = facts.registry.by_ref(event.branch, facts.today)
    if branch is None:
        return Decision(why=f"{event.branch} is not a branch that the farm builds")
    if branch.status(facts.today) is Status.END_OF_LIFE:
        return Decision(why=f"{branch.version} reached its end of life on {branch.end_of_life}: nothing is built")
    if not matters(event.files):
        return Decision(why=f"nothing that {event.after[:10]} changes is built or tested")
    count = len(event.commits)
    reason = f"{count} new commit{'s' if count > 1 else ''} on {event.branch}"
    key = f"push:{event.branch}:{event.after}"
    asks = (StartBuild(f"{key}{end}", event.branch, event.after, reason=reason, pace=pace) for end, pace in PACES)
    return Decision(tuple(asks), reason)


def _tell(build: Build, facts: Facts) -> Decision:
    if build.tests:
        ran = "no test" if build.tests == NO_TESTS else f"{build.tests} alone"
        return Decision(why=f"{build.builder} ran {ran}: no verdict on {build.commit[:10]}")
    state = STATES.get(build.result)
    if state is None and build.branch.startswith(PULLS) and build.result == "cancelled":
        state = "error"  # it was announced as pending
    if state is None:
        return Decision(why=f"{build.builder} was {build.result}: no verdict on {build.commit[:10]}")
    context = f"{facts.settings.contexts.build_prefix}{build.builder}"
    text = describe(build)
    return Decision((SetStatus(build.commit, context, state, text, build.url),), f"{build.builder}: {text}")


def describe(build: Build) -> str:
    """The result in a line: `431 tests passed in 12 s`, `test_list leaked [1, 1, 1] references and 1 more`."""
    if build.result == "retry":
        return "The build was interrupted and runs again"
    if build.result == "exception":
        return "The farm failed, not the code: somebody looks into it"
    if build.result == "cancelled":
        return "The build was called off"
    if build.failed_step == "merge":
        return "The pull request has moved on, or does not merge into its base"
    if not build.green:
        return _worst(build)
    run = ((build.verdict.get("totals") or {}).get("tests") or {}).get("run")
    took = f"in {duration_s(build):.0f} s"
    flaky = build.verdict.get("flaky") or ()
    again = f"; passed only when run again: {', '.join(flaky)}" if flaky else ""
    return (f"{run:,} tests passed {took}" if run else f"Done {took}") + again


def _worst(build: Build) -> str:
    found = failures(build)
    if not found:
        return f"{build.failed_step or 'The build'} failed"
    return found[0].sentence + (f" and {len(found) - 1} more" if len(found) > 1 else "")
