"""Servers that channels speak to, for tests: a small IRC server, a sink for POSTs, a real SMTP server (aiosmtpd)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiosmtpd.smtp import SMTP, Envelope


@dataclass
class Irc:
    """What was said: (nick, target, words). A nick in `taken` is somebody else's; `banned` rooms let nobody in."""

    port: int = 0
    taken: set[str] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    said: list[tuple[str, str, str]] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):  # whoever is killed says no goodbye
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nick = ""
        writer.write(b"PING :before anything\r\n")  # many servers want to see that somebody is there
        async for line in reader:
            command, _, rest = line.decode().rstrip("\r\n").partition(" ")
            if command == "NICK":
                if rest in self.taken:
                    writer.write(f":here 433 * {rest} :Nickname is already in use\r\n".encode())
                    continue
                nick = rest
                writer.write(f":here 001 {nick} :Welcome\r\n:here 422 {nick} :MOTD File is missing\r\n".encode())
            elif command == "JOIN":
                self._join(writer, nick, rest)
            elif command in ("NOTICE", "PRIVMSG"):
                target, _, words = rest.partition(" :")
                self.said.append((nick, target, words))
            elif command == "PING":
                writer.write(f":here PONG here {rest}\r\n".encode())
            elif command == "QUIT":
                return

    def _join(self, writer: asyncio.StreamWriter, nick: str, room: str) -> None:
        if room in self.banned:
            writer.write(f":here 474 {nick} {room} :Cannot join channel (+b)\r\n".encode())
            return
        self.joined.append(room)
        writer.write(f":{nick} JOIN {room}\r\n:here 366 {nick} {room} :End of /NAMES list\r\n".encode())


@asynccontextmanager
async def irc() -> AsyncIterator[Irc]:
    made = Irc()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Mailbox:
    """Mail that came in. An address in `unknown` is refused for good; `answers` are given to the next messages."""

    port: int = 0
    unknown: set[str] = field(default_factory=set)
    answers: list[str] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        self.letters.append(letter)
        return "250 OK"


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    made = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(made, hostname="localhost", loop=loop), "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class Sink:
    """POSTs that came in, as (headers, body). `answers` are the statuses of the next ones; then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)  # set by each post

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.posts.append((dict(request.headers), body))
            self.heard.set()
        headers = {"Location": self.url} if status == 302 else None
        return web.Response(status=status, headers=headers)


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    made = Sink()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/hook"))
        yield made
