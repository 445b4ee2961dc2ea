"""The verbs of the branch registry: look at it, check it, and let everything follow from it."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from console.errors import Refusal
from console.looking import AS_JSON, DAY, database, print_json, print_table, registry
from console.request import Request

COLUMNS = ("version", "name", "status", "first_release", "end_of_bugfix", "end_of_life", "release_manager")
FORMATS = (
    "release-cycle",
    "python-releases",
    "endoflife",
    "csv",
    "rest",
    "html",
    "svg",
    "issue-versions",
    "backport-targets",
    "banners",
    "due",
)
ROLES = ("triager", "core", "bot", "release-manager")
CHANGES = ("feature", "bugfix", "security")
Verb = TypeVar("Verb", bound=Callable[..., Any])


def today_option(verb: Verb) -> Verb:
    return click.option("--today", type=DAY, help="The day to look at.  [default: settings, today in UTC]")(verb)


CLONE = click.option(
    "--clone",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A clone of the repository: its tags are compared with the registry.",
)
FOLDER = click.option(
    "--into",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the documents are kept.  [default: branches/PROFILE in the data folder]",
)


@click.group(
    invoke_without_command=True,
    epilog="Example: camelot branches --today 2026-12-16 --json",
)
@AS_JSON
@click.option("--format", "form", type=click.Choice(FORMATS), help="Print a document made from the registry.")
@today_option
@click.pass_context
def branches(ctx: click.Context, as_json: bool, form: str | None, today: datetime | None) -> None:
    """Show every branch with its status today, newest first; or plan and apply what follows from the registry."""
    request: Request = ctx.obj
    if today:
        ctx.obj = request = dataclasses.replace(request, today=today.date())
    if ctx.invoked_subcommand:
        return
    settings = request.settings()
    if form:
        from console.deriving import names
        from release.formats import FORMATS as MADE

        click.echo(MADE[form][1](registry(settings), settings.day(), names(settings)), nl=False)
        return
    from console import rows

    found = rows.branches(registry(settings), settings.day())
    if as_json:
        print_json(found)
    else:
        print_table(COLUMNS, found)


def _day(request: Request, today: datetime | None) -> date:
    return today.date() if today else request.settings().day()


@branches.command(epilog="Example: camelot --profile cpython branches lint --today 2026-08-22")
@AS_JSON
@CLONE
@today_option
@click.pass_obj
def lint(request: Request, as_json: bool, clone: Path | None, today: datetime | None) -> None:
    """Say what is wrong with the registry's dates. Exit code 1 when something is."""
    from core import branches_lint

    settings, tags = request.settings(), None
    if clone:
        from console.deriving import tags_of

        tags = tags_of(clone)
    found = branches_lint.lint(registry(settings), _day(request, today), tags)
    if as_json:
        print_json([dataclasses.asdict(fault) for fault in found])
    else:
        for fault in found:
            click.echo(str(fault))
    sys.exit(1 if found else 0)


@branches.command(epilog="Example: camelot branches drift --clone .")
@AS_JSON
@CLONE
@today_option
@click.pass_obj
def drift(request: Request, as_json: bool, clone: Path | None, today: datetime | None) -> None:
    """Say where tags, labels, git branches and builders differ from the registry. Exit code 1 when they do."""
    from core import branches_lint
    from release import derive

    day = _day(request, today)
    seen = _look(request, day, None, clone)
    found = derive.drift(seen.wanted, seen.world, seen.registry, day)
    found += [
        f"{row.version} was expected on {row.date} and is late" for row in branches_lint.overdue(seen.registry, day)
    ]
    if as_json:
        print_json({"drift": found, "not_asked": dict(seen.world.why)})
    else:
        for sentence in found:
            click.echo(sentence)
        _not_asked(seen)
    sys.exit(1 if found else 0)


@branches.command(epilog="Example: camelot branches plan --today 2026-12-16")
@AS_JSON
@CLONE
@FOLDER
@today_option
@click.pass_obj
def plan(request: Request, as_json: bool, clone: Path | None, folder: Path | None, today: datetime | None) -> None:
    """Show what `apply` would change: labels, protection, builders, documents, and releases that are out."""
    seen = _look(request, _day(request, today), folder, clone)
    if as_json:
        shown = [{"kind": c.kind, "act": c.act, "name": c.name, "sentence": c.sentence} for c in seen.changes]
        print_json({"changes": shown, "not_asked": dict(seen.world.why)})
        return
    _show(seen)


@branches.command(epilog="Example: camelot branches apply --today 2026-12-16")
@CLONE
@FOLDER
@today_option
@click.pass_obj
def apply(request: Request, clone: Path | None, folder: Path | None, today: datetime | None) -> None:
    """Make everything follow from the registry. Exit code 1 when something could not be done."""
    from console import deriving

    settings, day = request.settings(), _day(request, today)
    seen = _look(request, day, folder, clone)
    _show(seen)
    problems = deriving.carry_out(settings, database(settings), seen, _place(settings, folder, clone))
    if any(change.kind == "registry" for change in seen.changes):  # documents tell of the new dates too
        again = _look(request, day, folder, clone)
        problems += deriving.carry_out(settings, database(settings), again, _place(settings, folder, clone))
    for problem in problems:
        click.echo(f"camelot: {problem}", err=True)
    sys.exit(1 if problems else 0)


@branches.command(epilog="Example: camelot branches permission 3.14 --role core --change bugfix")
@click.argument("version")
@click.option("--role", type=click.Choice(ROLES), default="core", show_default=True)
@click.option("--change", type=click.Choice(CHANGES), default="bugfix", show_default=True)
@AS_JSON
@today_option
@click.pass_obj
def permission(request: Request, version: str, role: str, change: str, as_json: bool, today: datetime | None) -> None:
    """Say whether somebody may merge such a change into branch VERSION, and why. Exit code 1 when not."""
    from core import permissions
    from core.branches import Change

    found = permissions.may(
        registry(request.settings()), version, permissions.Role(role), Change(change), _day(request, today)
    )
    if as_json:
        print_json(dataclasses.asdict(found))
    else:
        click.echo(found.reason)
    sys.exit(0 if found.allowed else 1)


@branches.command(epilog='Example: camelot branches decide 3.14 bugfix --on 2027-10-07 --reason "one more release"')
@click.argument("version")
@click.argument("status", type=click.Choice(("feature", "prerelease", "bugfix", "security", "end-of-life")))
@click.option("--on", type=DAY, required=True, help="The day from which it holds.")
@click.option("--reason", required=True, help="Why, for everybody who reads the registry.")
@click.pass_obj
def decide(request: Request, version: str, status: str, on: datetime, reason: str) -> None:
    """Write into the registry that branch VERSION has STATUS from a day on, whatever was planned."""
    from console.deriving import registry_file
    from core import branches_edit
    from core.branches import Override, Status

    settings = request.settings()
    if registry(settings).find(version) is None:
        raise Refusal(f"there is no branch {version!r} in the registry: `camelot branches` lists them")
    if not reason.strip():
        raise Refusal("the reason is empty: say why, for everybody who reads the registry")
    row = Override(on.date(), Status(status), reason.strip())
    new = branches_edit.edit(registry_file(settings), branches_edit.decided(version, row))
    click.echo(f"{version} is {status} from {row.date} on" + ("" if new else ", as it was already decided"))


def _place(settings: Any, folder: Path | None, clone: Path | None) -> Any:
    from console.deriving import Place

    return Place(folder or settings.data / "branches" / settings.profile, clone)


def _look(request: Request, day: date, folder: Path | None, clone: Path | None) -> Any:
    from console import deriving

    settings = request.settings()
    registry(settings)  # says what is wrong with it
    return deriving.look(settings, database(settings), day, _place(settings, folder, clone))


def _show(seen: Any) -> None:
    for change in seen.changes:
        click.echo(f"{change.kind:<10} {change.sentence}")
    if not seen.changes:
        click.echo("nothing differs")
    _not_asked(seen)


def _not_asked(seen: Any) -> None:
    for what, why in seen.world.why.items():
        click.echo(f"not asked: {what}: {why}", err=True)
