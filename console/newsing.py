"""The verbs about news: add an entry, check, gather into a release, merge into a changelog, export."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.errors import Refusal
from console.looking import AS_JSON, DAY, print_json
from console.request import Request

if TYPE_CHECKING:
    from core.settings import Settings
    from core.versions import Version

ROOT = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The tree.  [default: this folder, or interpreter/ in it]",
)


@click.group(epilog='Example: camelot news add --issue 12 --section Library "Fix a leak in :func:`os.walk`."')
def news() -> None:
    """Add, check, gather and export news entries."""


@news.command(epilog='Example: camelot news add --issue 12 --section library "Fix a leak in :func:`os.walk`."')
@click.argument("text")
@click.option("--issue", required=True, help="The issue: its number, or a link to it.")
@click.option("--section", required=True, help="The section, in any spelling.")
@click.option("--cve", default="", help="The CVE that an entry of Security is about.")
@click.option("--at", type=click.DateTime(), help="The moment that its name has, in UTC.  [default: now]")
@ROOT
@click.pass_obj
def add(
    request: Request, text: str, issue: str, section: str, cve: str, at: datetime | None, root: Path | None
) -> None:
    """Write an entry of TEXT that waits for the next release; - reads it from standard input."""
    from release import news as keeping
    from release.entries import new

    settings = request.settings()
    words = sys.stdin.read() if text == "-" else text
    entry = new(section, issue, words, _moment(settings, at), settings.news, cve)
    place = _root(settings, root)
    click.echo(str(keeping.add(place, entry, settings.news).relative_to(place)))


def _moment(settings: Settings, at: datetime | None) -> datetime:
    if at:
        return at.replace(tzinfo=UTC)
    return datetime.combine(settings.today, time(), UTC) if settings.today else datetime.now(UTC)


@news.command(epilog="Example: camelot news check")
@ROOT
@AS_JSON
@click.pass_obj
def check(request: Request, root: Path | None, as_json: bool) -> None:
    """Say what is wrong with entries and releases' files, and what is told twice. Exit code 1 when something is."""
    from release import newscheck

    settings = request.settings()
    place = _root(settings, root)
    found = newscheck.problems(place, settings.news)
    found += [str(duplicate) for duplicate in newscheck.duplicates(place, settings.news)]
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(found or ["every entry can be gathered, and nothing is told twice"]))
    sys.exit(1 if found else 0)


@news.command(epilog="Example: camelot news duplicates --fix")
@click.option("--fix", is_flag=True, help="Remove the waiting files that tell again what stands elsewhere.")
@ROOT
@click.pass_obj
def duplicates(request: Request, fix: bool, root: Path | None) -> None:
    """Name changes that are told twice, across releases and cherry-picks. Exit code 1 when some are left."""
    from release import newscheck

    settings = request.settings()
    place = _root(settings, root)
    found = newscheck.duplicates(place, settings.news)
    for duplicate in found:
        click.echo(str(duplicate))
    gone = newscheck.mend(place, found) if fix else []
    for path in gone:
        click.echo(f"removed {path.relative_to(place)}")
    sys.exit(1 if newscheck.duplicates(place, settings.news) else 0)


@news.command(epilog="Example: camelot news release 1.3.0a2 --dry-run")
@click.argument("version")
@click.option("--dry-run", is_flag=True, help="Show the difference that it would make, and touch nothing.")
@click.option("--today", type=DAY, help="The release date.  [default: settings, today in UTC]")
@ROOT
@click.pass_obj
def release(request: Request, version: str, dry_run: bool, today: datetime | None, root: Path | None) -> None:
    """Gather the waiting entries into the file of VERSION. Again: the same bytes, and late entries in their places."""
    from release import news as keeping

    settings = request.settings()
    place, wanted = _root(settings, root), _version(version)
    day: date = today.date() if today else settings.day()
    if dry_run:
        click.echo(keeping.diff(place, keeping.plan(place, wanted, day, settings.news)), nl=False)
        return
    gathered = keeping.release(place, wanted, day, settings.news)
    what = f"{gathered.entries} {'entry' if gathered.entries == 1 else 'entries'}, {len(gathered.taken)} of them new"
    click.echo(f"{gathered.file.relative_to(place)}: {what}")


@news.command(epilog="Example: camelot news merge > NEWS")
@click.option("--next", "with_next", is_flag=True, help="Show what waits for the next release, too.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.  [default: print it]")
@ROOT
@click.pass_obj
def merge(request: Request, with_next: bool, output: Path | None, root: Path | None) -> None:
    """Make one readable changelog of all releases."""
    from core import files
    from release import news as keeping

    settings = request.settings()
    text = keeping.merge(_root(settings, root), settings.release.product, settings.news, with_next)
    if output is None:
        click.echo(text, nl=False)
    elif not output.exists() or output.read_text(encoding="utf-8") != text:  # what is built from it need not be again
        files.replace(output, text)


@news.command(epilog="Example: camelot news export --root unpacked")
@click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help="The tree.")
@click.pass_obj
def export(request: Request, root: Path) -> None:
    """Write the changelog into a tree and remove the entries from it, as a source release has them."""
    from release import news as keeping

    settings = request.settings()
    _root(settings, root)
    click.echo(str(keeping.export(root, settings.release.product, settings.news).relative_to(root)))


def _root(settings: Settings, root: Path | None) -> Path:
    """The tree whose news is meant. Raises Refusal where there is none."""
    for place in (root,) if root else (Path(), Path("interpreter")):
        if (place / settings.news.directory).is_dir():
            return place
    raise Refusal(f"there is no {settings.news.directory} in {root or 'this folder'}: name the tree with --root")


def _version(text: str) -> Version:
    from core.versions import Version

    try:
        return Version.parse(text)
    except ValueError as error:
        raise Refusal(str(error)) from None
