"""The verb that brings a branch into its next phase."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import click

from console.branching import today_option
from console.errors import Refusal
from console.looking import AS_JSON, database, print_json, registry
from console.request import Request

TARGETS = ("security", "end-of-life", "new-branch")


@click.command(epilog="Example: camelot transition 1.1 end-of-life --apply")
@click.argument("version", required=False)
@click.argument("target", required=False, type=click.Choice(TARGETS))
@click.option("--apply", "act", is_flag=True, help="Do it.  [default: show each step and where it stands]")
@click.option("--undo", is_flag=True, help="Take back what was done, the last step first.")
@click.option("--for-good", is_flag=True, help="Do also what cannot be undone: the deletion of the branch.")
@click.option("--reason", default="", help="Why it comes before its planned day.")
@click.option("--actor", default="", help="Who does it, for the record.  [default: the branch's release manager]")
@click.option("--due", is_flag=True, help="Instead: the transitions of the next 90 days.")
@AS_JSON
@today_option
@click.pass_obj
def transition(
    request: Request,
    version: str | None,
    target: str | None,
    act: bool,
    undo: bool,
    for_good: bool,
    reason: str,
    actor: str,
    due: bool,
    as_json: bool,
    today: datetime | None,
) -> None:
    """Bring branch VERSION into its next phase, TARGET: a plan unless --apply. Exit code 1 when that leaves a step."""
    from release import transition as turning
    from release.turning import Turning

    settings = request.settings()
    day = today.date() if today else settings.day()
    if due:
        _due(request, day, as_json)
        return
    if not version or not target:
        raise Refusal("say which branch and which phase: camelot transition 1.1 end-of-life")
    known = registry(settings).find(version)
    who = actor or (known.release_manager if known else "") or "somebody"
    engine = database(settings)

    def of(hub: Any) -> Turning:
        return Turning(settings, engine, hub, version, target, day, who, reason)

    if undo:
        asyncio.run(_with_hub(settings, engine, lambda hub: turning.undo(of(hub), _show)))
        return
    if act:
        left = asyncio.run(_with_hub(settings, engine, lambda hub: turning.apply(of(hub), _show, for_good)))
    else:
        rows = asyncio.run(_with_hub(settings, engine, lambda hub: turning.plan(of(hub))))
        if as_json:
            print_json([vars(row) for row in rows])
        else:
            for row in rows:
                _show(row)
        return
    if any(row.state == "for good" for row in left):
        click.echo("camelot: what is marked 'for good' cannot be undone: it waits for --for-good", err=True)
    sys.exit(1 if left else 0)


def _show(row: Any) -> None:
    click.echo(f"{row.state:<10} {row.id:<12} {row.what}")


def _due(request: Request, day: Any, as_json: bool) -> None:
    from core import reminders

    found = reminders.near(registry(request.settings()), day)
    if as_json:
        print_json([{**vars(reminder), "is_due": reminder.is_due} for reminder in found])
        return
    for reminder in found:
        click.echo(f"{'today' if reminder.is_due else 'later':<6} {reminder}")


async def _with_hub(settings: Any, engine: Any, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Where no App is set up there is only a plan, of what can be seen from here."""
    from core.store import Store
    from forge import github

    if not settings.github.app_id:
        return await work(None)
    async with github.connect(settings.github, Store(engine)) as hub:
        return await work(hub)
