"""The verb that reads a test log, for whoever has one at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from console.errors import Refusal

PIECE = 1 << 20
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(epilog="Example: camelot testlog build.log --junit test-results.xml --json")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--junit", type=FILE, help="The file that --junit-xml wrote: it names cases that the log does not.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole verdict as JSON.")
def testlog(file: Path, junit: Path | None, as_json: bool) -> None:
    """Read a log of regrtest or of Rabbit's tests (FILE, or - for what is piped in): what failed, wavered, leaked."""
    verdict = _read(file)
    if junit:
        verdict = _with_cases(verdict, junit)
    click.echo(json.dumps(verdict, indent=2, ensure_ascii=False) if as_json else "\n".join(_lines(verdict)))


def _read(file: Path) -> dict[str, Any]:
    import codecs

    from buildmaster.testlog import LogReader

    reader, decoder = LogReader(), codecs.getincrementaldecoder("utf-8")("replace")
    for piece in _pieces(file):
        reader.feed(decoder.decode(piece))
    reader.feed(decoder.decode(b"", True))
    return reader.verdict()


def _with_cases(verdict: dict[str, Any], file: Path) -> dict[str, Any]:
    from buildmaster import junit

    try:
        return junit.merged(verdict, junit.read(_pieces(file)))
    except junit.Unreadable as error:
        raise Refusal(f"{file}: {error}") from None


def _pieces(file: Path) -> Iterator[bytes]:
    with click.open_file(str(file), "rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def _lines(verdict: dict[str, Any]) -> Iterator[str]:
    if not verdict["complete"]:
        yield f"The log is not complete: {len(verdict['files'])} files were seen, and nobody is accused."
        return
    yield f"Result: {verdict['result']}"
    named = {name: title for title in ("failed", "flaky", "env_changed") for name in verdict[title]}
    for file in verdict["files"]:
        if file["name"] in named:
            yield f"{named[file['name']].replace('_', ' ')}: {file['name']}" + (
                f" ({file['reason']})" if file["reason"] else ""
            )
            yield from (f"    {leak['deltas']} {leak['resource']}" for leak in file["leaks"])
            yield from (f"    {case['outcome'].replace('_', ' ')}: {case['id']}" for case in file["cases"])
