"""Hold a pull request until everybody who wrote a part of it has signed the contributor agreement.

Checked are the author of the pull request, the authors and committers of its commits, and whoever a
`Co-authored-by` line names. An account is known by its number, an address without an account by the address; nobody
is known by a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.decision import Decision
from bots.speech import own_words
from core.records import Signature
from core.settings import Settings
from forge.effects import AddLabel, Effect, Recheck, RemoveLabel, SetStatus
from forge.events import Commented, Event, Revoked, Signed
from forge.facts import Commit, Facts, PullRequest

COAUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^<>\s]+@[^<>\s]+)>\s*$", re.IGNORECASE | re.MULTILINE)
WEB_EDITOR = ("web-flow", "noreply@github.com")  # GitHub itself commits what people do in the browser
RECHECK = re.compile(r"(?:^|\s)/cla-recheck(?:\s|$)")
A_MINUTE = timedelta(minutes=1)
MOST_LISTED = 250  # commits of one pull request; GitHub lists no more


@dataclass(frozen=True)
class Contributor:
    """Somebody whose signature is needed: an account (`id` other than 0), or an address that no account claims."""

    id: int
    login: str
    email: str
    commit: str = ""  # where this person was found first; empty: opened the pull request

    @property
    def place(self) -> str:
        """What to show in public, with the commit to look at."""
        return f"{self.shown} ({self.commit[:7]})" if self.commit else self.shown

    @property
    def shown(self) -> str:
        """As it may stand in public: the login, or the address with all but its first letter masked."""
        if self.login:
            return self.login
        name, _, host = self.email.partition("@")
        return f"{name[:1]}…@{host}"


def decide(event: Event, facts: Facts) -> Decision:
    if isinstance(event, Signed | Revoked):
        why = f"{event.login} {'signed' if isinstance(event, Signed) else 'revoked'} the agreement"
        return Decision(tuple(Recheck(number, why) for number in facts.open_pulls), why)
    pr = facts.pr
    if pr is None or pr.state != "open":
        return Decision()
    if not facts.settings.cla.required:
        return _say(facts, pr, "success", "No contributor agreement is required here")
    if facts.unsigned:
        text = f"Not signed yet by {', '.join(facts.unsigned)}"
        return _say(facts, pr, "failure", text, _labels(pr, facts.settings, signed=False))
    text = "Everybody has signed the contributor agreement"
    return _say(facts, pr, "success", text, _labels(pr, facts.settings, signed=True))


def checked_lately(event: Commented, pr: PullRequest) -> bool:
    """Somebody asked for a check within the minute before this comment; comments bear their times, so no clock."""
    at = {each.id: datetime.fromisoformat(each.at) for each in pr.comments if RECHECK.search(own_words(each.body))}
    mine = at.get(event.comment)
    return mine is not None and any(mine - A_MINUTE < then for id, then in at.items() if id < event.comment)


def unsigned(settings: Settings, pr: PullRequest, signatures: Iterable[Signature]) -> tuple[str, ...]:
    """Who has yet to sign, as it may be shown in public; each person once, in the order found."""
    if not settings.cla.required:
        return ()
    known = list(signatures)
    accounts = {signature.account_id for signature in known if signature.account_id}
    addresses = {signature.email.lower() for signature in known if signature.email}
    missing: dict[str, str] = {}
    for person in contributors(settings, pr):
        if not _signed(person, accounts, addresses):
            missing.setdefault(person.shown, person.place)
    if pr.commit_count > max(len(pr.commits), MOST_LISTED):
        missing.setdefault("", f"whoever wrote the commits after the first {MOST_LISTED}, which cannot be listed")
    return tuple(missing.values())


def contributors(settings: Settings, pr: PullRequest) -> Iterator[Contributor]:
    """Everybody who wrote a part of it, as far as the settings ask; trusted programs sign nothing."""
    bot = settings.github.bot_login
    by_us = pr.author.is_bot and pr.author.login == bot
    people = settings.cla.people - ({"opener", "committer"} if by_us else set())
    for kind, person in _everybody(pr):
        if kind in people and person.id not in settings.cla.trusted_ids and not (person.id and person.login == bot):
            yield person


def _everybody(pr: PullRequest) -> Iterator[tuple[str, Contributor]]:
    yield "opener", Contributor(pr.author.id, pr.author.login, "")
    for commit in pr.commits:
        yield "author", Contributor(commit.author_id, commit.author_login, commit.author_email, commit.sha)
        for address in COAUTHOR.findall(commit.message):
            yield "co-author", Contributor(0, "", address, commit.sha)
        committer = Contributor(commit.committer_id, commit.committer_login, commit.committer_email, commit.sha)
        if _by_hand(commit):
            yield "committer", committer


def _by_hand(commit: Commit) -> bool:
    """Somebody else than the author committed it, and not GitHub in the browser."""
    login, address = commit.committer_login, commit.committer_email.lower()
    if login in WEB_EDITOR or (not login and address in ("", *WEB_EDITOR)):
        return False
    return address != commit.author_email.lower() and not (login and login == commit.author_login)


def _signed(person: Contributor, accounts: set[int], addresses: set[str]) -> bool:
    """An account is known by its number, and only an address without an account by the address."""
    if person.id or person.login:
        return person.id in accounts
    return bool(person.email) and person.email.lower() in addresses


def _labels(pr: PullRequest, settings: Settings, signed: bool) -> tuple[Effect, ...]:
    names = (settings.labels.cla_unsigned, settings.labels.cla_signed)
    old, new = names if signed else names[::-1]
    away: tuple[Effect, ...] = (RemoveLabel(pr.number, old),) if old in pr.labels else ()
    return away if new in pr.labels else (*away, AddLabel(pr.number, new))


def _say(facts: Facts, pr: PullRequest, state: str, text: str, labels: tuple[Effect, ...] = ()) -> Decision:
    status = SetStatus(pr.head_sha, facts.settings.contexts.cla, state, text, sign_url(facts.settings))
    return Decision((status, *labels), text)


def sign_url(settings: Settings) -> str:
    """Where people read and sign the agreement."""
    return f"{settings.bots.address}/cla"
