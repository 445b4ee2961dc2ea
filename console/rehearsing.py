"""The verb of the night: rehearse what each branch releases next."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import click

from console.looking import AS_JSON, database, print_json
from console.request import Request


@click.command("rehearse-all", epilog="Example: camelot release rehearse-all --json")
@AS_JSON
@click.pass_obj
def rehearse_all(request: Request, as_json: bool) -> None:
    """Rehearse the next release of every live branch, as each night should. Exit code 1 when one does not come out."""
    from console.tracker import tracker
    from release import rehearsals

    settings = request.settings()
    engine = database(settings)
    tell = _nobody if as_json else _show
    found = rehearsals.rehearse(settings, engine, settings.day(), tracker(settings, engine), tell)
    if as_json:
        print_json([dataclasses.asdict(row) for row in found])
    elif not found:
        click.echo("no live branch plans a release")
    sys.exit(1 if any(row.state != "done" for row in found) else 0)


def _show(row: Any) -> None:
    click.echo(f"{row.branch:<6} {row.version:<10} {row.state:<8} {row.took_s:>6.1f} s  {row.reason}".rstrip())


def _nobody(row: Any) -> None:
    """The whole list is printed at the end."""
