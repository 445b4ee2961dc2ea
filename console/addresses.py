"""Where the services of a house listen: free ports of this machine, chosen once and kept, so that links stay true."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path

from console.errors import Refusal

LOOPBACK = "127.0.0.1"
NAMES = ("forge", "bots", "farm", "worker", "console")


@dataclass(frozen=True)
class Addresses:
    """As people and programs on this machine reach the services."""

    forge: str
    bots: str
    farm: str
    console: str


def address_of(ports: dict[str, int]) -> Addresses:
    forge, bots, farm, console = (f"http://{LOOPBACK}:{ports[name]}" for name in ("forge", "bots", "farm", "console"))
    return Addresses(forge, bots, farm, console)


def load_or_choose(file: Path) -> dict[str, int]:
    """The ports in `file`, or free ones, which are then kept there. Raises Refusal when a kept one is taken by now."""
    if not file.exists():
        ports = _free_ports()
        file.write_text(json.dumps(ports, indent=2), encoding="utf-8")
        return ports
    ports = json.loads(file.read_text(encoding="utf-8"))
    for name in NAMES:
        if not _is_free(ports[name]):
            raise Refusal(
                f"port {ports[name]} of the last run ({name}) is taken by another program: "
                f"stop that program, or delete {file} to have other ports chosen"
            )
    return {name: int(ports[name]) for name in NAMES}


def _free_ports() -> dict[str, int]:
    """All are held open until the last is chosen, so that they differ."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in NAMES]
    ports = {name: int(server.getsockname()[1]) for name, server in zip(NAMES, sockets, strict=True)}
    for server in sockets:
        server.close()
    return ports


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
