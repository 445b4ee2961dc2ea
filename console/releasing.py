"""The verbs of the release manager."""

from __future__ import annotations

import dataclasses
import json
import sys
import textwrap
from datetime import datetime
from typing import Any

import click

from console import signing
from console.errors import Refusal
from console.looking import DAY, database, registry
from console.rehearsing import rehearse_all
from console.request import Request


@click.group(epilog="Example: camelot release cut 1.3.0a2 --rehearse")
def release() -> None:
    """Cut, check and verify releases."""


for verb in (rehearse_all, *signing.VERBS):
    release.add_command(verb)


@release.command(epilog="Example: camelot release cut 1.3.0a2 --rehearse")
@click.argument("versions", metavar="VERSION...", nargs=-1, required=True)
@click.option(
    "--rehearse/--for-real",
    default=True,
    show_default=True,
    help="A rehearsal does everything but pushes nothing and publishes into a folder.",
)
@click.option(
    "--together", "as_one", is_flag=True, help="Several branches: none is pushed or published before all can be."
)
@click.option("--plan", "only_plan", is_flag=True, help="Print every step of it, and touch nothing.")
@click.option("--accept-plan", is_flag=True, help="Resume a cut although its plan was changed since it began.")
@click.option("--yes-tasks", metavar="WHY", default="", help="Ask nobody, and write down WHY in place of the answers.")
@click.option("--actor", help="Who cuts it, for the record.  [default: the branch's release manager]")
@click.pass_obj
def cut(
    request: Request,
    versions: tuple[str, ...],
    rehearse: bool,
    as_one: bool,
    only_plan: bool,
    accept_plan: bool,
    yes_tasks: str,
    actor: str | None,
) -> None:
    """Cut VERSION, or resume its unfinished cut. Exit code 1 when a gate blocks, a step fails or somebody is asked."""
    if len(versions) > 1 and not as_one:
        raise Refusal(f"{len(versions)} versions are named: cut one after the other, or all with --together")
    wanted = [_checked(version) for version in versions]
    if only_plan:
        for each in wanted:
            _print_plan(each, rehearse)
        return
    settings = request.settings()
    engine = database(settings)
    results = _results(settings, engine, versions, rehearse, as_one, accept_plan, yes_tasks, actor)
    for ended in results:
        _print_times(engine, ended.run)
    good = [_say_how_it_ended(ended) for ended in results]
    sys.exit(0 if all(good) else 1)


def _results(
    settings: Any,
    engine: Any,
    versions: tuple[str, ...],
    rehearse: bool,
    as_one: bool,
    accept: bool,
    yes: str,
    actor: str | None,
) -> list[Any]:
    """How each version's cut ended."""
    from console.tracker import tracker
    from release import cut as cutting
    from release.together import together

    asked = tracker(settings, engine)

    def one(version: str, until: str = "", group: str = "") -> Any:
        return cutting.cut(
            settings,
            engine,
            version,
            actor or _manager(settings, _checked(version).branch) or "somebody",
            rehearse,
            today=settings.day(),
            report=_report,
            tracker=asked,
            accept=accept,
            yes=yes,
            until=until,
            group=group,
        )

    return together(engine, versions, one) if as_one else [one(versions[0])]


def _print_plan(version: Any, rehearse: bool) -> None:
    from release.plan import plan
    from release.steps import STEPS

    for number, step in enumerate(plan(version, "rehearse" if rehearse else "real"), start=1):
        lasting = "; this cannot be undone" if STEPS[step.id].may_be_for_good and not rehearse else ""
        click.echo(f"{number:>2} {step.id:<10} {step.what}{lasting}")


def _say_how_it_ended(ended: Any) -> bool:
    """Whether it ended well."""
    if ended.state == "done":
        click.echo(f"{ended.version} is published in {ended.folder}")
        return True
    for excuse in ended.excuses:
        if excuse.state != "pass":
            click.echo(f"{excuse.state:<8} {excuse.gate:<12} {excuse.reason}")
    if ended.state == "paused":
        click.echo(f"{ended.version} waits for the others: nothing of it is taken back")
    elif ended.state == "waiting":
        click.echo(f"camelot: {ended.version} waits: {ended.error}", err=True)
    else:
        click.echo(f"camelot: {ended.version} was not cut ({ended.state}): {ended.error}", err=True)
    return False


def _print_times(engine: Any, run: int) -> None:
    """What each step took, and its part of the whole; of a resumed cut, the try of each step that ended it."""
    from release import journal

    found = journal.find(engine, run)
    rows = [row for row in found.steps if row.took_s is not None] if found else []
    total = sum(row.took_s or 0 for row in rows)
    for row in rows:
        share = 100 * (row.took_s or 0) / total if total else 0
        click.echo(f"  {row.step:<10} {row.took_s or 0:>8.1f} s {share:>5.1f} %{_tries(row.attempts)}")
    click.echo(f"  {'total':<10} {total:>8.1f} s")


def _tries(attempts: int) -> str:
    return f", the last of {attempts} tries" if attempts > 1 else ""


def _report(progress: Any) -> None:
    """A line when a step has ended; one that begins says nothing, for most take no time."""
    if progress.state == "running":
        return
    took = f" {progress.took_s:.1f} s" if progress.took_s else ""
    click.echo(f"[{progress.position:>2}/{progress.of}] {progress.state:<8} {progress.step.id}{took}")


@release.command(epilog="Example: camelot release runs")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def runs(request: Request, as_json: bool) -> None:
    """List every cut with how far it came, newest first."""
    from release import cut as cutting

    found = cutting.runs(database(request.settings()))
    if as_json:
        click.echo(json.dumps([_with_times(run) for run in found], indent=2, default=str))
        return
    for run in found:
        done = sum(step.state == "done" for step in run.steps)
        stuck = next((f" at {step.step}: {step.error}" for step in run.steps if step.state in ("failed", "asked")), "")
        took = sum(step.took_s or 0 for step in run.steps)
        where = f"{done}/{len(run.steps)} steps {took:.1f} s{stuck}"
        click.echo(f"{run.id:>4} {run.version:<10} {run.mode:<9} {run.state:<9} {where}")


def _with_times(run: Any) -> dict[str, Any]:
    """`took_s` of each step, None where it has not ended, and their sum."""
    steps = [{**dataclasses.asdict(step), "took_s": step.took_s} for step in run.steps]
    return {**dataclasses.asdict(run), "steps": steps, "took_s": sum(step["took_s"] or 0 for step in steps)}


@release.command(epilog="Example: camelot release abandon 3")
@click.argument("run", type=int)
@click.pass_obj
def abandon(request: Request, run: int) -> None:
    """Give the unfinished cut RUN up, so that its branch can be cut from again."""
    from release import cut as cutting

    settings = request.settings()
    try:
        cutting.abandon(settings, database(settings), run)
    except cutting.CutError as error:
        raise Refusal(str(error)) from None
    click.echo(f"run {run} is abandoned")


@release.command(epilog="Example: camelot release undo 3 --apply")
@click.argument("run", type=int)
@click.option(
    "--apply", "act", is_flag=True, help="Do it.  [default: show what would be undone, and how far that goes]"
)
@click.option("--actor", default="", help="Who undoes it, for the record.  [default: the branch's release manager]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def undo(request: Request, run: int, act: bool, actor: str, as_json: bool) -> None:
    """Take back what the cut RUN did, the last step first, up to the first one that cannot be undone."""
    from release import undoing

    settings = request.settings()
    engine = database(settings)
    rows = undoing.show(settings, engine, run)
    if as_json and not act:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.state:<9} {row.step.id:<10} {row.why or row.step.what}")
    if not act:
        return
    who = actor or _manager(settings, undoing.branch_of(engine, run)) or "somebody"
    left = undoing.undo(settings, engine, run, who, lambda row: click.echo(f"undone    {row.step.id}"))
    kept = f"; {len(left)} steps stay, from {left[0].step.id} back: {left[0].why}" if left else ""
    click.echo(f"run {run} is undone as far as it can be{kept}")


@release.command(epilog="Example: camelot release tasks")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def tasks(request: Request, as_json: bool) -> None:
    """List what running releases ask of people: who, what, and which evidence."""
    from release import tasks as asking

    found = asking.open_tasks(database(request.settings()))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(task) for task in found], indent=2))
        return
    for task in found:
        click.echo(f"{task.id:>4} {task.owner}: {task.title} ({task.link})")
        click.echo(textwrap.indent(f"{task.text}\nEvidence: {asking.SHAPES[task.wants].words}", " " * 5))


@release.command(epilog="Example: camelot release done 3 --evidence 5d41402abc4b2a76b9719d911017c592a1b2c3d4")
@click.argument("task", type=int)
@click.option("--evidence", required=True, help="What the task asks for: a commit, a checksum, an address.")
@click.option("--actor", default="", help="Who answers, for the record.  [default: the task's owner]")
@click.pass_obj
def done(request: Request, task: int, evidence: str, actor: str) -> None:
    """Answer TASK, so that its release can go on when it is cut again."""
    from release import tasks as asking

    engine = database(request.settings())
    found = asking.find(engine, task)
    ended = asking.complete(engine, task, actor or (found.owner if found else ""), evidence)
    click.echo(f"task {task} is done: camelot release cut {ended.version} --for-real goes on")


@release.command(epilog="Example: camelot release gates 1.3.0a2")
@click.argument("version")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def gates(request: Request, version: str, as_json: bool) -> None:
    """Say for each gate whether VERSION may be cut today, and why. Exit code 1 when a gate blocks it."""
    from console.tracker import tracker
    from release import gates as asking

    settings = request.settings()
    _checked(version)
    engine = database(settings)
    found = asking.excuses(settings, engine, version, settings.day(), tracker(settings, engine))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(excuse) for excuse in found], indent=2, default=str))
    else:
        for excuse in found:
            click.echo(f"{excuse.state:<8} {excuse.gate:<12} {excuse.reason}")
    sys.exit(1 if any(excuse.state == "block" for excuse in found) else 0)


@release.command(epilog='Example: camelot release waive 1.3.0a2 builders --why "its worker burned" --until 2026-11-30')
@click.argument("version")
@click.argument("gate")
@click.option("--why", required=True, help="What makes the gate harmless this time.")
@click.option("--until", type=DAY, required=True, help="The last day on which it is waived.")
@click.option("--actor", default="", help="Who answers for it.  [default: the branch's release manager]")
@click.pass_obj
def waive(request: Request, version: str, gate: str, why: str, until: datetime, actor: str) -> None:
    """Answer for GATE of VERSION, signed, until a day. Only the branch's release manager may."""
    from release import waivers as waiving

    settings, wanted = request.settings(), _checked(version)
    who = actor or _manager(settings, wanted.branch)
    made = waiving.waive(settings, database(settings), wanted, gate, who, why, until.date(), settings.day())
    click.echo(f"waiver {made.id}: {made.gate} of {made.version}, by {made.actor} until {made.until}: {made.why}")


@release.command(epilog="Example: camelot release waivers 1.3.0a2 --json")
@click.argument("version", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def waivers(request: Request, version: str, as_json: bool) -> None:
    """List the waivers of VERSION, or all, and whether each holds today."""
    from release import waivers as waiving

    settings = request.settings()
    if version:
        _checked(version)
    rows = [
        {**vars(row), "fault": waiving.standing(settings, row, settings.day())}
        for row in waiving.waivers(database(settings), version)
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        state = row["fault"] or "holds"
        words = f"{row['version']} {row['gate']}, by {row['actor']} until {row['until']}: {row['why']}"
        click.echo(f"{row['id']:>4} {words} ({state})")


@release.command(epilog="Example: camelot release revoke 2")
@click.argument("waiver", type=int)
@click.option("--actor", default="", help="Who takes it back.  [default: the release manager of its branch]")
@click.pass_obj
def revoke(request: Request, waiver: int, actor: str) -> None:
    """Take WAIVER back: from now on its gate answers for itself again."""
    from release import waivers as waiving

    settings = request.settings()
    engine = database(settings)
    version = next((row.version for row in waiving.waivers(engine) if row.id == waiver), "")
    who = actor or (_manager(settings, _checked(version).branch) if version else "")
    ended = waiving.revoke(settings, engine, waiver, who, settings.day())
    click.echo(f"waiver {waiver} of {ended.gate} of {ended.version} is revoked, by {ended.revoked_by}")


@release.command(epilog="Example: camelot release chart > chart.svg")
@click.option("--today", type=DAY, help="The day that the line stands on.  [default: settings, today in UTC]")
@click.pass_obj
def chart(request: Request, today: datetime | None) -> None:
    """Print the chart of all branches as SVG."""
    from release import chart as drawing

    settings = request.settings()
    click.echo(drawing.svg(registry(settings), today.date() if today else settings.day()), nl=False)


def _checked(version: str) -> Any:
    from core.versions import Version

    try:
        return Version.parse(version)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _manager(settings: Any, version: str) -> str:
    """The release manager of a branch; empty where the registry names none."""
    branch = registry(settings).find(version)
    return branch.release_manager if branch else ""
