"""The verbs that only look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from console.errors import Refusal
from console.request import Request

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from core.settings import Settings

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command(epilog="Example: camelot --profile cpython builders --commands")
@AS_JSON
@click.option("--commands", is_flag=True, help="The table of builders instead: branch, workers, tier, command lines.")
@click.pass_obj
def builders(request: Request, as_json: bool, commands: bool) -> None:
    """Show what the farm has and each builder's latest result; or the table that it is made from."""
    from console import rows

    if commands:
        click.echo(_crossing(request.settings(), as_json))
        return
    found = rows.builders(database(request.settings()))
    if as_json:
        print_json(found)
        return
    for row in found:
        latest = row["latest"]
        row["latest"] = f"{latest['result']} #{latest['number']} {latest['commit'][:12]}" if latest else "no build yet"
    print_table(("name", "branch", "tier", "kind", "latest"), found)


def _crossing(settings: Settings, as_json: bool) -> str:
    """Every builder of today with its workers and exact command lines; nothing needs to run for it."""
    from buildmaster import builders as table
    from buildmaster import inventory

    try:
        kinds = table.table(settings.farm.builders, settings.farm.kinds)
        workers = inventory.load(settings.farm.inventory)
    except ValueError as error:
        raise Refusal(str(error)) from None
    return table.render(table.cross(kinds, registry(settings), settings.day()), as_json, workers)


@click.command(epilog="Example: camelot explain 12 --json")
@click.argument("number", type=click.IntRange(min=1))
@AS_JSON
@click.pass_obj
def explain(request: Request, number: int, as_json: bool) -> None:
    """Show all that happened to pull request NUMBER: deliveries, decisions and why, effects, API calls, labels."""
    from console import explain as story

    found = story.explain(database(request.settings()), number)
    if found is None:
        raise Refusal(
            f"nothing is known of pull request {number}: has it been opened, and does this database belong to it?"
        )
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(story.lines(found)))


@click.command(epilog="Example: camelot replay 72d3162e-cc78-11e3-81ab-4c9367dc0958")
@click.argument("guid")
@click.pass_obj
def replay(request: Request, guid: str) -> None:
    """Take up the parked delivery GUID again, with its parked effects."""
    from core.store import Store

    if not Store(database(request.settings())).replay(guid):
        raise Refusal(f"no parked delivery is called {guid!r}: the page /failures lists those that are")
    click.echo(f"{guid} is taken up again")


@click.command(epilog="Example: camelot --profile cpython settings")
@click.pass_obj
def settings(request: Request) -> None:
    """Print the settings in force as JSON, secrets masked."""
    shown = request.settings()
    document: dict[str, Any] = shown.model_dump(mode="json")
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def database(settings: Settings) -> Engine:
    """The database in force, its schema up to date."""
    from core.database import connect

    return connect(settings.database)


def registry(settings: Settings) -> Any:
    """The branch registry in force; a mistake in the file is the person's to mend."""
    try:
        return settings.load_registry()
    except (ValueError, OSError) as error:
        raise Refusal(f"the branch registry cannot be used: {error}: correct it, or CAMELOT_REGISTRY") from None


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], found: Iterable[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in found:
        table.add_row(*(str(row[column]) for column in columns))
    Console(highlight=False).print(table)
