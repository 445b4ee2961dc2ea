"""Takes the snapshot for an event: GitHub's JSON, our records and the registry become the facts that decisions read.

Only what the reactions to the event ask for is fetched. An answer that GitHub did not give is never guessed: the
error goes up, and the event waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from core import flakes, heard, outcomes, records, results
from core.branches import Registry
from core.database import looked
from core.flakes import Flake
from core.labels import own_labels
from core.results import Build
from core.settings import Settings
from forge import events, links, titles
from forge.errors import Refused
from forge.facts import (
    BackportState,
    Commit,
    Facts,
    FarmFacts,
    File,
    Issue,
    Notice,
    Person,
    PullRequest,
    Review,
    Role,
    Said,
    Suspect,
)
from forge.github import GitHub, Json

MOST_ISSUES = 10  # of one title
MOST_HEADS = 3  # earlier heads with an approval that are compared with the present one
MOST_JUDGED = 50  # tests of one build whose history is read
MOST_SUSPECTS = 50  # of more commits than these nobody can blame one without a bisection


class Read(StrEnum):
    """What a reaction may ask for beside the pull request itself."""

    FILES = "files"
    REVIEWS = "reviews"
    COMMITS = "commits"
    COMMENTS = "comments"
    ISSUES = "issues"
    BACKPORTS = "backports"
    ORIGINAL = "original"
    OPEN_PULLS = "open pulls"
    WAITING_FOR_SIGNATURE = "waiting for a signature"
    LABELS = "labels"
    REFS = "refs"
    CONFIGURATION = "configuration"
    SAME_CHANGE = "same change"
    CONFLICTS = "conflicts"
    OWN_LABELS = "own labels"
    BUILDERS = "builders"


class Snapshot:
    """Everything that a snapshot is taken from."""

    def __init__(self, github: GitHub, engine: Engine, settings: Settings, registry: Registry) -> None:
        self.github, self.engine, self.settings, self.registry = github, engine, settings, registry
        self.bot = settings.github.bot_login

    async def take(self, event: events.Event, reads: frozenset[Read]) -> Facts:
        """The facts for `event`. Raises forge.errors when GitHub gives no answer."""
        fields: dict[str, Any] = await self._repository(reads)
        number = getattr(event, "number", None)
        if isinstance(number, int):
            fields |= await self._pull_fields(event, number, reads)
        if isinstance(event, events.Commented):
            fields["speaker"] = await self._speaker(event.author)
        if Read.BUILDERS in reads:
            fields |= await self._asked(event)
        if Read.OWN_LABELS in reads and isinstance(number, int):
            fields["own_labels"] = await looked(self.engine, own_labels, self.engine, number, self.bot)
        if Read.CONFIGURATION in reads:
            fields["configuration"] = await self._configuration(event)
        fields["frozen"] = await looked(self.engine, self._frozen)
        if isinstance(event, events.BuildFinished):
            fields["farm"] = await self._farm(event.key)
        return Facts(today=self.settings.day(), registry=self.registry, settings=self.settings, **fields)

    # --- the repository ---

    async def _configuration(self, event: events.Event) -> str | None:
        """The file's text when a push changed it, and once a day; None when there is no need to look."""
        github = self.settings.github
        ref = github.main_branch
        if isinstance(event, events.Pushed):
            if event.branch != ref or github.configuration not in event.files:
                return None
            ref = event.after
        try:
            return await self.github.contents(github.configuration, ref)
        except Refused as refused:
            if refused.missing:
                return ""
            raise

    def _frozen(self) -> dict[str, str]:
        """Branches of which a release is being made."""
        day = self.settings.day()
        under_way = records.releases_under_way(self.engine).items()
        known = [(self.registry.find(branch), version) for branch, version in under_way]
        return {branch.ref(day): version for branch, version in known if branch}

    async def _repository(self, reads: frozenset[Read]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if Read.OPEN_PULLS in reads:
            fields["open_pulls"] = tuple(pull["number"] for pull in await self.github.open_pulls())
        if Read.WAITING_FOR_SIGNATURE in reads:
            fields["open_pulls"] = await self._waiting_for_signature()
        if Read.LABELS in reads:
            fields["repository_labels"] = frozenset(label["name"] for label in await self.github.labels())
        if Read.REFS in reads:
            fields["refs"] = frozenset(branch["name"] for branch in await self.github.branches())
        return fields

    async def _waiting_for_signature(self) -> tuple[int, ...]:
        """Those that do not bear the label of a signed one: also one that was opened this moment and bears none yet."""
        signed = self.settings.labels.cla_signed
        return tuple(pull["number"] for pull in await self.github.open_pulls() if signed not in _label_names(pull))

    # --- one pull request ---

    async def _pull_fields(self, event: events.Event, number: int, reads: frozenset[Read]) -> dict[str, Any]:
        found = await self.github.pull(number)
        if found is None:
            return {}
        if found.get("comments") == 0:
            self.github.saw_comments(number, [])
        if await self._is_untouched(event, found):
            reads -= {Read.REVIEWS}
        pr = await self._pull_request(found, reads)
        fields: dict[str, Any] = {"pr": pr}
        if Read.ISSUES in reads:
            fields["issues"] = await self._issues(pr.title)
        if Read.BACKPORTS in reads:
            rows = await looked(self.engine, records.backports_of, self.engine, number)
            fields["backports"] = tuple(BackportState(row.branch, row.state, row.why, row.result) for row in rows)
        if Read.ORIGINAL in reads and (title := titles.backport(pr.title)):
            original = await self.github.pull(title.original)
            fields["original"] = await self._pull_request(original, frozenset()) if original else None
        return fields

    async def _is_untouched(self, event: events.Event, found: Json) -> bool:
        """Opened, and nothing since: GitHub's time of its last change is still that one, and we heard nothing else.

        Then nobody has reviewed it. A review of the same second comes as a delivery of its own.
        """
        if not isinstance(event, events.PullRequestChanged) or event.action != "opened":
            return False
        if not event.updated or found.get("updated_at") != event.updated:
            return False
        return await looked(self.engine, heard.count, self.engine, events.pull_subject(event.number)) == 1

    async def _pull_request(self, found: Json, reads: frozenset[Read]) -> PullRequest:
        number, head = found["number"], found["head"]
        checked = (
            found["state"] == "open" and found.get("changed_files") != 0
        )  # what is closed passes no check of files
        picked = Read.CONFLICTS in reads and self._is_ours(found)
        files, reviews, commits, comments = await asyncio.gather(
            self.github.files(number) if (Read.FILES in reads or picked) and checked else _nothing(),
            self.github.reviews(number) if Read.REVIEWS in reads else _nothing(),
            self.github.commits(number) if Read.COMMITS in reads else _nothing(),
            self.github.comments(number) if Read.COMMENTS in reads and found.get("comments") != 0 else _nothing(),
        )
        verdicts = tuple([await self._review(review) for review in reviews])
        compared = Read.SAME_CHANGE in reads and self.settings.stages.keep_approval and found["state"] == "open"
        return PullRequest(
            number=number,
            title=found["title"],
            body=found.get("body") or "",
            author=await self._person(found.get("user")),
            state=found["state"],
            merged=bool(found.get("merged")),
            draft=bool(found.get("draft")),
            base=found["base"]["ref"],
            head_ref=head["ref"],
            head_label=head.get("label") or "",
            head_sha=head["sha"],
            merge_sha=(found.get("merge_commit_sha") or "") if found.get("merged") else "",
            merged_by=_login(found.get("merged_by")) if found.get("merged_by") else "",
            labels=_label_names(found),
            url=found["html_url"],
            files=tuple([await self._file(file, head["sha"]) for file in files]),
            unmerged=tuple(
                [file["filename"] for file in files if picked and await self._is_unmerged(file, head["sha"])]
            ),
            reviews=verdicts,
            same_as=await self._same_as(found["base"]["ref"], head["sha"], verdicts) if compared else frozenset(),
            commits=tuple(_commit(commit) for commit in commits),
            comments=tuple(_said(comment) for comment in comments),
            requested=frozenset(_login(person) for person in found.get("requested_reviewers") or ()),
            requested_teams=frozenset(str(team["slug"]) for team in found.get("requested_teams") or ()),
            updated=found.get("updated_at") or "",
            commit_count=int(found.get("commits") or 0),
            assignees=frozenset(_login(person) for person in found.get("assignees") or ()),
            mergeable=found.get("mergeable"),
            head_repo=(head.get("repo") or {}).get("full_name") or "",
        )

    async def _file(self, file: Json, head: str) -> File:
        """A patch that GitHub left out, or that shows a part only, is no news entry: such a file is read whole."""
        path, status, patch = file["filename"], file["status"], file.get("patch")
        if (
            (patch is None or status != "added")
            and status != "removed"
            and path.startswith(f"{self.settings.news.directory}/next/")
        ):
            text = await self.github.contents(path, head)
            patch = "\n".join(["@@ -0,0 +1 @@", *(f"+{line}" for line in text.splitlines())])
        return File(path, status, patch, file.get("previous_filename") or "")

    def _is_ours(self, found: Json) -> bool:
        """A backport that we opened: it may be one in which a conflict was left to people."""
        head = found["head"]
        where = (head.get("repo") or {}).get("full_name") or ""
        mine = _login(found.get("user")) == self.bot and where == self.settings.github.repository
        return mine and str(head["ref"]).startswith("backport-")

    async def _is_unmerged(self, file: Json, head: str) -> bool:
        """Git's conflict marks are in it: among the lines that were added, or anywhere where GitHub shows no lines."""
        if file["status"] == "removed":
            return False
        patch = file.get("patch")
        if patch is not None:
            return has_marks(line[1:] for line in patch.split("\n") if line.startswith("+"))
        return has_marks((await self.github.contents(file["filename"], head)).split("\n"))

    async def _review(self, review: Json) -> Review:
        person = await self._person(review.get("user"))
        return Review(person, review["state"].lower(), review.get("commit_id") or "", review.get("submitted_at") or "")

    async def _person(self, user: Json | None) -> Person:
        user = user or {}
        login = _login(user)
        is_bot = user.get("type") == "Bot"
        if is_bot:
            return Person(login, int(user.get("id") or 0), is_bot=True)
        teams = self.settings.teams
        manager = login in await self.github.members(teams.organization, teams.release_managers, needed=False)
        return Person(login, int(user.get("id") or 0), await self._role(login), is_manager=manager)

    async def _speaker(self, login: str) -> Person:
        return await self._person({"login": login, "type": "Bot" if login.endswith("[bot]") else "User"})

    async def _same_as(self, base: str, head: str, reviews: Sequence[Review]) -> frozenset[str]:
        """Earlier heads with a core developer's approval whose change against the base is that of the present head."""
        approved = [each.commit for each in reviews if each.state == "approved" and each.reviewer.role is Role.CORE]
        stale = [sha for sha in dict.fromkeys(reversed(approved)) if sha and sha != head][:MOST_HEADS]
        if not stale:
            return frozenset()
        now = await self.github.change(base, head)
        return frozenset([sha for sha in stale if now and await self.github.change(base, sha) == now])

    async def _role(self, login: str) -> Role:
        teams = self.settings.teams
        for team, role in ((teams.core, Role.CORE), (teams.triage, Role.TRIAGE)):
            if login in await self.github.members(teams.organization, team):
                return role
        return Role.NONE

    async def _issues(self, title: str) -> dict[int, Issue]:
        numbers = titles.issues(title)[:MOST_ISSUES]
        found = await asyncio.gather(*(self.github.issue(number) for number in numbers))
        return {number: _issue(number, each) for number, each in zip(numbers, found, strict=True)}

    # --- the farm ---

    async def _asked(self, event: events.Event) -> dict[str, Any]:
        """Whoever asks for builds with a comment or a label, of which commit, and what there is to ask for."""
        labels = self.settings.labels
        match event:
            case events.PullRequestChanged(action="labeled") if event.label in labels.that_test:
                fields = {"speaker": await self._speaker(event.sender), "asked_head": event.head}
            case events.Commented() if events.asks_for_builds(event.body) and not event.edited:
                about = events.pull_subject(event.number), event.comment
                fields = {"asked_head": await looked(self.engine, heard.head_at, self.engine, *about)}
            case _:
                return {}
        return {**fields, "builders": tuple(await looked(self.engine, results.all_builders, self.engine))}

    async def _farm(self, key: str) -> FarmFacts | None:
        build = await looked(self.engine, results.find, self.engine, key)
        if build is None:
            return None
        history = await looked(self.engine, results.history, self.engine, build.builder, build.branch)
        before = tuple(history[history.index(build) + 1 :]) if build in history else tuple(history)
        edge = edge_of(build, before)
        suspects = await self._suspects(edge, build.commit) if edge and not build.tests else ()
        rows = await looked(self.engine, records.open_notices, self.engine)
        notices = tuple(Notice(row.key, row.number, row.commit, row.body) for row in rows)
        wanted = _wanted(build, suspects, notices)
        probes = await looked(self.engine, results.searched, self.engine, build.builder, wanted)
        judged = await asyncio.to_thread(self._flakes, build)
        return FarmFacts(build, before, suspects, notices, tuple(probes), judged)

    def _flakes(self, build: Build) -> dict[str, Flake]:
        """What the history says of each test that went wrong in this build."""
        wrong = [*(build.verdict.get("failed") or ()), *(build.verdict.get("env_changed") or ())][:MOST_JUDGED]
        return {name: flakes.judge(outcomes.of_test(self.engine, build.branch, name)) for name in wrong}

    async def _suspects(self, green: str, red: str) -> tuple[Suspect, ...]:
        commits = await self.github.commits_between(green, red)
        found = [await self._suspect(commit) for commit in commits[-MOST_SUSPECTS:]]
        if len({each.number or each.commit for each in found}) < 2:
            return tuple(found)
        return tuple([replace(each, files=await self.github.files_of_commit(each.commit)) for each in found])

    async def _suspect(self, commit: Json) -> Suspect:
        """Our own snapshots know most merges; GitHub is asked about the rest."""
        sha, title = commit["sha"], commit["commit"]["message"].partition("\n")[0]
        author = _login(commit.get("author"))
        known = await looked(self.engine, records.pull_of_merge, self.engine, sha)
        if known:
            return Suspect(sha, known.number, known.author, known.title)
        merged = [pull for pull in await self.github.pulls_of_commit(sha) if pull.get("merged_at")]
        if merged:  # whose commit it is, or who was merged as it, goes before others that hold it too
            places = [(each["head"]["sha"] != sha, each.get("merge_commit_sha") != sha) for each in merged]
            pull = merged[places.index(min(places))]
            return Suspect(sha, pull["number"], _login(pull.get("user")), pull["title"])
        return Suspect(sha, None, author, title)


def has_marks(lines: Iterable[str]) -> bool:
    """Both ends of a conflict, as git writes them, are among the lines; one alone may be somebody's text."""
    begun = False
    for line in lines:
        if line.startswith("<<<<<<< "):
            begun = True
        elif begun and line.startswith(">>>>>>> "):
            return True
    return False


def edge_of(build: Build, before: Sequence[Build]) -> str:
    """The commit since which something changed: of a mended build the red one before it; of a red one that on which
    each of its tests last worked, where it did: beside what has long been broken something new may break.
    """
    if build.green:
        return before[0].commit if before and not before[0].green else ""
    said = [(earlier, _broken(earlier)) for earlier in before]
    worked = [
        next((place for place, (_, broken) in enumerate(said) if broken is not None and name not in broken), -1)
        for name in _broken(build) or ("",)
    ]
    place = max(worked)
    return before[place].commit if place >= 0 else ""


def _broken(build: Build) -> frozenset[str] | None:
    """The tests, or the step, that went wrong; None where the build cannot say."""
    if build.green:
        return frozenset()
    if build.failed_step and build.failed_step != "test":
        return frozenset({f"step:{build.failed_step}"})
    if build.result != "failure" or not build.verdict.get("complete"):
        return None
    return frozenset([*(build.verdict.get("failed") or ()), *(build.verdict.get("env_changed") or ())])


def _wanted(build: Build, suspects: Sequence[Suspect], notices: Sequence[Notice]) -> list[str]:
    """The commits whose builds a search on this builder may ask about."""
    rows: list[Any] = [notice.body.get("search") or {} for notice in notices]
    mine = [row for row in rows if row.get("builder") == build.builder]
    return [*(each.commit for each in suspects), *(each["commit"] for row in mine for each in row["candidates"])]


def _issue(number: int, found: Json | None) -> Issue:
    if found is None:
        return Issue(number, exists=False, is_pull=False)
    return Issue(number, True, "pull_request" in found, links.listed(found.get("body") or ""))


async def _nothing() -> list[Json]:
    return []


def _commit(commit: Json) -> Commit:
    inner, author, committer = commit["commit"], commit.get("author") or {}, commit.get("committer") or {}
    return Commit(
        sha=commit["sha"],
        message=inner["message"],
        author_login=author.get("login") or "",
        author_id=int(author.get("id") or 0),
        author_email=(inner.get("author") or {}).get("email") or "",
        committer_login=committer.get("login") or "",
        committer_email=(inner.get("committer") or {}).get("email") or "",
        parents=len(commit.get("parents") or ()),
        committer_id=int(committer.get("id") or 0),
    )


def _said(comment: Json) -> Said:
    return Said(comment["id"], _login(comment.get("user")), comment.get("body") or "", comment["created_at"])


def _label_names(pull: Json) -> frozenset[str]:
    return frozenset(label["name"] for label in pull["labels"])


def _login(user: Json | None) -> str:
    return str((user or {}).get("login") or "ghost")
