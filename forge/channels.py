"""Says one piece of news on one channel: mail, a signed POST, a Discord webhook, a line on IRC.

How often, when we are killed between saying and writing down that it was said: a program that takes a POST can tell by
its `Idempotency-Key`, a mailbox by the `Message-ID`; Discord's webhooks and IRC know no such thing and may hear it
twice, never not at all. A channel that does not answer is tried again for a day, ever more seldom.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from core.settings import Channel, Mail, Settings
from forge.effects import Tell
from forge.errors import GitHubError, Later, Refused

TIMEOUT_S = 20.0
PATIENCE = timedelta(days=1)
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 600.0
OWNER = "owner:"
DISCORD_MOST, IRC_MOST, IRC_LINES = 1900, 380, 3  # letters of a message, bytes of a line (of 512), lines
TOO_MANY, NOT_IN_TIME = 429, 408
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_DISCORD = re.compile(r"([\\`*_~|>#\[\]()@<:])")


class Declined(Refused):
    """The channel will not take it, however often it is asked."""

    def __init__(self, channel: str, why: str) -> None:
        GitHubError.__init__(self, f"channel {channel}: {why}")
        self.status = 0


class Silent(Exception):
    """The channel does not answer now."""


async def tell(settings: Settings, news: Tell, key: str, now: datetime) -> Mapping[str, Any]:
    """Say it. `key` names this piece of news for good. Raises Declined, Later, or GitHubError once a day has passed."""
    channel = _channel(settings, news.channel)
    try:
        match channel.kind:
            case "mail":
                message = letter(settings.mail, channel.to.get_secret_value(), news, key)
                await asyncio.wait_for(asyncio.to_thread(_send, settings.mail, message), 3 * TIMEOUT_S)
            case "http":
                await _post(channel, signed(channel, news, key))
            case "discord":
                await _post(channel, ({"Content-Type": "application/json"}, json.dumps(embed(news)).encode()))
            case "irc":
                await asyncio.wait_for(_say(channel, irc_lines(news)), 3 * TIMEOUT_S)
    except (Silent, OSError, TimeoutError, aiohttp.ClientError, EOFError) as error:
        raise _again(news, f"channel {news.channel} does not answer: {error or type(error).__name__}", now) from error
    except _Said as error:
        raise Declined(news.channel, str(error)) from error
    return {"told": news.channel}


def _channel(settings: Settings, name: str) -> Channel:
    if name.startswith(OWNER):
        address = settings.farm.owners.get(name.removeprefix(OWNER))
        if address is None:
            raise Declined(name, "farm.owners in the settings has no such owner: add them, then replay this")
        return Channel.model_validate({"kind": "mail", "to": address})
    if name not in settings.channels:
        raise Declined(name, "the settings have no such channel any longer")
    return settings.channels[name]


def _again(news: Tell, why: str, now: datetime) -> GitHubError:
    """Later, by how old the news is; after a day as a failure that counts, so that a person looks."""
    age = now - datetime.fromisoformat(news.at)
    if age >= PATIENCE:
        return GitHubError(why)
    pause = min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, age.total_seconds() / 4))
    return Later(now + timedelta(seconds=pause), why)


class _Said(Exception):
    """A definite no, in the channel's own words."""


# --- mail ---


def letter(mail: Mail, to: str, news: Tell, key: str) -> EmailMessage:
    """The message; the same `key` gives the same Message-ID."""
    message = EmailMessage()
    user, _, domain = mail.sender.rpartition("@")
    message["From"] = Address("Camelot", user or "camelot", domain or "localhost")
    message["To"] = to
    message["Subject"] = plain(news.title)
    message["Date"] = format_datetime(datetime.fromisoformat(news.at).astimezone(UTC))
    name = hashlib.sha256(f"{key} {news.channel} {news.at} {news.title}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{name}@{domain or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    message.set_content("\n".join([*map(plain, news.lines), "", news.url, ""]))
    return message


def _send(mail: Mail, message: EmailMessage) -> None:
    """Blocks. Raises _Said on a definite no (5xx), Silent or OSError on all else."""
    if not mail.host:
        raise _Said("mail.host is empty in the settings: name the server that takes our mail")
    try:
        with _server(mail) as server:
            if mail.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if mail.username:
                server.login(mail.username, mail.password.get_secret_value())
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code: words for code, words in error.recipients.values()}
        _judged(min(codes), b"; ".join(codes.values()))
    except smtplib.SMTPResponseException as error:
        _judged(error.smtp_code, error.smtp_error)
    except smtplib.SMTPException as error:
        raise Silent(str(error)) from error


def _server(mail: Mail) -> smtplib.SMTP:
    if mail.tls == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)


def _judged(code: int, words: bytes | str) -> None:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    said = f"the mail server answered {code} {plain(said)[:200]}"
    raise (_Said if code >= 500 else Silent)(said)  # noqa: PLR2004 (RFC 5321: 5yz is a permanent no)


# --- programs, and Discord ---


def signed(channel: Channel, news: Tell, key: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of the POST; signed as GitHub signs its webhooks where the channel has a secret."""
    row = {"id": key, "title": news.title, "lines": list(news.lines), "url": news.url, "at": news.at}
    body = json.dumps(row).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    if secret := channel.secret.get_secret_value():
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    return headers, body


def embed(news: Tell) -> dict[str, Any]:
    """What a Discord webhook takes: no word of others calls anybody, formats anything or becomes a link."""
    lines = "\n".join(_DISCORD.sub(r"\\\1", plain(line)) for line in news.lines)
    shown = {"title": plain(news.title)[:250], "url": news.url, "description": lines[:DISCORD_MOST]}
    return {"embeds": [shown], "allowed_mentions": {"parse": []}}


async def _post(channel: Channel, sent: tuple[dict[str, str], bytes]) -> None:
    headers, body = sent
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.post(channel.to.get_secret_value(), data=body, headers=headers, allow_redirects=False) as answer,
    ):
        if answer.ok and answer.status < 300:  # noqa: PLR2004
            return
        said = f"it answered {answer.status}"
        if answer.status >= 500 or answer.status in (TOO_MANY, NOT_IN_TIME):  # noqa: PLR2004
            raise Silent(said)
        raise _Said(said)


# --- IRC (RFC 2812) ---


def irc_lines(news: Tell) -> list[str]:
    """The lines to say: bounded in bytes, and nothing in them ends a line or begins a command."""
    told = [f"{news.title} {news.url}", *news.lines][:IRC_LINES]
    return [_bounded(plain(line), IRC_MOST) for line in told if plain(line)]


def _bounded(line: str, most: int) -> str:
    raw = line.encode()
    return line if len(raw) <= most else raw[: most - 3].decode("utf-8", "ignore") + "..."


async def _say(channel: Channel, lines: Sequence[str]) -> None:
    """Come, say it, wait until the server has read it, and go."""
    where = urlsplit(channel.to.get_secret_value())
    room = where.path.strip("/") + (f"#{where.fragment}" if where.fragment else "")
    room = room if room[:1] in "#&" else f"#{room}"
    tls = ssl.create_default_context() if where.scheme == "ircs" else None
    port = where.port or (6697 if tls else 6667)
    reader, writer = await asyncio.wait_for(asyncio.open_connection(where.hostname, port, ssl=tls), TIMEOUT_S)
    try:
        session = _Irc(reader, writer, channel.nick)
        await session.come(channel.secret.get_secret_value(), room)
        for line in lines:
            await session.send(f"NOTICE {room} :{line}")
        await session.heard()
        await session.send("QUIT :told")
    finally:
        writer.close()


class _Irc:
    """One visit."""

    TAKEN = "433"  # the nick is somebody else's
    WELCOME, JOINED = "001", "366"
    NOES = frozenset(["403", "404", "405", "432", "461", "464", "465", "471", "473", "474", "475", "476", "477"])

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, nick: str) -> None:
        self._reader, self._writer, self._nick = reader, writer, nick

    async def send(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())
        await self._writer.drain()

    async def come(self, password: str, room: str) -> None:
        if password:
            await self.send(f"PASS {password}")
        await self.send(f"NICK {self._nick}")
        await self.send(f"USER {self._nick} 0 * :Camelot")
        await self._until(self.WELCOME)
        await self.send(f"JOIN {room}")
        await self._until(self.JOINED)

    async def heard(self) -> None:
        """All that was sent before has been read: the server answers in order."""
        await self.send("PING :heard")
        await self._until("PONG")

    async def _until(self, wanted: str) -> None:
        """Read up to a reply. Raises _Said when the server answers with an error instead, Silent when it hangs up."""
        while line := await self._reader.readline():
            words = plain(line.decode("utf-8", "replace")).split()
            command = words[1] if words and words[0].startswith(":") and len(words) > 1 else (words or [""])[0]
            if command == "PING":
                await self.send(f"PONG {words[-1]}")
            elif command == self.TAKEN:
                self._nick += "_"
                await self.send(f"NICK {self._nick}")
            elif command == wanted:
                return
            elif command == "ERROR":
                raise Silent(f"the server ended it: {' '.join(words)[:200]}")
            elif command in self.NOES:
                raise _Said(f"the server answered {' '.join(words)[:200]}")
        raise Silent("the server hung up")


def plain(text: str) -> str:
    """One line without control characters, and without those that turn the direction of reading."""
    return " ".join(_CONTROLS.sub(" ", text).split())
