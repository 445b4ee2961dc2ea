"""Run a worker in the foreground: enrol it, then become twistd.

Becoming (`exec`) rather than starting keeps one process: signals and the end of the parent reach the worker itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from workers import enrol, place
from workers.place import Joined, Master

MASTER, NAME = "127.0.0.1:9989", "local"

PASSWORD = "CAMELOT_WORKER_PASSWORD"  # noqa: S105 (the name of a variable)

# A worker started in the background by a shell has these ignored, and every test would inherit that: CPython's test of
# KeyboardInterrupt in a running sum then never ends and eats all memory.
TO_RESET = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP)


def main(argv: list[str]) -> int:
    """`--basedir DIR [--master HOST:PORT --name NAME --password-file FILE]`; comes back only on a mistake (2).

    What was joined in the folder needs no more than the folder.
    """
    try:
        asked = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        basedir = Path(asked.basedir).resolve()
        joined = place.read(basedir)
        password = _password(asked.password_file, basedir if joined else None)
        master, name = _master(asked.master, joined), _name(asked.name, joined)
        enrol.create(basedir, master, name, password, asked.memory_mib, asked.disk_mib)
    except (ValueError, OSError) as error:
        print(f"worker cannot start: {error}", file=sys.stderr)
        return 2
    return _become(basedir)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="camelot worker",
        description="Run a worker of the farm on this machine.",
        epilog=f"Example: {PASSWORD}=... camelot worker --name local --master 127.0.0.1:9989. See also "
        "`camelot worker probe --help` and `camelot worker join --help`.",
    )
    parser.add_argument("--basedir", default=".camelot/worker", help="the worker's folder (default: %(default)s)")
    parser.add_argument("--master", help=f"HOST:PORT of the farm (default: as joined, or {MASTER})")
    parser.add_argument("--name", help=f"its row in workers/inventory.toml (default: as joined, or {NAME})")
    parser.add_argument(
        "--memory-mib",
        type=int,
        default=0,
        help="a process of a build that has more in memory is ended (default: three quarters of the machine's)",
    )
    parser.add_argument(
        "--disk-mib",
        type=int,
        default=0,
        help="old build trees go when the folder takes more (default: three quarters of the disk)",
    )
    parser.add_argument("--password-file", type=Path, help=f"read the password there instead of from {PASSWORD}")
    return parser


def _master(text: str | None, joined: Joined | None) -> Master:
    if text is None and joined:
        return joined.master
    return Master(*place.address(text or MASTER))


def _name(name: str | None, joined: Joined | None) -> str:
    if name is not None and joined and name != joined.name:
        raise ValueError(f"--name is {name!r}, but the folder is that of {joined.name!r}: choose another --basedir")
    return joined.name if joined else NAME if name is None else name


def _password(file: Path | None, joined: Path | None) -> str:
    if file:
        return file.read_text(encoding="utf-8").strip()
    if PASSWORD not in os.environ and joined and (kept := joined / "password").is_file():
        return kept.read_text(encoding="utf-8").strip()
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
