"""Brings a merged change to the branches whose labels ask for it, as far as each branch takes it on this day.

One comment on the merged pull request says where each backport stands. When a backport's own pull request appears, it
takes over labels from its original and the original's label goes: nobody but us and core developers can do that, and
only with the right base.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bots.decision import Decision
from bots.prose import cell
from bots.speech import say
from core.branches import Change
from core.versions import branch_key
from forge import titles
from forge.effects import AddLabel, Backport, Effect, Recheck, RecordBackport, RemoveLabel
from forge.events import BackportFinished, Event, PullRequestChanged
from forge.facts import BackportState, Facts, PullRequest, Role

TOPIC = "backports"

UNDER_WAY = "under way"
OVER = ("opened", "merged", "already-there")  # nothing is left to do: the label goes

STATUS = "Thank you for this change! Where its backports stand:\n\n{table}{guide}"
HEADING = "| Branch | State | |\n|---|---|---|\n"
GUIDE = (
    "\n\nA conflict needs a person. In a clone of the repository:\n\n```sh\n{commands}\n```\n\n"
    "Mend the files, then run `cherry_picker --continue`: it opens the pull request."
)
AGAIN = "\n\nTo try one again, take its label off and put it on."
CLOSED = "its pull request #{number} was closed without a merge"


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None:
        return Decision()
    own = _as_backport(event, facts, pr)
    asked = _as_original(event, facts, pr)
    why = "; ".join(each.why for each in (own, asked) if each.why)
    return Decision(own.effects + asked.effects, why)


# --- a merged pull request and the branches it is asked for ---


def _as_original(event: Event, facts: Facts, pr: PullRequest) -> Decision:
    if not (pr.merged and pr.merge_sha):
        return Decision()
    rows = {row.branch: row for row in facts.backports}
    effects: list[Effect] = []
    picks: list[Effect] = []
    for branch in _asked_for(facts, pr):
        row, label = rows.get(branch), _label(facts, branch)
        refusal = "" if row and row.state in OVER else _refusal(facts, pr, branch)
        if refusal:
            rows[branch] = BackportState(branch, "refused", refusal)
            effects += [RecordBackport(pr.number, branch, "refused", refusal), RemoveLabel(pr.number, label)]
        elif row and row.state in OVER:
            effects.append(RemoveLabel(pr.number, label))
        elif row is None or row.state == "refused" or _asked_again(event, label):
            rows[branch] = BackportState(branch, UNDER_WAY)
            picks.append(Backport(pr.number, pr.merge_sha, branch, pr.title, pr.author.login, _copied(facts, pr)))
    said = say(facts, pr, TOPIC, _status(facts, pr, rows)) if rows else ()
    return Decision((*effects, *said, *picks), _summary(rows.values()))


def _asked_for(facts: Facts, pr: PullRequest) -> list[str]:
    """The branches that its labels name, newest first; what is no branch at all comes last."""
    prefix = facts.settings.labels.backport_prefix
    named = [label.removeprefix(prefix).strip() for label in pr.labels if label.startswith(prefix)]
    return sorted(named, key=_newest_first)


def _newest_first(branch: str) -> tuple[int, int, str]:
    try:
        major, minor = branch_key(branch)
    except ValueError:
        return 1, 0, branch
    return -major, -minor, branch


def _refusal(facts: Facts, pr: PullRequest, branch: str) -> str:
    """Why the branch does not take this change today; empty when it does."""
    security = facts.settings.labels.type_security in pr.labels
    known = facts.registry.find(branch)
    if known and known.ref(facts.today) == pr.base:
        return f"{branch} is what this was merged into"
    if known and known.ref(facts.today) != branch:
        return f"{branch} has no branch of its own yet; it is developed on {known.ref(facts.today)}"
    verdict = facts.registry.takes(branch, Change.SECURITY if security else Change.BUGFIX, facts.today)
    return "" if verdict.allowed else verdict.reason


def _asked_again(event: Event, label: str) -> bool:
    return isinstance(event, PullRequestChanged) and event.action == "labeled" and event.label == label


def _label(facts: Facts, branch: str) -> str:
    return f"{facts.settings.labels.backport_prefix}{branch}"


def _copied(facts: Facts, original: PullRequest) -> tuple[str, ...]:
    """The labels that a backport takes over."""
    prefixes = facts.settings.labels.copied_prefixes
    return tuple(sorted(label for label in original.labels if label.startswith(prefixes)))


# --- the one comment ---


def _status(facts: Facts, pr: PullRequest, rows: Mapping[str, BackportState]) -> str:
    ordered = [rows[branch] for branch in sorted(rows, key=_newest_first)]
    table = HEADING + "\n".join(f"| {cell(row.branch)} | {row.state} | {cell(_details(row))} |" for row in ordered)
    conflicts = [row.branch for row in ordered if row.state == "conflict"]
    commands = "\n".join(f"cherry_picker {pr.merge_sha} {branch}" for branch in conflicts)
    guide = GUIDE.format(commands=commands) if conflicts else ""
    again = AGAIN if any(row.state in ("conflict", "failed") for row in ordered) else ""
    return STATUS.format(table=table, guide=guide + again)


def _details(row: BackportState) -> str:
    link = f"#{row.result}" if row.result else ""
    return ": ".join(part for part in (link, row.why) if part)


def _summary(rows: Iterable[BackportState]) -> str:
    return ", ".join(f"{row.branch} {row.state}" for row in rows)


# --- a pull request that is a backport ---


def _as_backport(event: Event, facts: Facts, pr: PullRequest) -> Decision:
    title, original = titles.backport(pr.title), facts.original
    if title is None or original is None or isinstance(event, BackportFinished):
        return Decision()
    doubt = _doubt(facts, pr, title.branch, original)
    if doubt:
        return Decision(why=doubt)
    label = _label(facts, title.branch)
    wanted = _copied(facts, original) if pr.state == "open" else ()
    effects: list[Effect] = [AddLabel(pr.number, each) for each in wanted if each not in pr.labels]
    if pr.state == "open" or pr.merged:
        effects += [RemoveLabel(original.number, label)] if label in original.labels else []
    effects += _record(event, pr, title.branch, original, labelled=label in original.labels)
    return Decision(tuple(effects), f"a backport of #{original.number} to {title.branch}")


def _doubt(facts: Facts, pr: PullRequest, branch: str, original: PullRequest) -> str:
    """Why we do not believe the title; empty when we do. A stranger's title moves nobody's labels."""
    ours = pr.author.login == facts.settings.github.bot_login
    if pr.base != branch:
        return f"the title says {branch}, the base is {pr.base}"
    if not original.merged:
        return f"#{original.number} is not merged"
    if not ours and pr.author.role is not Role.CORE:
        return f"{pr.author.login} is not a core developer: the labels of #{original.number} stay as they are"
    return ""


def _record(event: Event, pr: PullRequest, branch: str, original: PullRequest, labelled: bool) -> list[Effect]:
    """Remember where the backport stands and let the original's comment follow, when this event may change either."""
    moved = isinstance(event, PullRequestChanged) and event.action in ("opened", "reopened", "edited", "closed")
    if not (moved or labelled):
        return []
    if pr.state == "open":
        record = RecordBackport(original.number, branch, "opened", "", pr.number)
    elif pr.merged:
        record = RecordBackport(original.number, branch, "merged", "", pr.number)
    else:
        record = RecordBackport(original.number, branch, "failed", CLOSED.format(number=pr.number), pr.number)
    return [record, Recheck(original.number, f"its backport #{pr.number}: {record.state}")]
