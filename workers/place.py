"""Where a worker's master is, and how it is spoken to; what `join` keeps in the folder for every later start."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

FILE, TRUST = "joined.json", "trust"


@dataclass(frozen=True)
class Master:
    """`tls`: spoken to through TLS. `trust` is a folder with the certificates to believe; None: the system's."""

    host: str
    port: int
    tls: bool = False
    trust: Path | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def endpoint(self) -> str:
        """As Twisted's `clientFromString` reads it, in which a colon parts words."""
        kind, host = ("tls" if self.tls else "tcp"), _quoted(self.host)
        where = f"{kind}:{host}:{self.port}" if self.tls else f"{kind}:host={host}:port={self.port}"
        return f"{where}:trustRoots={_quoted(str(self.trust))}" if self.tls and self.trust else where


@dataclass(frozen=True)
class Joined:
    """A worker's name and its master."""

    name: str
    master: Master


def address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; an IPv6 host may stand in brackets. Raises ValueError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"--master is {text!r}: write HOST:PORT, as in 127.0.0.1:9989")
    return host, int(port)


def read(basedir: Path) -> Joined | None:
    """What was joined in that folder; None where nothing was. Raises ValueError where the file is not ours."""
    file = basedir / FILE
    if not file.exists():
        return None
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        host, port = address(kept["master"])
        trust = basedir / TRUST if (basedir / TRUST).is_dir() else None
        return Joined(str(kept["name"]), Master(host, port, bool(kept["tls"]), trust))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} cannot be read ({error}): remove it, and join again") from None


def write(basedir: Path, joined: Joined, certificate: bytes | None) -> None:
    """Keep it. `certificate` is what to believe, in PEM; None: the system's authorities."""
    text = {"master": str(joined.master), "name": joined.name, "tls": joined.master.tls}
    if certificate:
        (basedir / TRUST).mkdir(exist_ok=True)
        put(basedir / TRUST / "master.pem", certificate)
    put(basedir / FILE, f"{json.dumps(text, indent=2)}\n".encode())


def put(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Make the file hold `content`: whole or not at all, and left alone where it does already."""
    if path.is_file() and path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:").replace("=", "\\=")
