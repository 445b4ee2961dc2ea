"""The verbs of the release manager."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import datetime
from typing import Any

import click

from console import signing
from console.errors import Refusal
from console.looking import DAY, database, registry
from console.request import Request


@click.group(epilog="Example: camelot release cut 1.3.0a2 --rehearse")
def release() -> None:
    """Cut, check and verify releases."""


for verb in signing.VERBS:
    release.add_command(verb)


@release.command(epilog="Example: camelot release cut 1.3.0a2 --rehearse")
@click.argument("version")
@click.option(
    "--rehearse/--for-real",
    default=True,
    show_default=True,
    help="A rehearsal does everything but pushes nothing and publishes into a folder.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Print every step of it, and touch nothing.")
@click.option("--accept-plan", is_flag=True, help="Resume a cut although its plan was changed since it began.")
@click.option("--actor", help="Who cuts it, for the record.  [default: the branch's release manager]")
@click.pass_obj
def cut(request: Request, version: str, rehearse: bool, only_plan: bool, accept_plan: bool, actor: str | None) -> None:
    """Cut VERSION, or resume its unfinished cut. Exit code 1 when a gate blocks it or a step fails."""
    from console.tracker import tracker
    from release import cut as cutting
    from release.plan import plan

    settings, wanted = request.settings(), _checked(version)
    if only_plan:
        for number, step in enumerate(plan(wanted, "rehearse" if rehearse else "real"), start=1):
            click.echo(f"{number:>2} {step.id:<10} {step.what}")
        return
    engine = database(settings)
    branch = registry(settings).find(wanted.branch)
    who = actor or (branch.release_manager if branch else "") or "somebody"
    ended = cutting.cut(
        settings,
        engine,
        version,
        who,
        rehearse,
        today=settings.day(),
        report=_report,
        tracker=tracker(settings, engine),
        accept=accept_plan,
    )
    if ended.state == "done":
        click.echo(f"{version} is published in {ended.folder}")
        return
    for excuse in ended.excuses:
        if excuse.state != "pass":
            click.echo(f"{excuse.state:<8} {excuse.gate:<12} {excuse.reason}")
    click.echo(f"camelot: {version} was not cut ({ended.state}): {ended.error}", err=True)
    sys.exit(1)


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
        click.echo(json.dumps([dataclasses.asdict(run) for run in found], indent=2, default=str))
        return
    for run in found:
        done = sum(step.state == "done" for step in run.steps)
        stuck = next((f" at {step.step}: {step.error}" for step in run.steps if step.state == "failed"), "")
        click.echo(f"{run.id:>4} {run.version:<10} {run.mode:<9} {run.state:<9} {done}/{len(run.steps)} steps{stuck}")


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
