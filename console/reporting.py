"""The verb that prints the figures of the release room."""

from __future__ import annotations

import sys

import click

from console.request import Request


@click.command(name="release-report", epilog="Example: camelot release-report")
@click.pass_obj
def release_report(request: Request) -> None:
    """Print the figures of schedules, registry and news, measured now. Exit code 1 when one misses its limit."""
    from console.bench import release

    sys.exit(release.main(request.settings().day()))
