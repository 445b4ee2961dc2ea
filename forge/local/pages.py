"""Small pages to look at the forge with: repositories, pull requests, issues, commits, deliveries. They only read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from forge.local import auth, db, payloads, rights
from forge.local.api import FORGE, find_repo
from forge.local.db import Row, get, many, one
from forge.local.gitrepo import EMPTY_TREE, Commit, GitRepo
from forge.local.markdown import render
from forge.local.payloads import Json, View
from forge.local.standing import combine, latest
from forge.local.state import Forge, stamp_text

HERE = Path(__file__).parent
README_LINES = 20
COMMITS_SHOWN = 50
DELIVERIES_SHOWN = 100
SIGNS = {"success": "✓", "failure": "✗", "error": "✗", "pending": "●"}  # never by colour alone
Page: TypeAlias = "Callable[[Visit], Awaitable[str | bytes]]"  # bytes: shown as plain text

_templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
_templates.filters["markdown"] = render
_templates.globals["signs"] = SIGNS


class Visit:
    """A page's view of the repository that its address names."""

    def __init__(self, forge: Forge, request: web.Request, repo: Row, name: str) -> None:
        self.forge, self.request, self.repo, self.name = forge, request, repo, name
        self.git: GitRepo = forge.git_of(repo)

    def __getitem__(self, part: str) -> str:
        return self.request.match_info[part]

    def page(self, template: str, **values: Any) -> str:
        return _templates.get_template(template).render(name=self.name, repo=self.repo, **values)


def add_routes(app: web.Application) -> None:
    app.router.add_static("/static", HERE / "static")
    app.router.add_get("/", _front)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get(r"/{owner}/{repo}/pull/{number:\d+}.{form:diff|patch}", _open_to(_raw_pull))
    app.router.add_get("/{owner}/{repo}/raw/{ref}/{path:.+}", _open_to(_raw_file))
    for pattern, page in PAGES.items():
        app.router.add_get("/{owner}/{repo}" + pattern, _open_to(page))


def _open_to(page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        forge = request.app[FORGE]
        with forge.tx() as tx:
            repo = find_repo(tx, request.match_info["owner"], request.match_info["repo"])
            if repo is None or not rights.may(tx, _visitor(forge, request), repo, "read"):
                return not_found("There is no such repository.")
            name = payloads.full_name(View(tx, forge.web), repo)
        try:
            shown = await page(Visit(forge, request, repo, name))
            return _html(shown) if isinstance(shown, str) else _plain(shown)
        except KeyError as error:
            return not_found(f"There is no {error.args[0]}.")

    return answer


def _visitor(forge: Forge, request: web.Request) -> rights.Actor | None:
    try:
        return auth.actor(forge, request.headers.get("Authorization", ""))
    except auth.BadCredentials:
        return None


def _html(text: str, status: int = 200) -> web.Response:
    headers = {"Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def _plain(data: bytes) -> web.Response:
    """What people wrote, as it is: never shown as anything but text."""
    return web.Response(body=data, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})


def show(template: str, status: int = 200, **values: Any) -> web.Response:
    """A page that is about no repository."""
    return _html(_templates.get_template(template).render(**values), status)


def not_found(why: str) -> web.Response:
    return show("missing.html", 404, why=why)


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def _front(request: web.Request) -> web.Response:
    forge = request.app[FORGE]
    with forge.tx() as tx:
        v = View(tx, forge.web)
        visitor = _visitor(forge, request)
        rows = [row for row in many(tx, db.repos) if rights.may(tx, visitor, row, "read")]
        repos = [{**row, "full_name": payloads.full_name(v, row), "open": _count_open(v, row)} for row in rows]
    return show("front.html", repos=repos)


def _count_open(v: View, repo: Row) -> int:
    return len(many(v.tx, db.issues, repo_id=repo["id"], state="open"))


def _threads(visit: Visit, pulls: bool, state: str) -> list[Json]:
    wanted: dict[str, Any] = {} if state == "all" else {"state": state}
    with visit.forge.tx() as tx:
        v = View(tx, visit.forge.web)
        order = db.issues.c.number.desc()
        rows = many(tx, db.issues, order=order, repo_id=visit.repo["id"], is_pull=pulls, **wanted)
        return [_thread(v, visit.repo, row) for row in rows]


def _thread(v: View, repo: Row, issue: Row) -> Json:
    pull = one(v.tx, db.pulls, issue_id=issue["id"])
    state = "merged" if pull and pull["merged_at"] else "draft" if pull and pull["draft"] else issue["state"]
    ticks = latest(v.tx, repo, pull["head_sha"]) if pull else []
    return {
        **issue,
        "shown_state": state,
        "author": get(v.tx, db.accounts, id=issue["author_id"])["login"],
        "labels": [{**row, "ink": _ink(row["color"])} for row in payloads.labels_of(v, issue)],
        "pull": pull,
        "combined": combine(ticks) if ticks else "",
    }


def _ink(color: str) -> str:
    """Black or white, whichever reads better on the colour (luminance by Rec. 601)."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (0, 2, 4))
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


async def _repository(visit: Visit) -> str:
    heads = {ref.removeprefix("refs/heads/"): sha for ref, sha in (await visit.git.refs("refs/heads")).items()}
    tags = [ref.removeprefix("refs/tags/") for ref in await visit.git.refs("refs/tags")]
    with visit.forge.tx() as tx:
        labels = many(tx, db.labels, order=db.labels.c.name, repo_id=visit.repo["id"])
    chips = [{**row, "ink": _ink(row["color"])} for row in labels]
    pulls, issues = _threads(visit, True, "open"), _threads(visit, False, "open")
    readme = await _readme(visit)
    return visit.page(
        "repository.html", heads=heads, tags=tags, labels=chips, pulls=pulls, issues=issues, readme=readme
    )


async def _readme(visit: Visit) -> str:
    tip = await visit.git.resolve(visit.repo["default_branch"])
    for file in ("README.md", "README.rst", "README", "README.txt"):
        found = await visit.git.entry(tip, file) if tip else None
        if found:
            text = (await visit.git.blob(found[1])).decode(errors="replace")
            return "\n".join(text.splitlines()[:README_LINES])
    return ""


async def _pulls(visit: Visit) -> str:
    state = visit.request.query.get("state", "open")
    return visit.page(
        "threads.html", kind="pull", title="Pull requests", state=state, rows=_threads(visit, True, state)
    )


async def _issues(visit: Visit) -> str:
    state = visit.request.query.get("state", "open")
    return visit.page("threads.html", kind="issues", title="Issues", state=state, rows=_threads(visit, False, state))


def _numbered(visit: Visit, is_pull: bool) -> Json:
    number = int(visit["number"]) if visit["number"].isdigit() else 0
    with visit.forge.tx() as tx:
        issue = one(tx, db.issues, repo_id=visit.repo["id"], number=number, is_pull=is_pull)
        if issue is None:
            raise KeyError(f"{'pull request' if is_pull else 'issue'} {visit['number']}")
        return _thread(View(tx, visit.forge.web), visit.repo, issue)


def _story(visit: Visit, issue: Json, commits: Sequence[Commit] = ()) -> list[Json]:
    """Comments, reviews, commits and what was done, in the order of their times."""
    with visit.forge.tx() as tx:
        names = {row["id"]: row["login"] for row in many(tx, db.accounts)}
        key = {"issue_id": issue["id"]}
        said = [{**row, "kind": "comment", "at": row["created_at"]} for row in many(tx, db.comments, **key)]
        judged = [
            {**row, "kind": "review", "at": row["submitted_at"]}
            for row in many(tx, db.reviews, **key)
            if row["state"] != "PENDING"
        ]
        done = [{**row, "kind": "event", "at": row["created_at"]} for row in many(tx, db.timeline, **key)]
    made = [{"kind": "commit", "at": stamp_text(c.committer.date), "commit": c, "who": c.author.name} for c in commits]
    for row in [*said, *judged, *done]:
        row["who"] = names[row.get("author_id") or row["actor_id"]]
    return sorted([*made, *said, *judged, *done], key=lambda row: row["at"])


async def _pull(visit: Visit) -> str:
    issue = _numbered(visit, True)
    pull = issue["pull"]
    commits = list(reversed(await visit.git.log(pull["head_sha"], f"^{pull['base_sha']}")))
    fork_point = await visit.git.merge_base(pull["base_sha"], pull["head_sha"])
    files = await visit.git.diff(fork_point or pull["base_sha"], pull["head_sha"])
    return visit.page(
        "thread.html",
        issue=issue,
        story=_story(visit, issue, commits),
        files=files,
        statuses=_statuses(visit, pull["head_sha"]),
    )


def _statuses(visit: Visit, sha: str) -> list[Row]:
    with visit.forge.tx() as tx:
        return sorted(latest(tx, visit.repo, sha), key=lambda row: str(row["context"]))


async def _issue(visit: Visit) -> str:
    issue = _numbered(visit, False)
    return visit.page("thread.html", issue=issue, story=_story(visit, issue), files=[], statuses=[])


async def _raw_pull(visit: Visit) -> bytes:
    """A pull request as `diff` or, commit by commit, as `git am` takes it."""
    pull = _numbered(visit, True)["pull"]
    base, head = pull["base_sha"], pull["head_sha"]
    if visit["form"] == "patch":
        return (await visit.git.run("format-patch", "--stdout", f"{base}..{head}"))[1]
    return (await visit.git.run("diff", f"{base}...{head}"))[1]


async def _raw_file(visit: Visit) -> bytes:
    commit = await visit.git.resolve(visit["ref"])
    found = await visit.git.entry(commit, visit["path"]) if commit else None
    if found is None or found[0] != "blob":
        raise KeyError(f"file {visit['path']}")
    return await visit.git.blob(found[1])


async def _commits(visit: Visit) -> str:
    tip = await visit.git.resolve(visit["branch"])
    if tip is None:
        raise KeyError(f"branch {visit['branch']}")
    found = await visit.git.log(tip, count=COMMITS_SHOWN)
    ticks = {commit.sha: _statuses(visit, commit.sha) for commit in found}
    rows = [(commit, combine(ticks[commit.sha]) if ticks[commit.sha] else "") for commit in found]
    return visit.page("commits.html", branch=visit["branch"], rows=rows)


async def _commit(visit: Visit) -> str:
    sha = await visit.git.resolve(visit["sha"])
    if sha is None:
        raise KeyError(f"commit {visit['sha']}")
    commit = await visit.git.commit(sha)
    files = await visit.git.diff(commit.parents[0] if commit.parents else EMPTY_TREE, sha)
    return visit.page("commit.html", commit=commit, files=files, statuses=_statuses(visit, sha))


async def _hooks(visit: Visit) -> str:
    with visit.forge.tx() as tx:
        order = db.deliveries.c.id.desc()
        rows = many(tx, db.deliveries, order=order, limit=DELIVERIES_SHOWN, repo_id=visit.repo["id"])
    return visit.page("deliveries.html", rows=rows)


PAGES: dict[str, Page] = {
    "": _repository,
    "/pulls": _pulls,
    "/issues": _issues,
    "/pull/{number}": _pull,
    "/issues/{number}": _issue,
    "/commits/{branch:.+}": _commits,
    "/tree/{branch:.+}": _commits,
    "/commit/{sha}": _commit,
    "/settings/hooks": _hooks,
}
