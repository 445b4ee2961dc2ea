"""What people may ask for in a comment: lines of their own that begin with a slash, as in `/backport 3.13 3.12`.

A quotation, code, and a line with something before the slash ask for nothing. An edited comment runs only the commands
that it did not hold before, and only when its author edited it. What goes wrong is told in one reply to the comment.
"""

from __future__ import annotations

import base64
import hashlib
import re
import textwrap
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bots import backport, cla, news
from bots.decision import Decision
from bots.maintenance import MAINTENANCE
from bots.prose import block, code
from bots.speech import own_lines, say
from forge import titles
from forge.effects import AddLabel, Effect, Recheck, RecordBackport, WriteFile
from forge.events import Commented, Event
from forge.facts import FORECAST, Facts, Person, PullRequest, Role

_COMMAND = re.compile(r"/([a-z][a-z-]*)(?:[ \t]+(.*))?")

HELP = "I do not know {name}. What I do know:\n\n{rows}"
RIGHT = "{name} is for {who}; {login} is not among them."
COPY = "We write to no fork and to no line of development. Add a file called\n\n{path}\n\nwith this text:\n\n{text}"
TEAM = "members of the triage and core teams"


@dataclass(frozen=True)
class Command:
    """One line: its name without the slash, and what follows."""

    name: str
    rest: str


@dataclass(frozen=True)
class Asked:
    """All that a command is judged by."""

    command: Command
    event: Commented
    facts: Facts
    pr: PullRequest
    speaker: Person


@dataclass(frozen=True)
class Answer:
    effects: tuple[Effect, ...] = ()
    reply: str = ""


def decide(event: Event, facts: Facts) -> Decision:
    pr, speaker = facts.pr, facts.speaker
    if not isinstance(event, Commented) or pr is None or speaker is None or speaker.is_bot:
        return Decision()
    commands = fresh(event)
    answers = [_answer(Asked(command, event, facts, pr, speaker)) for command in commands]
    effects = tuple(dict.fromkeys(effect for answer in answers for effect in answer.effects))
    replies = list(dict.fromkeys(answer.reply for answer in answers if answer.reply))
    if replies:
        effects += say(facts, pr, f"reply-{event.comment}", "\n\n".join(replies))
    return Decision(effects, ", ".join(f"/{command.name} by {speaker.login}" for command in commands))


def fresh(event: Commented) -> list[Command]:
    """The commands to run now, in order; of an edited comment those that were not there before."""
    if event.edited and event.sender != event.author:
        return []
    old = Counter(parse(event.before) if event.edited else ())
    new = []
    for command in parse(event.body):
        if old[command] > 0:
            old[command] -= 1
        else:
            new.append(command)
    return new


def parse(body: str) -> list[Command]:
    """Every line of the person's own that is a command."""
    found = (_COMMAND.fullmatch(line) for line in own_lines(body))
    return [Command(each[1], " ".join((each[2] or "").split())) for each in found if each]


def _answer(asked: Asked) -> Answer:
    row = TABLE.get(asked.command.name)
    if row is None:
        return Answer(reply=HELP.format(name=code(f"/{asked.command.name}"), rows=_rows()))
    if not row.may(asked):
        name, login = code(f"/{asked.command.name}"), code(asked.speaker.login)
        return Answer(reply=RIGHT.format(name=name, who=row.who, login=login))
    return row.run(asked)


def _rows() -> str:
    return "\n".join(f"- `{row.usage}`: {row.does} (for {row.who})" for row in TABLE.values())


# --- rights ---


def _in_team(asked: Asked) -> bool:
    return asked.speaker.role is not Role.NONE or asked.speaker.is_manager


def _author_or_team(asked: Asked) -> bool:
    return asked.speaker.login == asked.pr.author.login or _in_team(asked)


def _anybody(_asked: Asked) -> bool:
    return True


# --- /backport ---


def _backport(asked: Asked) -> Answer:
    """Before the merge the labels remember it; after it each branch is asked for in our own records."""
    words = asked.command.rest.split()
    again, branches = "--again" in words, [word for word in words if word != "--again"]
    rows = {row.branch: row for row in asked.facts.backports if not row.state.startswith(FORECAST)}
    if again and not branches:
        branches = [name for name, row in rows.items() if row.state in ("declined", *backport.STUCK)]
    if not branches:
        return Answer(reply="Name the branches, as in `/backport 1.2 1.1`.")
    if asked.pr.state != "open" and not asked.pr.merged:
        return Answer(reply="This was closed without a merge: there is nothing to backport.")
    answers = [_one_branch(asked, branch, again) for branch in dict.fromkeys(branches)]
    effects = tuple(effect for answer in answers for effect in answer.effects)
    look = (Recheck(asked.pr.number, f"{asked.speaker.login} asked for backports"),) if effects else ()
    return Answer((*effects, *look), "\n".join(answer.reply for answer in answers if answer.reply))


def _one_branch(asked: Asked, branch: str, again: bool) -> Answer:
    facts, pr = asked.facts, asked.pr
    if not MAINTENANCE.fullmatch(branch) or facts.registry.find(branch) is None:
        known = ", ".join(each.version for each in facts.registry.maintained(facts.today))
        return Answer(reply=f"There is no branch {code(branch)}; the maintained ones are {known}.")
    if pr.state == "open":
        label = f"{facts.settings.labels.backport_prefix}{branch}"
        return Answer(() if label in pr.labels else (AddLabel(pr.number, label),))
    row = next((each for each in facts.backports if each.branch == branch), None)
    link = f"#{row.result}" if row and row.result else ""
    if row and row.state in backport.OVER:
        return Answer(reply=f"The backport to {branch} is {row.state}{': ' + link if link else ''}.")
    if row and row.state == "declined" and not again:
        return Answer(reply=f"{link} was closed without a merge; `/backport --again {branch}` makes a new one.")
    state = backport.ALLOWED if asked.speaker.is_manager else backport.ASKED
    return Answer((RecordBackport(pr.number, branch, state, f"asked for by {asked.speaker.login}"),))


# --- /cla-recheck ---


def _recheck(asked: Asked) -> Answer:
    """Once a minute: whoever asks again at once is given the answer that is on its way already."""
    if cla.checked_lately(asked.event, asked.pr):
        return Answer()
    return Answer((Recheck(asked.pr.number, f"{asked.speaker.login} asked for a new look at the agreement"),))


# --- /news ---


def _news(asked: Asked) -> Answer:
    """Write the entry to the branch where we may, else show it ready to be copied."""
    rules, pr = asked.facts.settings.news, asked.pr
    section, text = _section(asked)
    if not section or not text:
        sections = ", ".join(f"`{folder}`" for folder in news.folders(rules))
        return Answer(reply=f"Write `/news Library What users will notice.`; the sections are {sections}.")
    wrong, number = news.bad_beginning(text), titles.issue(pr.title)
    if wrong:
        return Answer(reply=f"An entry must not begin with {code(wrong)}.")
    if number is None:
        return Answer(reply="Begin the title with the issue that this is about, then ask again.")
    if pr.state != "open":
        return Answer(reply="This is not open any more.")
    path = f"{rules.directory}/next/{section}/{_name(asked, number)}"
    whole = textwrap.fill(text, 79, break_long_words=False, break_on_hyphens=False) + "\n"
    if not _is_ours(asked):
        return Answer(reply=COPY.format(path=block(path), text=block(whole)))
    return Answer((WriteFile(pr.head_ref, path, whole, f"gh-{number}: Add a news entry"),))


def _section(asked: Asked) -> tuple[str, str]:
    """The section's folder, whether its name was written with spaces or as the folder, and the rest."""
    words = asked.command.rest
    for folder, section in news.folders(asked.facts.settings.news).items():
        for name in (folder, section):
            if words.lower().startswith(f"{name.lower()} "):
                return folder, words[len(name) :].strip()
    return "", ""


def _name(asked: Asked, number: int) -> str:
    """One comment makes one name, however often it is read."""
    digest = hashlib.sha256(f"{asked.pr.number} {asked.event.comment} {asked.command.rest}".encode()).digest()
    nonce = base64.urlsafe_b64encode(digest)[:6].decode()
    return f"{asked.facts.today}-00-00-00.gh-issue-{number}.{nonce}.rst"


def _is_ours(asked: Asked) -> bool:
    """A branch of this repository that was made for the pull request, not a line of development."""
    github, ref = asked.facts.settings.github, asked.pr.head_ref
    is_line = ref == "main" or MAINTENANCE.fullmatch(ref) or asked.facts.registry.by_ref(ref, asked.facts.today)
    return asked.pr.head_repo == github.repository and not is_line


@dataclass(frozen=True)
class Row:
    usage: str
    does: str
    who: str
    may: Callable[[Asked], bool]
    run: Callable[[Asked], Answer]


TABLE = {
    "backport": Row("/backport [--again] 1.2 1.1", "bring it to these branches", TEAM, _in_team, _backport),
    "cla-recheck": Row("/cla-recheck", "look again who has signed", "anybody", _anybody, _recheck),
    "news": Row("/news Library Text", "add a news entry", f"the author and {TEAM}", _author_or_team, _news),
}
