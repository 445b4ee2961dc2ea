"""GitHub as we speak it, against the local forge: tokens, teams, and writes that may be repeated."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core import database, records, results, settings
from core.results import Build
from core.settings import Settings, SettingsError
from core.store import Store, now
from forge import github
from forge.client import private_key
from forge.effects import block, marker
from forge.errors import GitHubError, Later, Refused, Unavailable
from forge.events import BuildFinished, PullRequestChanged
from forge.facts import Role
from forge.github import GitHub
from forge.local.person import Person
from forge.local.process import Running
from forge.snapshot import Read, Snapshot
from tests.bots_world import NEWS, REPOSITORY, environment, running_forge

names = (f"branch-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_forge(tmp_path_factory.mktemp("github")) as running:
        core = person(running, "core-dev")
        asyncio.run(core.push(REPOSITORY, "main", "Begin", {"README.md": "Rabbit\n"}))
        asyncio.run(core.open_issue(REPOSITORY, "Files stay open"))
        yield running


@pytest.fixture
def chosen(forge: Running, tmp_path: Path) -> Settings:
    return settings.load(environment(tmp_path, forge))


@pytest.fixture
def store(chosen: Settings) -> Iterator[Store]:
    made = Store(database.connect(chosen.database))
    yield made
    made.engine.dispose()


@pytest.fixture
async def hub(chosen: Settings, store: Store) -> AsyncIterator[GitHub]:
    async with github.connect(chosen.github, store) as made:
        yield made


def person(forge: Running, login: str) -> Person:
    return Person(forge.url, login, f"token-{login}", f"{login}@example.org")


async def open_pull(forge: Running, files: dict[str, str] | None = None) -> int:
    """A pull request of core-dev from a branch of the repository."""
    core, branch = person(forge, "core-dev"), next(names)
    await core.push(REPOSITORY, branch, f"Work on {branch}", files or {f"{branch}.txt": "work\n"})
    return await core.open_pull(REPOSITORY, branch, f"gh-1: Work on {branch}")


def count(forge: Running, mark: int, method: str, ending: str) -> int:
    calls = forge.calls(mark)[1]
    return sum(call["method"] == method and call["path"].endswith(ending) for call in calls)


@pytest.mark.row("GH-2")
async def test_one_token_serves_many_calls_also_when_they_come_at_once(forge: Running, hub: GitHub) -> None:
    mark, _ = forge.calls()
    await asyncio.gather(*(hub.issue(1) for _ in range(5)))
    await hub.issue(1)
    assert count(forge, mark, "POST", "/access_tokens") == 1
    assert await hub.token() == await hub.token()


@pytest.mark.row("GH-2")
async def test_a_token_that_is_no_longer_taken_is_renewed_once(forge: Running, hub: GitHub) -> None:
    assert await hub.issue(1)
    data = Path(forge.process.args[4])  # type: ignore[index,arg-type]  # --data
    with closing(sqlite3.connect(data / "forge.db", timeout=10)) as memory, memory:
        memory.execute("DELETE FROM tokens")  # somebody revoked it
    mark, _ = forge.calls()
    assert await hub.issue(1)
    assert count(forge, mark, "POST", "/access_tokens") == 1


@pytest.mark.row("GH-7", "OP-1")
async def test_every_call_is_noted_with_the_delivery_that_it_was_made_for(hub: GitHub, store: Store) -> None:
    store.keep("guid", "github", "push", "branch:main", {})
    (delivery,) = store.ready(now())
    hub.working_for(delivery.id)
    await hub.issue(1)
    noted = store.history("branch:main")[0]["calls"]
    assert [(call["method"], call["path"].partition("?")[0], call["status"]) for call in noted][-1] == (
        "GET",
        f"/api/v3/repos/{REPOSITORY}/issues/1",
        200,
    )


@pytest.mark.row("GH-1", "GH-5")
async def test_a_definite_no_is_an_answer_and_nothing_else_is(forge: Running, hub: GitHub) -> None:
    assert await hub.issue(9999) is None
    with pytest.raises(Refused) as refused:
        await hub.commits_between("main", "no-such-branch")
    assert refused.value.missing
    # A read whose connection breaks is made once more by the HTTP library itself: it must break twice.
    for kind, times, error in (("502", 1, Unavailable), ("drop-before", 2, Unavailable), ("403-secondary", 1, Later)):
        forge.fault("GET /repos/.*/issues/1$", kind, times=times, seconds=1.0)
        with pytest.raises(error) as later:
            await hub.issue(1)
        assert later.value.until - now() < timedelta(seconds=90)


@pytest.mark.row("GH-1")
async def test_during_a_limit_no_call_leaves_the_house(forge: Running, hub: GitHub) -> None:
    forge.fault("GET /repos/.*/issues/1$", "403-secondary", seconds=60.0)
    with pytest.raises(Later):
        await hub.issue(1)
    mark, _ = forge.calls()
    with pytest.raises(Later):
        await hub.labels()
    assert forge.calls(mark)[1] == []


@pytest.mark.row("GH-5")
async def test_a_team_is_asked_for_once_in_ten_minutes(forge: Running, hub: GitHub) -> None:
    mark, _ = forge.calls()
    for _ in range(3):
        assert await hub.members("rabbit", "core") == {"core-dev", "release-manager"}
    assert count(forge, mark, "GET", "/teams/core/members") == 1
    hub.forget_members()
    await hub.members("rabbit", "core")
    assert count(forge, mark, "GET", "/teams/core/members") == 2


async def test_a_long_list_is_read_to_its_end(hub: GitHub) -> None:
    wanted = {f"topic-{number}" for number in range(101)}
    for label in wanted:
        await hub.ensure_label(label, "c2e0c6", "")
    assert wanted <= {label["name"] for label in await hub.labels()}
    for label in wanted:
        await hub.retire_label(label)


@pytest.mark.row("GH-8")
async def test_a_topic_has_one_comment_that_is_changed_in_place(forge: Running, hub: GitHub) -> None:
    number = await open_pull(forge)
    await person(forge, "core-dev").comment(REPOSITORY, number, f"look: {marker('help')}")
    assert await hub.comment(number, "help", "first", only_update=True) == {}
    made = await hub.comment(number, "help", "first")
    assert await hub.comment(number, "help", "first") == made
    assert (await hub.comment(number, "help", "second"))["comment"] == made["comment"]
    assert (await hub.comment(number, "other", "third"))["comment"] != made["comment"]
    ours = [each["body"] for each in await hub.comments(number) if each["user"]["login"] == "camelot[bot]"]
    assert ours == [block("help", "second"), block("other", "third")]


@pytest.mark.row("GH-8")
async def test_what_people_write_around_our_words_in_a_comment_of_ours_stays(forge: Running, hub: GitHub) -> None:
    number = await open_pull(forge)
    made = await hub.comment(number, "help", "first")
    path = f"/repos/{REPOSITORY}/issues/comments/{made['comment']}"
    edited = f"Maintainers: see below.\n\n{block('help', 'first')}\n\nNever mind this one."
    await person(forge, "core-dev").call("PATCH", path, {"body": edited})
    await hub.comment(number, "help", "second")
    (there,) = await hub.comments(number)
    assert there["body"] == edited.replace("first", "second")


@pytest.mark.row("GH-4")
async def test_a_comment_whose_answer_was_lost_is_not_made_twice(forge: Running, hub: GitHub) -> None:
    number = await open_pull(forge)
    forge.fault(f"POST /repos/.*/issues/{number}/comments$", "drop-after")
    with pytest.raises(Unavailable):
        await hub.comment(number, "help", "once")
    await hub.comment(number, "help", "once")
    assert len(await hub.comments(number)) == 1


@pytest.mark.row("BP-17")
async def test_labels_may_be_put_on_and_taken_away_twice(forge: Running, hub: GitHub) -> None:
    number = await open_pull(forge)
    for _ in range(2):
        await hub.ensure_label("needs backport to 1.2", "c2e0c6", "bug and security fixes")
        await hub.add_label(number, "needs backport to 1.2")
    assert await person(forge, "core-dev").labels(REPOSITORY, number) == {"needs backport to 1.2"}
    for _ in range(2):
        await hub.remove_label(number, "needs backport to 1.2")
    assert await person(forge, "core-dev").labels(REPOSITORY, number) == set()
    await hub.ensure_label("needs backport to 1.2", "ededed", "security fixes only")
    (label,) = (each for each in await hub.labels() if each["name"] == "needs backport to 1.2")
    assert (label["color"], label["description"]) == ("ededed", "security fixes only")
    for _ in range(2):
        await hub.retire_label("needs backport to 1.2")


async def test_a_status_is_cut_to_what_github_takes(forge: Running, hub: GitHub) -> None:
    pull = await hub.pull(await open_pull(forge))
    assert pull
    sha = pull["head"]["sha"]
    await hub.set_status(sha, "camelot/news", "failure", "x" * 200, "")
    found = await person(forge, "core-dev").get(f"/repos/{REPOSITORY}/commits/{sha}/status")
    assert found["statuses"][0]["description"] == "x" * 139 + "…"


async def test_a_pull_request_is_opened_once_for_a_branch(forge: Running, hub: GitHub) -> None:
    core, branch = person(forge, "core-dev"), next(names)
    await core.push(REPOSITORY, branch, "Work", {f"{branch}.txt": "work\n"})
    number = await hub.create_pull(branch, "main", "gh-1: Work", "")
    assert await hub.pulls_from(branch, "main") == [(number, "open")]
    with pytest.raises(Refused):
        await hub.create_pull(branch, "main", "gh-1: Work", "")
    await core.close(REPOSITORY, number)
    assert await hub.pulls_from(branch, "main") == [(number, "closed")]


async def test_somebody_whose_review_cannot_be_asked_for_stops_nothing(forge: Running, hub: GitHub) -> None:
    number = await open_pull(forge)
    assert "refused" in await hub.request_reviews(number, ("core-dev",))  # the author
    assert await hub.request_reviews(number, ("release-manager",)) == {}


async def test_a_persons_token_says_who_it_is_and_a_bad_one_nothing(hub: GitHub) -> None:
    ada = await hub.who_is("token-ada")
    assert ada
    assert (ada["login"], ada["addresses"]) == ("ada", ["ada@example.org"])
    assert await hub.who_is("no such token") is None


@pytest.mark.row("GH-1")
@pytest.mark.parametrize("path", ["/user$", "/user/emails"])
@pytest.mark.parametrize("kind", ["502", "403-rate", "403-secondary"])
async def test_a_limit_says_nothing_about_a_person(forge: Running, hub: GitHub, path: str, kind: str) -> None:
    forge.fault(f"GET {path}", kind, seconds=1.0)
    with pytest.raises(GitHubError):
        await hub.who_is("token-ada")
    assert forge.fault_hit()
    assert (await hub.issue(1)) is not None  # a person's limit is not ours


async def test_a_snapshot_is_complete(forge: Running, hub: GitHub, chosen: Settings, store: Store) -> None:
    number = await open_pull(forge, {"Lib/files.py": "work\n", NEWS: "Files are closed.\n"})
    manager = person(forge, "release-manager")
    await manager.review(REPOSITORY, number, "REQUEST_CHANGES", "why?")
    await person(forge, "ada").comment(REPOSITORY, number, "hello")
    snapshot = Snapshot(hub, store.engine, chosen, chosen.load_registry())
    facts = await snapshot.take(PullRequestChanged("opened", number, "core-dev"), frozenset(Read))
    pr = facts.pr
    assert pr
    assert (pr.number, pr.state, pr.merged, pr.draft, pr.base) == (number, "open", False, False, "main")
    assert (pr.author.login, pr.author.role, pr.merge_sha) == ("core-dev", Role.CORE, "")
    assert {file.path: file.status for file in pr.files} == {"Lib/files.py": "added", NEWS: "added"}
    (review,) = pr.reviews
    assert (review.reviewer.login, review.state, review.commit) == ("release-manager", "changes_requested", pr.head_sha)
    (commit,) = pr.commits
    assert (commit.sha, commit.author_login, commit.author_email) == (pr.head_sha, "core-dev", "core-dev@example.org")
    assert [(said.author, said.body) for said in pr.comments] == [("ada", "hello")]
    assert (facts.issues[1].exists, facts.issues[1].is_pull) == (True, False)
    assert "main" in facts.refs
    assert facts.today.isoformat() == "2026-11-20"


def build(number: int, commit: str, result: str) -> Build:
    key = f"refleak main/{number}"
    return Build(key, "refleak main", "refleak", 1, True, "main", commit, number, result, "http://farm/", "", "")


async def test_a_red_build_has_the_merges_since_the_last_green_one_as_suspects(
    forge: Running, hub: GitHub, chosen: Settings, store: Store
) -> None:
    core, manager = person(forge, "core-dev"), person(forge, "release-manager")
    green = (await core.get(f"/repos/{REPOSITORY}/branches/main"))["commit"]["sha"]
    numbers = [await open_pull(forge), await open_pull(forge)]
    merges = [await manager.merge(REPOSITORY, number) for number in numbers]
    direct = await core.push(REPOSITORY, "main", "Straight to main", {"direct.txt": "work\n"})
    for at, (commit, result) in enumerate([(green, "success"), (green, "success"), (direct, "failure")], start=1):
        results.record(store.engine, build(at, commit, result), "branch:refs/heads/main")
    records.open_notice(store.engine, "main:test_list:leak", 1, green, {})
    snapshot = Snapshot(hub, store.engine, chosen, chosen.load_registry())
    farm = (await snapshot.take(BuildFinished("refleak main/3"), frozenset())).farm
    assert farm
    assert (farm.build.number, [earlier.number for earlier in farm.before]) == (3, [2, 1])
    assert [(suspect.commit, suspect.number) for suspect in farm.suspects] == [
        (merges[0], numbers[0]),
        (merges[1], numbers[1]),
        (direct, None),
    ]
    assert [notice.key for notice in farm.notices] == ["main:test_list:leak"]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "the App's id or key is missing"),
        ("no/such/file.pem", "neither PEM text nor the path"),
        ("-----BEGIN PRIVATE KEY-----\nrabbit\n-----END PRIVATE KEY-----", "holds no private key"),
    ],
)
def test_a_key_that_cannot_be_used_is_named_in_a_sentence(key: str, says: str) -> None:
    environ = {"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": key}
    with pytest.raises(SettingsError, match=says):
        private_key(settings.load(environ).github)
