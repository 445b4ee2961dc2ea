"""Call the master once, as a worker does, to learn whether name and password are right; no build can come of it."""

# mypy: disable-error-code="misc,no-untyped-call,untyped-decorator"
# Twisted's Perspective Broker has no types.

from __future__ import annotations

from typing import Any

from twisted.cred import credentials
from twisted.internet import defer, endpoints, error, reactor, ssl
from twisted.python import failure
from twisted.spread import pb

from workers.place import Master

WAIT_S = 30.0
DUPLICATE = "rejecting duplicate worker"  # what Buildbot says when the worker is connected already


class RefusedError(RuntimeError):
    """The master is not there, or will not have us; the text says which, and the remedy."""


class _Broker(pb.Broker):
    def connectionLost(self, reason: Any) -> None:  # noqa: N802 (Twisted's name)
        super().connectionLost(reason)
        self.factory.end(reason)


class _Caller(pb.PBClientFactory):
    """Ends `done` with None, or with what went wrong, whichever comes first."""

    protocol = _Broker

    def __init__(self) -> None:
        super().__init__()
        self.done: defer.Deferred[None] = defer.Deferred()

    def end(self, reason: Any = None) -> None:
        if not self.done.called:
            self.done.callback(None) if reason is None else self.done.errback(reason)


class _Mind(pb.Referenceable):
    """What the master would talk to. Its first word proves that it took name and password: we hang up on it."""

    def __init__(self, caller: _Caller) -> None:
        self.caller = caller

    def remote_print(self, message: str) -> None:
        self.caller.end()


def greet(master: Master, name: str, password: str, wait_s: float = WAIT_S) -> None:
    """Blocks until the master took us. Raises RefusedError. Runs Twisted's reactor, so once in a process's life."""
    ended: list[Any] = []

    def end(result: Any) -> None:
        ended.append(result)
        reactor.stop()

    reactor.callWhenRunning(lambda: _call(master, name, password, wait_s).addBoth(end))
    reactor.run()
    (result,) = ended
    reason = _sentence(result, master, name) if isinstance(result, failure.Failure) else ""
    if reason:
        raise RefusedError(reason)


@defer.inlineCallbacks
def _call(master: Master, name: str, password: str, wait_s: float) -> Any:
    caller = _Caller()
    caller.done.addTimeout(wait_s, reactor)
    yield endpoints.clientFromString(reactor, master.endpoint).connect(caller)
    login = caller.login(credentials.UsernamePassword(name.encode(), password.encode()), _Mind(caller))
    login.addCallbacks(lambda _: caller.end(), caller.end)
    try:
        yield caller.done
    finally:
        caller.disconnect()


def _sentence(found: failure.Failure, master: Master, name: str) -> str:
    """Why we were refused; empty when we were not: only somebody with name and password is told of a second worker."""
    # what went wrong at the master comes as a RemoteError, with the name of its kind as bytes
    remote = getattr(found.value, "remoteType", b"")
    kind = remote.decode() if isinstance(remote, bytes) and remote else type(found.value).__name__
    said = found.getErrorMessage().rstrip(".")
    if DUPLICATE in said:
        return ""
    if kind.endswith("UnauthorizedLogin"):
        return (
            f"the master at {master} does not let {name!r} in: either its inventory has no worker of that name, "
            "or the password is another one; ask whoever runs the farm for both"
        )
    if found.check(ssl.SSL.Error) or kind.endswith("VerificationError"):
        return (
            f"the master at {master} shows a certificate that does not fit ({_tls(found)}): "
            "give the right one with --ca, and the host's name as the certificate has it"
        )
    if found.check(error.ConnectError, error.DNSLookupError):
        return f"no master answers at {master} ({said}): start it, or correct --master"
    if found.check(defer.TimeoutError, error.ConnectionLost, error.ConnectionDone, pb.PBConnectionLost):
        return (
            f"what answers at {master} does not speak as a Buildbot master: correct --master, "
            "or add --ca or --tls if it speaks TLS"
        )
    return f"the master at {master} could not be asked ({said}): look into its log, then try again"


def _tls(found: failure.Failure) -> str:
    """OpenSSL tells a list of (library, function, reason)."""
    value = found.value
    if isinstance(value, ssl.SSL.Error) and value.args and isinstance(value.args[0], list):
        return "; ".join(dict.fromkeys(str(row[-1]) for row in value.args[0])) or "the connection was cut"
    return "it is for another host" if type(value).__name__ == "VerificationError" else str(value)
