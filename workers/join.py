"""Make this machine a worker of a farm: ask the master, write the worker's folder, show the service to install."""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import sys
from pathlib import Path

from workers import enrol, greeting, place
from workers.place import Joined, Master
from workers.run import PASSWORD

UNIT = """[Unit]
Description=Worker {name} of the farm at {master}
Wants=network-online.target
After=network-online.target

[Service]
User={user}
ExecStart={command} --basedir {quoted}
WorkingDirectory={basedir}
Restart=always
RestartSec=30
KillMode=control-group
# all builds together; a single process is held by --memory-mib
MemoryMax=90%
OOMPolicy=continue

[Install]
WantedBy=multi-user.target
"""


def main(argv: list[str]) -> int:
    """`NAME --master HOST:PORT [--dir DIR] [--ca FILE | --tls]`; 0, or 2 and one sentence."""
    try:
        asked = _parser().parse_args(argv)
    except SystemExit as end:
        return int(end.code or 0)
    basedir = Path(asked.dir).resolve()
    try:
        enrol.check_name(asked.name)
        certificate = _certificate(asked.ca) if asked.ca else None
        host, port = place.address(asked.master)
        password = _password(basedir)
        trust = _trust(asked.ca)
        greeting.greet(Master(host, port, asked.tls or bool(asked.ca), trust), asked.name, password)
        joined = Joined(asked.name, Master(host, port, asked.tls or bool(asked.ca)))
        enrol.join(basedir, joined, password, certificate)
    except (ValueError, OSError, greeting.RefusedError) as error:
        print(f"cannot join: {error}", file=sys.stderr)
        return 2
    print(f"# {asked.name} may work for {asked.master}. To start it with the machine, put this into")
    print(
        f"# /etc/systemd/system/camelot-worker-{asked.name}.service; to start it now: {_command()} --basedir {basedir}"
    )
    print(unit(joined, basedir), end="")
    return 0


def unit(joined: Joined, basedir: Path) -> str:
    """The systemd service of a worker. No secret is in it: the password lies in the worker's folder."""
    folder = str(basedir).replace("%", "%%")  # a lone one stands for something else, and words are parted by blanks
    quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"'
    return UNIT.format(
        name=joined.name,
        master=joined.master,
        user=getpass.getuser(),
        command=_command(),
        basedir=folder,
        quoted=quoted,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="camelot worker join",
        description="Make this machine a worker of a farm, once its master was asked; print a service file.",
        epilog=f"The password is asked for, or taken from {PASSWORD}. "
        "Example: camelot worker join sparrow --master farm.example.org:9989 --ca farm.pem",
    )
    parser.add_argument("name", metavar="NAME", help="its row in the farm's inventory")
    parser.add_argument("--master", required=True, metavar="HOST:PORT", help="where the farm's master is")
    parser.add_argument("--dir", default=".camelot/worker", help="the worker's folder (default: %(default)s)")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="speak TLS, and believe this certificate (PEM) alone")
    parser.add_argument("--tls", action="store_true", help="speak TLS, and believe whom the system believes")
    return parser


def _command() -> str:
    beside = Path(sys.executable).parent / "camelot"
    found = str(beside) if beside.exists() else shutil.which("camelot")
    return f"{found} worker" if found else f"{sys.executable} -m workers.run"


def _password(basedir: Path) -> str:
    """From the environment, from an earlier join, or from the terminal without showing it; never from an argument."""
    if given := os.environ.get(PASSWORD, ""):
        return given
    if (kept := basedir / "password").is_file():
        return kept.read_text(encoding="utf-8").strip()
    if not sys.stdin.isatty():
        raise ValueError(f"no password was given: set {PASSWORD}, or call from a terminal")
    typed = getpass.getpass("Password of the worker: ").strip()
    if not typed:
        raise ValueError("the password is empty: ask whoever runs the farm for it")
    return typed


def _certificate(file: Path) -> bytes:
    content = file.read_bytes()
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise ValueError(f"{file} holds no certificate: give a PEM file that begins with BEGIN CERTIFICATE")
    if b"PRIVATE KEY-----" in content:
        raise ValueError(f"{file} holds a private key, which belongs to the master alone: give the certificate only")
    return content


def _trust(file: Path | None) -> Path | None:
    """A folder with that certificate alone, as Twisted wants it, before anything is written into the worker's."""
    if not file:
        return None
    import atexit
    import tempfile

    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    shutil.copyfile(file, Path(folder.name) / "master.pem")
    return Path(folder.name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
