"""Hold a pull request until everybody who wrote a part of it has signed the contributor agreement.

Checked are the author of the pull request, the authors and committers of its commits, and whoever a
`Co-authored-by` line names. An account is known by its number, an address without an account by the address; nobody
is known by a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bots.decision import Decision
from core.records import Signature
from core.settings import Settings
from forge.effects import AddLabel, Effect, Recheck, RemoveLabel, SetStatus
from forge.events import Event, Signed
from forge.facts import Commit, Facts, PullRequest

COAUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^<>\s]+@[^<>\s]+)>\s*$", re.IGNORECASE | re.MULTILINE)
WEB_EDITOR = ("web-flow", "noreply@github.com")  # GitHub itself commits what people do in the browser


@dataclass(frozen=True)
class Contributor:
    """Somebody whose signature is needed: an account (`id` other than 0), or an address that no account claims."""

    id: int
    login: str
    email: str

    @property
    def shown(self) -> str:
        """As it may stand in public: the login, or the address with all but its first letter masked."""
        if self.login:
            return self.login
        name, _, host = self.email.partition("@")
        return f"{name[:1]}…@{host}"


def decide(event: Event, facts: Facts) -> Decision:
    if isinstance(event, Signed):
        effects = tuple(Recheck(number, f"{event.login} signed the agreement") for number in facts.open_pulls)
        return Decision(effects, f"{event.login} signed the agreement")
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


def unsigned(settings: Settings, pr: PullRequest, signatures: Iterable[Signature]) -> tuple[str, ...]:
    """Who has yet to sign, as it may be shown in public; each person once, in the order found."""
    if not settings.cla.required:
        return ()
    known = list(signatures)
    accounts = {signature.account_id for signature in known}
    logins = {signature.login.lower() for signature in known}
    addresses = {signature.email.lower() for signature in known if signature.email}
    missing = [
        person.shown
        for person in contributors(settings, pr)
        if not _signed(person, accounts=accounts, logins=logins, addresses=addresses)
    ]
    return tuple(dict.fromkeys(missing))


def contributors(settings: Settings, pr: PullRequest) -> Iterator[Contributor]:
    """Everybody who wrote a part of it; programs sign nothing."""
    by_us = pr.author.login == settings.github.bot_login
    if not pr.author.is_bot:
        yield Contributor(pr.author.id, pr.author.login, "")
    for commit in pr.commits:
        yield from _of_commit(commit, with_committer=not by_us)


def _of_commit(commit: Commit, with_committer: bool) -> Iterator[Contributor]:
    """Brackets cannot stand in a person's login: an account called `...[bot]` is a program's."""
    if not commit.author_login.endswith("[bot]"):
        yield Contributor(commit.author_id, commit.author_login, commit.author_email)
    for address in COAUTHOR.findall(commit.message):
        yield Contributor(0, "", address)
    committer, address = commit.committer_login, commit.committer_email
    by_hand = committer not in ("", *WEB_EDITOR) or (not committer and address not in ("", *WEB_EDITOR))
    same = address.lower() == commit.author_email.lower() or (committer and committer == commit.author_login)
    if with_committer and by_hand and not same and not committer.endswith("[bot]"):
        yield Contributor(0, committer, address)


def _signed(person: Contributor, accounts: set[int], logins: set[str], addresses: set[str]) -> bool:
    """An account is known by its number (a committer's, which GitHub's list leaves out, by its login)."""
    if person.id:
        return person.id in accounts
    if person.login:
        return person.login.lower() in logins
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
