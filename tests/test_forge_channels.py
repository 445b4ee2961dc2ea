"""Every channel against a server that speaks its protocol: what arrives, what is refused, what is tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import settings
from core.settings import Settings, SettingsError
from forge.channels import IRC_MOST, Declined, embed, irc_lines, letter, plain, tell
from forge.effects import Tell
from forge.errors import GitHubError, Later
from tests.chat_servers import irc, mailbox, sink

AT = "2026-11-20T10:00:00.000+00:00"
NOW = datetime(2026, 11, 20, 10, 1, tzinfo=UTC)
NEWS = Tell("farm", "main is broken: test_int failed", ("test_int failed: told on #8", "more"), "http://farm/1", AT)
EVIL = "@everyone `x`\r\nQUIT\r\nBcc: all@example.org\x00\u202e[a](http://b)"


def house(kind: str, to: str, port: int = 0, **channel: Any) -> Settings:
    mail = {"host": "127.0.0.1", "port": port, "sender": "camelot@farm.example"}
    channels = {"farm": {"kind": kind, "to": to, **channel}}
    return settings.load({}, "rabbit", {"channels": channels, "mail": mail, "farm": {"owners": {"ada": "a@b.example"}}})


@pytest.mark.row("A5")
async def test_mail_arrives_with_a_name_of_its_own_and_nothing_of_others_in_its_head() -> None:
    async with mailbox() as box:
        chosen = house("mail", "list@example.org", box.port)
        await tell(chosen, replace(NEWS, title=EVIL, lines=(EVIL,)), "1.culprit.2", NOW)
        await tell(chosen, NEWS, "1.culprit.2", NOW)
        await tell(chosen, NEWS, "1.culprit.2", NOW)
    evil, first, again = box.letters
    assert evil["Bcc"] is None
    assert evil["Subject"] == plain(EVIL)
    assert evil["To"] == "list@example.org"
    assert first["Message-ID"] == again["Message-ID"] != evil["Message-ID"], "the same news has the same name"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_content().splitlines() == ["test_int failed: told on #8", "more", "", "http://farm/1"]


async def test_mail_that_is_refused_for_good_is_given_up_and_what_may_come_is_tried_again() -> None:
    async with mailbox() as box:
        box.unknown.add("nobody@example.org")
        with pytest.raises(Declined, match="550 5.1.1 nobody of that name"):
            await tell(house("mail", "nobody@example.org", box.port), NEWS, "k", NOW)
        box.answers = ["451 4.7.1 grey", "552 5.2.2 full"]
        with pytest.raises(Later, match="451"):
            await tell(house("mail", "list@example.org", box.port), NEWS, "k", NOW)
        with pytest.raises(Declined, match="552"):
            await tell(house("mail", "list@example.org", box.port), NEWS, "k", NOW)
    assert box.letters == []


async def test_a_workers_owner_is_written_to_at_the_address_in_the_settings() -> None:
    async with mailbox() as box:
        chosen = house("mail", "list@example.org", box.port)
        await tell(chosen, replace(NEWS, channel="owner:ada"), "k", NOW)
        with pytest.raises(Declined, match="farm.owners"):
            await tell(chosen, replace(NEWS, channel="owner:bob"), "k", NOW)
    assert [each["To"] for each in box.letters] == ["a@b.example"]


@pytest.mark.row("A5")
async def test_a_program_gets_json_that_is_signed_and_has_a_key_by_which_a_repeat_is_known() -> None:
    async with sink() as there:
        await tell(house("http", there.url, secret="s3cret"), NEWS, "1.culprit.2", NOW)
    ((headers, body),) = there.posts
    wanted = "sha256=" + hmac.digest(b"s3cret", body, hashlib.sha256).hex()
    assert headers["X-Hub-Signature-256"] == wanted
    assert headers["Idempotency-Key"] == "1.culprit.2"
    assert json.loads(body) == {
        "id": "1.culprit.2",
        "title": NEWS.title,
        "lines": list(NEWS.lines),
        "url": NEWS.url,
        "at": AT,
    }


@pytest.mark.parametrize(
    ("status", "error"), [(500, Later), (502, Later), (429, Later), (404, Declined), (401, Declined), (302, Declined)]
)
async def test_an_answer_says_whether_to_try_again(status: int, error: type[Exception]) -> None:
    async with sink() as there:
        there.answers = [status]
        with pytest.raises(error, match=str(status)):
            await tell(house("http", there.url), NEWS, "k", NOW)
        await tell(house("http", there.url), NEWS, "k", NOW)
    assert len(there.posts) == 1


async def test_discord_gets_an_embed_that_calls_nobody() -> None:
    async with sink() as there:
        await tell(house("discord", there.url), replace(NEWS, lines=(EVIL,)), "k", NOW)
    ((_, body),) = there.posts
    sent = json.loads(body)
    assert sent["allowed_mentions"] == {"parse": []}
    (shown,) = sent["embeds"]
    assert shown["description"] == "\\@everyone \\`x\\` QUIT Bcc\\: all\\@example.org \\[a\\]\\(http\\://b\\)"
    assert "\n" not in shown["title"]


@pytest.mark.row("A5")
async def test_irc_is_told_in_its_room_line_by_line_even_when_the_nick_is_taken() -> None:
    async with irc() as there:
        there.taken.add("camelot")
        await tell(house("irc", f"irc://127.0.0.1:{there.port}/#farm"), replace(NEWS, lines=(EVIL,)), "k", NOW)
    assert there.joined == ["#farm"]
    assert there.said == [
        ("camelot_", "#farm", f"{NEWS.title} {NEWS.url}"),
        ("camelot_", "#farm", plain(EVIL)),
    ]


async def test_a_room_that_lets_us_not_in_is_given_up() -> None:
    async with irc() as there:
        there.banned.add("#farm")
        with pytest.raises(Declined, match="474"):
            await tell(house("irc", f"irc://127.0.0.1:{there.port}/farm"), NEWS, "k", NOW)
    assert there.said == []


@pytest.mark.parametrize(
    ("kind", "to"), [("http", "http://127.0.0.1:{}/hook"), ("irc", "irc://127.0.0.1:{}/#farm"), ("mail", "a@b.example")]
)
async def test_who_does_not_answer_is_asked_again_ever_more_seldom_for_a_day_and_then_a_person_looks(
    kind: str, to: str
) -> None:
    with socket.socket() as free:  # bound and not listening: nobody answers there
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        chosen = house(kind, to.format(port), port)
        pauses = []
        for age_s in (0, 60, 3600, 80_000):
            now = datetime.fromisoformat(AT) + timedelta(seconds=age_s)
            with pytest.raises(Later) as later:
                await tell(chosen, NEWS, "k", now)
            pauses.append((later.value.until - now).total_seconds())
        assert pauses == [2.0, 15.0, 600.0, 600.0]
        with pytest.raises(GitHubError) as counted:
            await tell(chosen, NEWS, "k", NOW + timedelta(days=1))
        assert not isinstance(counted.value, Later)


async def test_a_channel_that_the_settings_lost_says_so() -> None:
    with pytest.raises(Declined, match="no such channel"):
        await tell(house("mail", "list@example.org"), replace(NEWS, channel="gone"), "k", NOW)


@given(st.text(max_size=2000), st.lists(st.text(max_size=2000), max_size=6))
def test_no_text_of_others_ends_a_line_or_grows_beyond_its_bound(title: str, lines: list[str]) -> None:
    news = Tell("farm", title, tuple(lines), "http://farm/", AT)
    for line in irc_lines(news):
        assert len(line.encode()) <= IRC_MOST
        assert not set(line) & set("\r\n\0")
    shown = embed(news)["embeds"][0]
    assert len(shown["title"]) <= 256
    assert len(shown["description"]) <= 4096
    message = letter(house("mail", "list@example.org").mail, "list@example.org", news, "k")
    assert b"\nSubject:" in message.as_bytes()
    assert "\n" not in str(message["Subject"])


@pytest.mark.parametrize(
    ("kind", "to"),
    [
        ("mail", "list"),
        ("mail", "a@b, c@d"),
        ("http", "ftp://x/y"),
        ("irc", "irc://host"),
        ("irc", "http://host/#farm"),
        ("discord", ""),
    ],
)
def test_an_address_that_cannot_be_is_a_mistake_in_the_settings(kind: str, to: str) -> None:
    with pytest.raises(SettingsError, match=f"no address for {kind}"):
        house(kind, to)


def test_mail_without_a_server_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="channels.list is to have mail, and mail.host is empty"):
        settings.load({}, "rabbit", {"channels": {"list": {"kind": "mail", "to": "list@example.org"}}})
