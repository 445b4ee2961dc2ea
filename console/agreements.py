"""The verbs about signatures of the contributor agreement: they add rows and change none."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.errors import Refusal
from console.looking import database
from console.request import Request

if TYPE_CHECKING:
    from core.records import Signature
    from core.settings import Settings

NEEDED, KNOWN = "email", ("email", "login", "account_id", "at")


@click.group(epilog="Example: camelot cla import old-list.csv --dry-run")
def cla() -> None:
    """Export signatures of the agreement, or import old lists of them."""


@cla.command(epilog="Example: camelot cla export > signatures.csv")
@click.pass_obj
def export(request: Request) -> None:
    """Print every row that was ever written, as CSV, oldest first."""
    from core import records
    from core.records import Signature

    writer = csv.DictWriter(sys.stdout, [field.name for field in fields(Signature)])
    writer.writeheader()
    for signature in records.signature_rows(database(request.settings())):
        writer.writerow(asdict(signature))


@cla.command("import", epilog="Example: camelot cla import old-list.csv --dry-run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.pass_obj
def import_(request: Request, file: Path, dry_run: bool) -> None:
    """Take over an old list: CSV with the column email, and login, account_id and at (an ISO date) where known."""
    from core import records

    settings = request.settings()
    found = read(file, settings)
    engine = database(settings)
    there = {(row.account_id, row.email) for row in records.in_force(engine, settings.cla.document)}
    new = [signature for signature in found if (signature.account_id, signature.email) not in there]
    if not dry_run:
        for signature in new:
            records.add_signature(engine, signature)
    did = "would be written" if dry_run else "written"
    click.echo(f"{len(new)} signatures {did}, {len(found) - len(new)} were there already")


def read(file: Path, settings: Settings) -> list[Signature]:
    """The signatures of a list, each once. Raises Refusal at the first line that cannot be used, with its number."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        unknown = sorted(set(rows.fieldnames or ()) - set(KNOWN))
        if NEEDED not in (rows.fieldnames or ()) or unknown:
            named = f"{', '.join(unknown)} is not known" if unknown else f"{NEEDED} is missing"
            raise Refusal(f"{file}: the column {named}: the first line has to name columns out of {', '.join(KNOWN)}")
        found = [_signature(row, f"{file}:{rows.line_num}", settings) for row in rows]
    return list({(signature.account_id, signature.email): signature for signature in found}.values())


def _signature(row: dict[str, str | None], where: str, settings: Settings) -> Signature:
    from core.records import Signature
    from core.store import text

    values = {name: (row.get(name) or "").strip() for name in KNOWN}
    email, account = values["email"].lower(), values["account_id"] or "0"
    if email.count("@") != 1 or not all(email.split("@")):
        raise Refusal(f"{where}: {values['email']!r} is not an e-mail address: correct it or take the line out")
    if not account.isdecimal():
        raise Refusal(f"{where}: account_id is {account!r}: write GitHub's number of the account, or nothing")
    try:
        at = text(datetime.fromisoformat(values["at"]).astimezone()) if values["at"] else ""
    except ValueError:
        raise Refusal(f"{where}: at is {values['at']!r}: write an ISO date, or nothing") from None
    # Which text an old list was signed for is not known, so there is no hash of it.
    return Signature(int(account), values["login"], email, settings.cla.document, "", False, at)
