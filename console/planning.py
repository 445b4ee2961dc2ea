"""The verbs about dates: the plan of a cycle, the calendar, the chart."""

from __future__ import annotations

import dataclasses
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.branching import today_option
from console.errors import Refusal
from console.looking import AS_JSON, DAY, print_json, print_table, registry
from console.request import Request

if TYPE_CHECKING:
    from core.branches import Cycle, Registry


@click.command(epilog="Example: camelot --profile cpython schedule 3.17 --json")
@click.argument("version")
@AS_JSON
@click.option(
    "--registry", "in_force", is_flag=True, help="Show the dates in force beside the plan, and the days between."
)
@click.option("--template", default="", help="Plan by another template.  [default: the registry's, else the newest]")
@click.option("--year", type=int, default=0, help="The year of X.Y.0.  [default: the registry's, else one a branch]")
@click.option("--set", "numbers", multiple=True, metavar="NAME=N", help="A parameter of the template, as in b4=21.")
@click.option("--move", multiple=True, metavar="VERSION=DAY:REASON", help="Move one release.")
@click.option("--rules", is_flag=True, help="By the template alone, without the registry's exceptions.")
@click.option("--support", is_flag=True, help="Go on to bug-fix releases, end of bug fixes and end of life.")
@click.option("--removal", is_flag=True, help="Say when what begins to warn in VERSION may be removed (PEP 387).")
@click.pass_obj
def schedule(
    request: Request,
    version: str,
    as_json: bool,
    in_force: bool,
    template: str,
    year: int,
    numbers: tuple[str, ...],
    move: tuple[str, ...],
    rules: bool,
    support: bool,
    removal: bool,
) -> None:
    """Show the cycle of VERSION (3.17) as its rules give it: every release, its day, and why that one."""
    from release import schedule as planning

    branches, (branch, only) = registry(request.settings()), _asked(version)
    if removal:
        _show([dataclasses.asdict(planning.removal(branches, branch))], as_json)
        return
    known = branches.find(branch)
    if in_force and known and known.cycle is None and not template:
        rows = [dataclasses.asdict(row) for row in planning.compare([], known)]
        _show([row for row in rows if only in ("", row["version"])], as_json)
        return
    cycle = _cycle(branches, branch, template, year, numbers, move)
    planned = planning.plan(branch, cycle, exceptions=not rules)
    if support:
        planned += planning.support(branch, planned[-1].date)
    planned = [row for row in planned if only in ("", row.version)]
    if not planned:
        raise Refusal(f"{version} is no release of the plan of {branch}: `camelot schedule {branch}` lists them")
    if not in_force:
        _show([dataclasses.asdict(row) for row in planned], as_json)
        return
    compared = [row for row in planning.compare(planned, known) if only in ("", row.version)]
    _show([{**dataclasses.asdict(row), "days": row.days} for row in compared], as_json)


def _asked(version: str) -> tuple[str, str]:
    """The branch that is meant, and the release of it where one was named."""
    from core.versions import Version, branch_key

    try:
        if version.count(".") == 1:
            branch_key(version)
            return version, ""
        named = Version.parse(version)
    except ValueError:
        raise Refusal(f"{version!r} is neither a branch nor a version: write 3.17, or 3.17.0b1") from None
    return named.branch, str(named)


def _cycle(
    branches: Registry, branch: str, template: str, year: int, numbers: tuple[str, ...], move: tuple[str, ...]
) -> Cycle:
    from release import schedule as planning

    cycle = planning.cycle_of(branches, branch, template, year)
    given = dict(cycle.parameters) | dict(_number(text) for text in numbers)
    moved = (*cycle.overrides, *(_moved(text) for text in move))
    return dataclasses.replace(cycle, parameters=tuple(given.items()), overrides=moved)


def _number(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if not value.isdecimal():
        raise Refusal(f"--set {text!r}: write a parameter and a number, as in b4=21")
    return name, int(value)


def _moved(text: str) -> Any:
    from core.branches import Moved
    from core.versions import Version

    version, _, rest = text.partition("=")
    day, _, reason = rest.partition(":")
    try:
        found = Moved(str(Version.parse(version)), datetime.strptime(day, "%Y-%m-%d").date(), reason.strip())  # noqa: DTZ007
    except ValueError:
        raise Refusal(
            f"--move {text!r}: write a version, a day and a reason, as in 3.17.0a6=2028-03-14:Pi day"
        ) from None
    if not found.reason:
        raise Refusal(f"--move {text!r}: the reason is missing: write it behind a colon")
    return found


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    shown = [{name: "" if value is None else value for name, value in row.items()} for row in rows]
    print_table([name for name in rows[0] if any(row[name] for row in rows)], shown)


@click.command(epilog="Example: camelot calendar --previous releases.ics > new.ics")
@click.option(
    "--previous",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The calendar published before: what moved since has a higher SEQUENCE, what was dropped is cancelled.",
)
@today_option
@click.pass_obj
def calendar(request: Request, previous: Path | None, today: datetime | None) -> None:
    """Print every release and every change of phase as an iCalendar, with reminders."""
    from console.deriving import names
    from release import calendar as making

    settings = request.settings()
    day = today.date() if today else settings.day()
    before = previous.read_bytes().decode() if previous else ""
    text = making.ical(registry(settings), day, names(settings), before)
    sys.stdout.buffer.write(text.encode())  # its lines end as RFC 5545 wants it


@click.command(epilog="Example: camelot chart > chart.svg")
@click.option("--html", "page", is_flag=True, help="A page with the chart and the table below it.")
@click.option("--today", type=DAY, help="The day that the line stands on.  [default: settings, today in UTC]")
@click.pass_obj
def chart(request: Request, page: bool, today: datetime | None) -> None:
    """Print the branches over the years as SVG."""
    from console.deriving import names
    from release import formats

    settings = request.settings()
    make = formats.FORMATS["html" if page else "svg"][1]
    day = today.date() if today else settings.day()
    click.echo(make(registry(settings), day, names(settings)), nl=False)
