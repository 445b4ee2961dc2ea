"""Run a worker in the foreground: enrol it, then become twistd.

Becoming (`exec`) rather than starting keeps one process: signals and the end of the parent reach the worker itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from workers import enrol

PASSWORD = "CAMELOT_WORKER_PASSWORD"  # noqa: S105 (the name of a variable)

# A worker started in the background by a shell has these ignored, and every test would inherit that: CPython's test of
# KeyboardInterrupt in a running sum then never ends and eats all memory.
TO_RESET = (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGHUP)


def main(argv: list[str]) -> int:
    """`--basedir DIR --master HOST:PORT --name NAME [--password-file FILE]`; comes back only on a mistake (2)."""
    try:
        asked = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        basedir = Path(asked.basedir).resolve()
        host, port = _address(asked.master)
        enrol.create(basedir, host, port, asked.name, _password(asked.password_file))
    except (ValueError, OSError) as error:
        print(f"worker cannot start: {error}", file=sys.stderr)
        return 2
    return _become(basedir)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="worker",
        description="Run a worker of the farm on this machine.",
        epilog=f"Example: {PASSWORD}=... worker --name local --master 127.0.0.1:9989 --basedir .camelot/worker",
    )
    parser.add_argument("--basedir", default=".camelot/worker", help="the worker's folder (default: %(default)s)")
    parser.add_argument("--master", default="127.0.0.1:9989", help="HOST:PORT of the farm (default: %(default)s)")
    parser.add_argument("--name", default="local", help="its row in workers/inventory.toml (default: %(default)s)")
    parser.add_argument("--password-file", type=Path, help=f"read the password there instead of from {PASSWORD}")
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"--master is {text!r}: write HOST:PORT, as in 127.0.0.1:9989")
    return host, int(port)


def _password(file: Path | None) -> str:
    if file:
        return file.read_text(encoding="utf-8").strip()
    return os.environ.get(PASSWORD, "")


def _become(basedir: Path) -> int:
    """The password is in the folder now: what runs there, and the tests it runs, need no longer see it.

    Builds find meson and ninja where we were installed, unless the machine has its own.
    """
    for number in TO_RESET:
        signal.signal(number, signal.SIG_DFL)
    environ = {name: value for name, value in os.environ.items() if name != PASSWORD}
    environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])
    twistd = "from twisted.scripts.twistd import run; run()"
    log = str(basedir / "twistd.log")
    options = ["--nodaemon", "--no_save", "--pidfile=", f"--logfile={log}", f"--python={basedir / 'buildbot.tac'}"]
    os.execve(sys.executable, [sys.executable, "-c", twistd, *options], environ)  # noqa: S606 (no shell is meant)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
