"""Brings a merged change to the branches whose labels ask for it, as far as each branch takes it on this day.

One comment on the pull request says where each backport stands; before the merge it says how each would go. When a
backport's own pull request appears, it takes over labels from its original and the original's label goes: nobody but
us, team members, the original's author and who really picked that commit can do that, and only with the right base.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bots.decision import Decision
from bots.prose import cell
from bots.speech import said, say
from core.branches import Change
from core.versions import branch_key
from forge import titles
from forge.effects import (
    AddLabel,
    Assign,
    Backport,
    DeleteBranch,
    Effect,
    Forecast,
    Recheck,
    RecordBackport,
    RemoveLabel,
)
from forge.events import BackportFinished, Event, PullRequestChanged
from forge.facts import DRAFT, FORECAST, BackportState, Facts, PullRequest, Role

TOPIC = "backports"

UNDER_WAY = "under way"
OVER = ("opened", "merged", "already-there")  # nothing is left to do: the label goes
ASKED, ALLOWED = "asked", "allowed"  # by a command; by one of a release manager, who may also allow what is refused
STUCK = ("conflict", "failed")  # a person is needed

STATUS = "Thank you for this change! Where its backports stand:\n\n{table}{guide}"
PROSPECT = "If this were merged now, its backports would go like this:\n\n{table}"
NO_PROSPECT = "No backport is asked for any more."
HEADING = "| Branch | State | |\n|---|---|---|\n"
GUIDE = (
    "\n\nA conflict needs a person. In a clone of the repository:\n\n```sh\n{commands}\n```\n\n"
    "Mend the files, then run `cherry_picker --continue`: it opens the pull request."
)
AGAIN = "\n\nTo try one again, take its label off and put it on."
DECLINED = "\n\nTo try again one whose pull request was closed, say `/backport --again {branches}`."
CLOSED = "its pull request was closed without a merge"
PERMISSION = "; a release manager's approval allows it, and so does the label {label}"

# What may change a forecast: the change, its base, what is asked for, and the branches themselves (a second look).
LOOKS = frozenset({"opened", "reopened", "synchronize", "edited", "ready_for_review", "recheck"})

# What may change how a backport's own pull request stands.
MOVES = frozenset({"opened", "reopened", "edited", "closed", "converted_to_draft", "ready_for_review"})


def decide(event: Event, facts: Facts) -> Decision:
    pr = facts.pr
    if pr is None:
        return Decision()
    answers = (_as_backport(event, facts, pr), _as_original(event, facts, pr), _before_merge(event, facts, pr))
    why = "; ".join(each.why for each in answers if each.why)
    return Decision(tuple(effect for each in answers for effect in each.effects), why)


# --- before the merge ---


def _before_merge(event: Event, facts: Facts, pr: PullRequest) -> Decision:
    """Find out how each pick would go, at once and at every push, and keep one comment about it."""
    if pr.state != "open":
        return Decision()
    asked = _asked_for(facts, pr)
    if not asked:
        gone = say(facts, pr, TOPIC, NO_PROSPECT, only_update=True) if said(facts, TOPIC) else ()
        return Decision(gone)
    refused = {branch: why for branch in asked if (why := _refusal(facts, pr, branch))}
    wanted = tuple(branch for branch in asked if branch not in refused)
    if wanted and _may_change(event, facts):
        return Decision(
            (Forecast(pr.number, pr.head_sha, pr.base, wanted, pr.title),), f"looks ahead to {', '.join(wanted)}"
        )
    rows = {row.branch: row for row in facts.backports if row.branch in wanted and row.state.startswith(FORECAST)}
    rows |= {branch: BackportState(branch, "refused", why) for branch, why in refused.items()}
    if wanted and not isinstance(event, BackportFinished):
        return Decision()
    return Decision(say(facts, pr, TOPIC, PROSPECT.format(table=_table(rows))), _summary(rows.values()))


def _may_change(event: Event, facts: Facts) -> bool:
    if not isinstance(event, PullRequestChanged):
        return False
    about = event.label.startswith(facts.settings.labels.backport_prefix)
    return event.action in LOOKS or (event.action in ("labeled", "unlabeled") and about)


# --- a merged pull request and the branches it is asked for ---


def _as_original(event: Event, facts: Facts, pr: PullRequest) -> Decision:
    if not (pr.merged and pr.merge_sha):
        return Decision()
    rows = {row.branch: row for row in facts.backports if not row.state.startswith(FORECAST)}
    effects: list[Effect] = []
    wanted: list[str] = []
    again: list[str] = []
    for branch in _asked_for(facts, pr, rows.values()):
        row, label = rows.get(branch), _label(facts, branch)
        refusal = "" if row and row.state in (*OVER, ALLOWED) else _refusal(facts, pr, branch)
        if refusal:
            rows[branch] = BackportState(branch, "refused", refusal)
            effects.append(RecordBackport(pr.number, branch, "refused", refusal))
            effects += [RemoveLabel(pr.number, label)] if label in pr.labels else []
        elif row and row.state in OVER:
            effects += [RemoveLabel(pr.number, label)] if label in pr.labels else []
        elif row is None or row.state in ("refused", ASKED, ALLOWED) or _asked_again(event, label):
            again += [branch] if row else []
            wanted.append(branch)
            rows[branch] = BackportState(branch, UNDER_WAY)
    # While picks are to come nothing is told: how they ended is, a moment later, by the delivery that they make.
    told = say(facts, pr, TOPIC, _status(facts, pr, rows)) if rows and not wanted else ()
    subjects = tuple(commit.message.partition("\n")[0] for commit in pr.commits)
    subjects = subjects if len(subjects) > 1 else ()
    job = (pr.number, pr.merge_sha, tuple(wanted), pr.title, pr.base, subjects, tuple(again))
    picks = (Backport(*job),) if wanted else ()
    return Decision((*effects, *told, *_assigned(event, pr, rows.values()), *picks), _summary(rows.values()))


def _assigned(event: Event, pr: PullRequest, rows: Iterable[BackportState]) -> tuple[Effect, ...]:
    """Whoever merged it looks after what the bots could not do."""
    person = pr.merged_by
    stuck = isinstance(event, BackportFinished) and any(row.state in STUCK or row.why == DRAFT for row in rows)
    nobody = not person or person.endswith("[bot]") or person in pr.assignees
    return (Assign(pr.number, person),) if stuck and not nobody else ()


def _asked_for(facts: Facts, pr: PullRequest, rows: Iterable[BackportState] = ()) -> list[str]:
    """The branches that its labels or commands name, newest first; what is no branch at all comes last."""
    prefix = facts.settings.labels.backport_prefix
    named = {label.removeprefix(prefix).strip() for label in pr.labels if label.startswith(prefix)}
    named |= {row.branch for row in rows if row.state in (ASKED, ALLOWED)}
    return sorted(named, key=newest_first)


def newest_first(branch: str) -> tuple[int, int, str]:
    try:
        major, minor = branch_key(branch)
    except ValueError:
        return 1, 0, branch
    return -major, -minor, branch


def _refusal(facts: Facts, pr: PullRequest, branch: str) -> str:
    """Why the branch does not take this change today; empty when it does."""
    labels = facts.settings.labels
    by_manager = any(review.state == "approved" and review.reviewer.is_manager for review in pr.reviews)
    security = labels.type_security in pr.labels or by_manager
    known = facts.registry.find(branch)
    if known and known.ref(facts.today) == pr.base:
        return f"{branch} is what this was merged into"
    if known and known.ref(facts.today) != branch:
        return f"{branch} has no branch of its own yet; it is developed on {known.ref(facts.today)}"
    verdict = facts.registry.takes(branch, Change.SECURITY if security else Change.BUGFIX, facts.today)
    takes_it = facts.registry.takes(branch, Change.SECURITY, facts.today).allowed
    hint = PERMISSION.format(label=labels.type_security) if takes_it else ""
    return "" if verdict.allowed else verdict.reason + hint


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
    branches = sorted(rows, key=newest_first)
    conflicts = [branch for branch in branches if rows[branch].state == "conflict"]
    commands = "\n".join(f"cherry_picker {pr.merge_sha} {branch}" for branch in conflicts)
    guide = GUIDE.format(commands=commands) if conflicts else ""
    again = AGAIN if any(row.state in STUCK for row in rows.values()) else ""
    closed = [branch for branch in branches if rows[branch].state == "declined"]
    again += DECLINED.format(branches=" ".join(closed)) if closed else ""
    return STATUS.format(table=_table(rows), guide=guide + again)


def _table(rows: Mapping[str, BackportState]) -> str:
    ordered = [rows[branch] for branch in sorted(rows, key=newest_first)]
    cells = [(cell(row.branch), row.state.removeprefix(FORECAST), cell(_details(row))) for row in ordered]
    return HEADING + "\n".join(f"| {branch} | {state} | {details} |" for branch, state, details in cells)


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
    effects += _declined(facts, pr, original)
    effects += _branch_done(facts, pr)
    effects += _record(event, pr, title.branch, original, labelled=label in original.labels)
    return Decision(tuple(effects), f"a backport of #{original.number} to {title.branch}")


def _doubt(facts: Facts, pr: PullRequest, branch: str, original: PullRequest) -> str:
    """Why we do not believe the title; empty when we do. A stranger's title moves nobody's labels."""
    if pr.base != branch:
        return f"the title says {branch}, the base is {pr.base}"
    if not original.merged:
        return f"#{original.number} is not merged"
    known = pr.author.login in (facts.settings.github.bot_login, original.author.login)
    origin = f"(cherry picked from commit {original.merge_sha})"
    picked = any(origin in commit.message for commit in pr.commits)
    if not (known or picked or pr.author.role is not Role.NONE):
        return f"{pr.author.login} is no member of a team: the labels of #{original.number} stay as they are"
    return ""


def _declined(facts: Facts, pr: PullRequest, original: PullRequest) -> list[Effect]:
    """A backport of ours that somebody closes leaves a label on its original, for as long as it is closed."""
    label = facts.settings.labels.backport_declined
    if pr.author.login != facts.settings.github.bot_login:
        return []
    if pr.state == "closed" and not pr.merged:
        return [] if label in original.labels else [AddLabel(original.number, label)]
    return [RemoveLabel(original.number, label)] if label in original.labels else []


def _branch_done(facts: Facts, pr: PullRequest) -> list[Effect]:
    """The branch of a backport of ours has served once it is merged; of a closed one it is kept: it may be reopened."""
    ours = pr.author.login == facts.settings.github.bot_login and pr.head_repo == facts.settings.github.repository
    done = pr.merged and ours and pr.head_ref.startswith("backport-")
    return [DeleteBranch(pr.head_ref, pr.head_sha)] if done else []


def _record(event: Event, pr: PullRequest, branch: str, original: PullRequest, labelled: bool) -> list[Effect]:
    """Remember where the backport stands and let the original's comment follow, when this event may change either."""
    moved = isinstance(event, PullRequestChanged) and event.action in MOVES
    if not (moved or labelled):
        return []
    if pr.state == "open":
        record = RecordBackport(original.number, branch, "opened", DRAFT if pr.draft else "", pr.number)
    elif pr.merged:
        record = RecordBackport(original.number, branch, "merged", "", pr.number)
    else:
        record = RecordBackport(original.number, branch, "declined", CLOSED, pr.number)
    return [record, Recheck(original.number, f"its backport #{pr.number}: {record.state}")]
