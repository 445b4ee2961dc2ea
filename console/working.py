"""The verb of a worker's machine. What it runs is the standard library's alone, and reads its own arguments."""

from __future__ import annotations

import importlib
import sys

import click

# what may follow `camelot worker`, and the module that does it; anything else is for the worker itself
PARTS = {"probe": "workers.probe", "join": "workers.join"}


@click.command(
    epilog="Example: CAMELOT_WORKER_PASSWORD=... camelot worker --name local --master 127.0.0.1:9989",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def worker(arguments: tuple[str, ...]) -> None:
    """Run a Buildbot worker on this machine, say what the machine is (probe), or make it one of the farm's (join)."""
    first, rest = (arguments[0], arguments[1:]) if arguments and arguments[0] in PARTS else ("", arguments)
    module = importlib.import_module(PARTS.get(first, "workers.run"))
    sys.exit(module.main(list(rest)))
