"""Who hears of what: news of a build and of a worker, each channel's own; and nothing lost or doubled over a crash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.channels import LONGEST_TITLE, NAMED, decide
from bots.culprit import decide as culprit
from core import results
from forge.effects import Announce, CloseNotice, Effect, OpenNotice, Tell
from forge.events import BuildFinished, NewsDue, WorkerSeen
from forge.facts import Facts, Notice
from tests.backport_facts import BAD, GOOD, LEAK, build, farm, red
from tests.bots_facts import facts, rabbit
from tests.bots_world import REPOSITORY, world
from tests.chat_servers import irc, mailbox, sink

AT = "2026-11-20T10:00:00.000+00:00"
MAIL = {"host": "mail.example.org"}
CHANNELS: dict[str, dict[str, Any]] = {
    "list": {"kind": "mail", "to": "list@example.org"},
    "only-1.2": {"kind": "mail", "to": "old@example.org", "branches": ["1.2"]},
    "room": {"kind": "irc", "to": "irc://irc.example.org/#farm", "hears": ["mended", "worker"]},
}


def heard(given: Facts, channels: dict[str, dict[str, Any]] | None = None) -> list[Announce]:
    """What is announced of a build, with these channels in the settings."""
    chosen = rabbit(channels=CHANNELS if channels is None else channels, mail=MAIL)
    assert given.farm
    found = culprit(BuildFinished(given.farm.build.key), replace(given, settings=chosen))
    return [each for each in found.effects if isinstance(each, Announce)]


def after(effects: tuple[Effect, ...]) -> tuple[Notice, ...]:
    return tuple(
        Notice(each.key, each.number, each.commit, each.body) for each in effects if isinstance(each, OpenNotice)
    )


def test_a_new_breakage_is_announced_once_to_those_who_hear_of_that_branch() -> None:
    first = farm(red(), build(commit=GOOD, number=1))
    (news,) = heard(first)
    assert news.channel == "list"
    assert news.title == "main is broken: test_list leaked [3, 3, 3] references and [1, 1, 1] memory blocks"
    assert news.lines[0].endswith("told on #8, the only change since it last worked")
    assert f"refleak 1.3 (tier 1) on here, commit {BAD}" in news.lines[1]
    assert news.lines[2].endswith("/farm/branches/main")

    assert first.farm
    known = after(culprit(BuildFinished(first.farm.build.key), first).effects)
    assert heard(farm(red(number=3), build(commit=GOOD, number=1), notices=known)) == [], "known already"


def test_what_is_mended_is_announced_too() -> None:
    first = farm(red(), build(commit=GOOD, number=1))
    assert first.farm
    known = after(culprit(BuildFinished(first.farm.build.key), first).effects)
    mended = farm(build(number=4), red(), notices=known)
    assert mended.farm
    assert any(isinstance(each, CloseNotice) for each in culprit(BuildFinished(mended.farm.build.key), mended).effects)
    assert [(each.channel, each.title.partition(":")[0]) for each in heard(mended)] == [
        ("list", "main is mended"),
        ("room", "main is mended"),
    ]


def test_many_breakages_of_one_build_are_one_message_that_ends() -> None:
    many = [{**LEAK, "name": f"test_{'x' * 150}_{number}"} for number in range(NAMED + 4)]
    (news,) = heard(farm(red(*many), build(commit=GOOD, number=1)))
    assert len(news.title) <= LONGEST_TITLE
    assert len(news.lines) == NAMED + 3
    assert news.lines[NAMED] == "and 4 more"


def test_without_a_channel_nobody_hears_anything() -> None:
    assert heard(farm(red(), build(commit=GOOD, number=1)), {}) == []


def test_a_missing_worker_is_told_to_its_owner_and_to_those_who_hear_of_workers() -> None:
    chosen = rabbit(channels=CHANNELS, mail=MAIL, farm={"owners": {"ada": "ada@example.org"}})
    event = WorkerSeen("pi", "ada", "2026-11-20T08:00:00+00:00", AT, missing=True)
    found = decide(event, facts(settings=chosen))
    assert [each.channel for each in found.effects if isinstance(each, Announce)] == ["room", "owner:ada"]
    assert found.why == "Worker pi is missing"
    nobody = decide(replace(event, owner="bob"), facts(settings=rabbit()))
    assert nobody.effects == ()
    assert "farm.owners has no address of bob" in nobody.why
    back = decide(replace(event, missing=False), facts(settings=chosen))
    assert back.why == "Worker pi is back"


def test_news_that_is_due_is_told_on_its_channel() -> None:
    found = decide(NewsDue("list", "title", ("a", "b"), "http://x", AT), facts())
    assert found.effects == (Tell("list", "title", ("a", "b"), "http://x", AT),)


@pytest.mark.row("B7")
async def test_news_reaches_every_channel_though_the_bots_die_after_every_effect(tmp_path: Path) -> None:
    async with mailbox() as box, sink() as there, irc() as chat:
        config = tmp_path / "camelot.toml"
        config.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {box.port}\n'
            '[channels.list]\nkind = "mail"\nto = "list@example.org"\n'
            f'[channels.program]\nkind = "http"\nto = "{there.url}"\n'
            f'[channels.room]\nkind = "irc"\nto = "irc://127.0.0.1:{chat.port}/#farm"\n'
        )
        async with world(tmp_path, CAMELOT_CONFIG=str(config)) as whole:
            (head,) = await whole.person("core-dev").get(f"/repos/{REPOSITORY}/commits?sha=main")
            await whole.settled()
            whole.bots.end()
            assert results.record(whole.store.engine, red(commit=head["sha"]), "branch:refs/heads/main")
            for after_effect in range(1, 20):
                whole.bots.start(CAMELOT_CRASH_AFTER_EFFECTS=str(after_effect))
                if not await whole.died():
                    break
            else:
                raise AssertionError("the effects never came to an end")
            done = dict(whole.store.totals()["effects"])
            assert {state for _, state in done} == {"done"}
            assert (done["Announce", "done"], done["Tell", "done"], done["OpenNotice", "done"]) == (3, 3, 1)
    # killed before it was written down, a channel hears the same again, under the same name
    keys = [headers["Idempotency-Key"] for headers, _ in there.posts]
    names = [str(letter["Message-ID"]) for letter in box.letters]
    said = [words for _, _, words in chat.said]
    for told in (keys, names, [words for words in said if "is broken" in words]):
        assert len(set(told)) == 1
