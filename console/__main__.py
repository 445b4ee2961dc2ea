"""`camelot`: one command for people. Each verb lives in a module of its own and is imported when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from console import errors
from console.request import Request

# verb -> the module that holds it and what it says for itself in the list of verbs
VERBS: dict[str, tuple[str, str]] = {
    "up": ("console.serving", "Run all of it on this machine, with a local forge."),
    "demo": ("console.serving", "Play the story from a pull request to a release, and check every promise."),
    "bots": ("console.serving", "Answer GitHub's webhooks and act on them."),
    "buildmaster": ("console.serving", "Run the Buildbot master."),
    "worker": ("console.working", "Run a Buildbot worker on this machine; probe the machine; join a farm."),
    "web": ("console.serving", "Serve the pages for people."),
    "branches": ("console.branching", "Show every branch with its status; make everything follow from the registry."),
    "schedule": ("console.planning", "Show the plan of a cycle, every day with its reason."),
    "calendar": ("console.planning", "Print the calendar of releases and phases (iCalendar)."),
    "chart": ("console.planning", "Print the chart of all branches (SVG)."),
    "news": ("console.newsing", "Add, check, gather and export news entries."),
    "release-report": ("console.reporting", "Print the figures of schedules, registry and news, measured now."),
    "transition": ("console.turning", "Bring a branch into its next phase, step by step."),
    "builders": ("console.looking", "Show what the farm has and each builder's latest result."),
    "checkconfig": ("console.checking", "Check the farm's tables, and start every service against a local forge."),
    "testlog": ("console.testing", "Read a test log: what failed, wavered, leaked."),
    "explain": ("console.looking", "Show all that happened to a pull request, and why."),
    "replay": ("console.looking", "Take up a parked delivery again."),
    "settings": ("console.looking", "Print the settings in force, secrets masked."),
    "cla": ("console.agreements", "Export signatures of the agreement, or import old lists."),
    "release": ("console.releasing", "Cut, check and verify releases."),
}


class Verbs(click.Group):
    """Finds a verb's module when it is called: `--help` is quick, and a broken room does not break the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command = getattr(importlib.import_module(VERBS[name][0]), name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101  # the table above names commands only
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in VERBS.items()])


@click.group(
    cls=Verbs,
    epilog="Example: camelot --profile cpython branches",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--profile", help="A set of defaults: rabbit or cpython.  [default: rabbit]")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Your settings, a TOML file.  [default: CAMELOT_CONFIG]"
)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day that rules go by.  [default: today in UTC]")
@click.pass_context
def camelot(ctx: click.Context, profile: str | None, config: Path | None, today: datetime | None) -> None:
    """CPython's development process as one system, from a pull request to a release."""
    ctx.obj = Request(profile, config, today.date() if today else None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake that a person can mend is one sentence and exit code 2."""
    try:
        camelot.main(args=list(arguments) if arguments is not None else None, prog_name="camelot")
    except Exception as error:
        said = errors.sentence(error)
        if said is None:
            raise
        click.echo(f"camelot: {said}", err=True)
        sys.exit(errors.MISTAKE)


if __name__ == "__main__":
    main()
