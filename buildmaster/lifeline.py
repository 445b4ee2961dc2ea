"""A worker whose line is cut without a word is lost after a while, not after the hours that TCP would wait.

Buildbot's master asks a worker once an hour whether it is there. Until then a build on a machine that fell off the
network would run for ever, and nobody else would make it.
"""

# mypy: disable-error-code="untyped-decorator"
# Buildbot and Twisted are taken without types.

from __future__ import annotations

import socket
from typing import Any

from buildbot.plugins import worker
from twisted.internet import defer
from twisted.python import log

PROBES = 3


class WatchedWorker(worker.Worker):  # type: ignore[misc]  # Buildbot has no types
    """Buildbot's worker; lost once `keepalive_interval` seconds have passed in which its machine answered nothing."""

    silent_s = 0.0

    def checkConfig(self, name: str, password: Any, **more: Any) -> None:  # noqa: N802 (Buildbot's name)
        super().checkConfig(name, password, **more)
        self.silent_s = float(more.get("keepalive_interval") or 0)

    def reconfigService(self, name: str, password: Any, **more: Any) -> Any:  # noqa: N802 (Buildbot's name)
        self.silent_s = float(more.get("keepalive_interval") or 0)
        return super().reconfigService(name, password, **more)

    @defer.inlineCallbacks
    def attached(self, conn: Any) -> Any:
        if (line := _socket(conn.mind.broker.transport)) is not None and self.silent_s:
            watch(line, self.silent_s)
        else:
            log.msg(f"{self.name}: the line of this worker is not watched")
        yield super().attached(conn)


def watch(line: socket.socket, silent_s: float) -> None:
    """Have the system close the connection after so many seconds without an answer, whether or not we are sending."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    every = max(1, round(silent_s / (PROBES + 1)))
    wanted = {"TCP_KEEPIDLE": every, "TCP_KEEPINTVL": every, "TCP_KEEPCNT": PROBES}
    wanted["TCP_USER_TIMEOUT"] = round(silent_s * 1000)
    for name, value in wanted.items():
        if hasattr(socket, name):  # some systems lack one or the other
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _socket(transport: Any) -> socket.socket | None:
    """The socket below a transport, also below TLS; None where there is none that we know."""
    while hasattr(transport, "transport"):
        transport = transport.transport
    found = getattr(transport, "socket", None)
    return found if isinstance(found, socket.socket) else None
