"""The verbs that run something until they are told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click

from console.errors import Refusal
from console.request import Request


@click.command(epilog="Example: camelot --today 2026-11-20 up --data .camelot/mine")
@click.option("--data", type=click.Path(path_type=Path), help="Where everything is kept.  [default: .camelot]")
@click.pass_obj
def up(request: Request, data: Path | None) -> None:
    """Run all of it on this machine: local forge, bots, Buildbot master and worker, pages.

    What was there at the last run is there again. Ctrl-C stops it.
    """
    from console import up as house

    settings = request.settings(**({"data": str(data)} if data else {}))
    sys.exit(_until_stopped(house.run(settings, request.environ())))


@click.command(epilog="Example: camelot demo --once")
@click.option("--once", is_flag=True, help="End after the story; exit code 0 only if every promise held.")
@click.pass_obj
def demo(request: Request, once: bool) -> None:
    """Play the story from a pull request to a release on a fresh system, and check every promise."""
    data = request.settings().data
    from console import demo as play

    sys.exit(play.main(data, once))


@click.command(epilog="Example: camelot bots --port 8080")
@click.option("--host", help="Where to listen.  [default: settings, 127.0.0.1]")
@click.option("--port", type=int, help="Where to listen.  [default: settings, 8080]")
@click.pass_obj
def bots(request: Request, host: str | None, port: int | None) -> None:
    """Answer GitHub's webhooks at /github/webhook and act on them."""
    settings = request.settings()
    host, port = host or settings.bots.host, settings.bots.port if port is None else port
    _writable(settings.data)
    _free(host, port)
    from bots import app

    sys.exit(_until_stopped(app.serve(settings, host, port)))


@click.command(epilog="Example: camelot web --port 8090")
@click.option("--host", help="Where to listen.  [default: settings, 127.0.0.1]")
@click.option("--port", type=int, help="Where to listen.  [default: settings, 8090]")
@click.pass_obj
def web(request: Request, host: str | None, port: int | None) -> None:
    """Serve the pages for people: branches, pull requests, builders, releases."""
    settings = request.settings()
    host, port = host or settings.console.host, settings.console.port if port is None else port
    _writable(settings.data)
    _free(host, port)
    from console import web as pages

    sys.exit(_until_stopped(pages.serve(settings, host, port)))


@click.command(epilog="Example: CAMELOT_WORKER_PASSWORD=... camelot buildmaster")
@click.pass_obj
def buildmaster(request: Request) -> None:
    """Run the Buildbot master with its own web pages, in the foreground."""
    settings = request.settings()
    if not settings.farm.worker_password.get_secret_value():
        raise Refusal(
            "CAMELOT_WORKER_PASSWORD is not set: the master and its workers need a password to know each other"
        )
    _writable(settings.data)
    _free(settings.farm.web_host, settings.farm.web_port)
    from buildmaster import run

    sys.exit(run.main(settings))


def _until_stopped(work: Coroutine[Any, Any, Any]) -> int:
    """Run `work` until it ends, or until SIGTERM or Ctrl-C, which end it in order; the exit code."""

    async def run() -> int:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            result = await task
            return result if isinstance(result, int) else 0
        return 0

    return asyncio.run(run())


def _writable(data: Path) -> None:
    """Raises PermissionError with the folder's name where we could not write."""
    data.mkdir(parents=True, exist_ok=True)
    if not os.access(data, os.W_OK | os.X_OK):
        raise Refusal(f"{data} cannot be written to: choose another folder with CAMELOT_DATA, or correct its owner")


def _free(host: str, port: int) -> None:
    """Raises Refusal when we could not listen there; looked at before anything is started."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except socket.gaierror as error:
        raise Refusal(f"{host} is not an address of this machine ({error.strerror}): correct --host") from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Refusal(f"port {port} needs rights that we lack: choose one above 1023 with --port") from None
        except OSError as error:
            remedy = "stop the program that uses it, or choose another one with --port"
            raise Refusal(f"{host} port {port} cannot be used ({error.strerror}): {remedy}") from None
