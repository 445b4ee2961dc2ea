"""Who besides the pull request hears of what the farm found: mail, chats, other programs. One message a build and word.

A piece of news becomes a delivery of its own, with the channel as its subject: each channel hears its news in order,
and one that does not answer keeps only its own waiting. The settings say who hears of what; by default nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bots.decision import Decision
from core.results import Build
from core.settings import Channel
from forge.effects import Announce, CloseNotice, Effect, OpenNotice, Tell
from forge.events import Event, NewsDue, WorkerSeen
from forge.facts import Facts, FarmFacts

OWNER = "owner:"  # before the name of a worker's owner, where a channel's name would stand
NAMED = 5  # breakages that one message names
LONGEST_TITLE, LONGEST_LINE = 150, 300


def decide(event: Event, facts: Facts) -> Decision:
    match event:
        case NewsDue(channel, title, lines, url, at):
            return Decision((Tell(channel, title, lines, url, at),), f"{channel} is to hear: {title}")
        case WorkerSeen():
            return _of_worker(event, facts)
        case _:
            return Decision()


# --- what a build changed ---


def news(facts: Facts, farm: FarmFacts, decided: Iterable[Effect]) -> tuple[Announce, ...]:
    """What the channels hear of a build, by what was decided about its notices: what broke with it, what is mended."""
    known = {each.key: each for each in farm.notices}
    broken = [each for each in decided if isinstance(each, OpenNotice) and each.key not in known]
    mended = [known[each.key].body for each in decided if isinstance(each, CloseNotice) and each.key in known]
    heard: list[Announce] = []
    if broken:
        lines = [f"{each.body.get('sentence')}: {each.why or _told(each)}" for each in broken]
        heard += _announced(facts, "broken", farm.build, [str(each.body.get("sentence")) for each in broken], lines)
    if mended:
        sentences = [str(body.get("sentence")) for body in mended]
        heard += _announced(facts, "mended", farm.build, sentences, sentences)
    return tuple(heard)


def _told(each: OpenNotice) -> str:
    return f"told on #{each.number}" if each.number else "nobody was told"


def _announced(
    facts: Facts, word: str, build: Build, sentences: Sequence[str], lines: Sequence[str]
) -> Iterable[Announce]:
    more = f" and {len(sentences) - 1} more" if len(sentences) > 1 else ""
    verb = "is broken" if word == "broken" else "is mended"
    title = f"{build.branch} {verb}: {sentences[0]}{more}"[:LONGEST_TITLE]
    shown = [line[:LONGEST_LINE] for line in lines[:NAMED]]
    rest = [f"and {len(lines) - NAMED} more"] if len(lines) > NAMED else []
    where = f"Seen by {build.builder} (tier {build.tier or 'none'}) on {build.worker or 'an unknown worker'}, commit "
    told = (*shown, *rest, f"{where}{build.commit}", f"The branch: {_page(facts, build.branch)}")
    for name, channel in _hearing(facts, word):
        if not channel.branches or build.branch in channel.branches:
            yield Announce(name, title, told, build.url, build.finished)


def _page(facts: Facts, branch: str) -> str:
    return f"{facts.settings.console.address}/farm/branches/{branch}"


def _hearing(facts: Facts, word: str) -> list[tuple[str, Channel]]:
    channels: Mapping[str, Channel] = facts.settings.channels
    return [(name, channel) for name, channel in sorted(channels.items()) if word in channel.hears]


# --- a worker that is missing ---


def _of_worker(event: WorkerSeen, facts: Facts) -> Decision:
    lines: tuple[str, ...]
    if event.missing:
        title = f"Worker {event.worker} is missing"
        lines = (f"It has been away since {event.since}.", "Nothing is lost: its builds run elsewhere or wait for it.")
    else:
        title, lines = f"Worker {event.worker} is back", (f"It was away since {event.since}.",)
    url = f"{facts.settings.console.address}/workers"
    names = [name for name, _ in _hearing(facts, "worker")]
    if event.owner in facts.settings.farm.owners:
        names.append(f"{OWNER}{event.owner}")
    effects = tuple(Announce(name, title, lines, url, event.at) for name in names)
    why = "" if effects else f": nobody hears of it: farm.owners has no address of {event.owner}"
    return Decision(effects, f"{title}{why}")
