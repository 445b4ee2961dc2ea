"""`python -m forge.local --port 8060 --data .forge`: start the local forge in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from forge.local import seed
from forge.local.app import build
from forge.local.db import open_database
from forge.local.seed import SeedError
from forge.local.state import Forge

EXAMPLE = "Example: FORGE_ADMIN_TOKEN=secret python -m forge.local --port 8060 --data .forge --config forge.toml"
BAD_USE = 2


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m forge.local", description="A GitHub to carry along.", epilog=EXAMPLE
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--data", type=Path, required=True, help="folder for the database and the repositories")
    parser.add_argument("--config", type=Path, help="seed to apply at the start (TOML or JSON)")
    parser.add_argument("--retry-deliveries", type=float, default=0.0, metavar="SECONDS",
                        help="try failed deliveries again after this long (default: never, as on GitHub)")  # fmt: skip
    parser.add_argument("--rate-limit", type=int, default=15_000, help="calls an hour and actor (default: %(default)s)")
    parser.add_argument("--content-limit", type=int, default=0, metavar="N",
                        help="writes a minute and actor until a secondary limit (default: none)")  # fmt: skip
    parser.add_argument("--write-url", action="store_true", help="write the address to DATA/url")
    parser.add_argument("--die-with-parent", action="store_true", help="stop when standard input ends")
    return parser.parse_args(argv)


def main() -> int:
    options = arguments()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    try:
        wanted = seed.read(options.config) if options.config else seed.Seed()
        listening = _listen(options.host, options.port)
        options.data.mkdir(parents=True, exist_ok=True)
    except SeedError as error:
        return _refuse(str(error))
    except OverflowError:
        return _refuse(f"--port {options.port} is no port: choose one below 65536")
    except OSError as error:
        where = f"{options.host}:{options.port}" if error.filename is None else error.filename
        return _refuse(f"{where} cannot be used: {error.strerror}: choose another --port, --host or --data")
    return asyncio.run(_serve(options, wanted, listening))


def _refuse(said: str) -> int:
    print(f"forge: {said}", file=sys.stderr)
    return BAD_USE


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(128)
    return listening


async def _serve(options: argparse.Namespace, wanted: seed.Seed, listening: socket.socket) -> int:
    told = _when_told(options.die_with_parent)
    host = f"[{options.host}]" if ":" in options.host else options.host
    forge = Forge(
        engine=open_database(options.data / "forge.db"),
        data=options.data.resolve(),
        web=f"http://{host}:{listening.getsockname()[1]}",
        clock=lambda: datetime.now(UTC),
        admin_token=os.environ.get("FORGE_ADMIN_TOKEN") or wanted.admin_token,
        rate_limit=options.rate_limit,
        content_limit=options.content_limit,
        retry_deliveries_s=options.retry_deliveries,
    )
    try:
        await seed.apply(forge, wanted)
    except SeedError as error:
        return _refuse(str(error))
    # Bodies stay as they were sent: git compresses its own, and http-backend expects them so.
    runner = web.AppRunner(build(forge), auto_decompress=False, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    if options.write_url:
        (options.data / "url").write_text(f"{forge.web}\n", encoding="utf-8")
    print(f"forge ready {forge.web}", flush=True)
    await told.wait()
    await runner.cleanup()
    return 0


def _when_told(with_parent: bool) -> asyncio.Event:
    """Set by SIGTERM, SIGINT, or when the parent's end of the pipe closes, which it does however the parent ends.

    To be asked before we say that we are ready: who reads that may end us at once.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), told.set)
    return told


if __name__ == "__main__":
    sys.exit(main())
