"""Git over smart HTTP: `git http-backend` does the protocol, this bridges it to the network by streaming.

Reading is open (private repositories ask for a token); pushing needs one. After a push, what moved is announced before
the last byte leaves: once `git push` returns, the events are queued and the pull requests are up to date.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from sqlalchemy import Connection

from forge.local import auth, db, rights
from forge.local.api import FORGE, find_repo
from forge.local.db import Row, add, get
from forge.local.gitrepo import environment
from forge.local.moves import announce
from forge.local.rights import Actor
from forge.local.state import Forge

CHUNK = 65536
PATTERN = "/{owner}/{repo}/{tail:info/refs|git-upload-pack|git-receive-pack}"


async def serve(request: web.Request) -> web.StreamResponse:
    forge, service = request.app[FORGE], _service(request)
    try:
        actor = auth.actor(forge, request.headers.get("Authorization", ""))
    except auth.BadCredentials:
        return _ask("Bad credentials")
    if service not in ("git-upload-pack", "git-receive-pack"):
        return web.Response(status=403, text="This forge speaks the smart protocol only: use git 1.6.6 or later\n")
    with forge.tx() as tx:
        repo = find_repo(tx, request.match_info["owner"], request.match_info["repo"].removesuffix(".git"))
        refusal = _refuse(tx, repo, actor, service)
    if refusal is not None or repo is None:
        return refusal or web.Response(status=404, text="Repository not found.\n")
    if request.method == "POST" and service == "git-receive-pack" and actor is not None:
        return await _push(forge, request, repo, actor)
    return await _backend(forge, request, repo, actor)


def _service(request: web.Request) -> str:
    tail = request.match_info["tail"]
    return request.query.get("service", "") if tail == "info/refs" else tail


def _ask(said: str) -> web.Response:
    return web.Response(status=401, text=f"{said}\n", headers={"WWW-Authenticate": 'Basic realm="GitHub"'})


def _refuse(tx: Connection, repo: Row | None, actor: Actor | None, service: str) -> web.Response | None:
    if repo is None or not rights.may(tx, actor, repo, "read"):
        return (
            _ask("Repository not found.") if actor is None else web.Response(status=404, text="Repository not found.\n")
        )
    if service == "git-upload-pack":
        return None
    if actor is None:
        return _ask("Authentication required")
    may = rights.may(tx, actor, repo, "write")
    if may and actor.installation_id:
        may = rights.app_may(tx, actor, repo, "contents")
    owner = get(tx, db.accounts, id=repo["owner_id"])["login"]
    said = f"Permission to {owner}/{repo['name']}.git denied to {actor.login}.\n"
    return None if may else web.Response(status=403, text=said)


async def _push(forge: Forge, request: web.Request, repo: Row, actor: Actor) -> web.StreamResponse:
    async with forge.locks[repo["id"]]:
        with forge.tx() as tx:
            add(tx, db.pushes, repo_id=repo["id"], account_id=actor.id)
        response: web.StreamResponse | None = None
        try:
            response = await _backend(forge, request, repo, actor, finish=False)
        finally:  # whatever becomes of the client, what moved is told
            await announce(forge, repo, actor.id)
        await response.write_eof()
        return response


async def _backend(
    forge: Forge, request: web.Request, repo: Row, actor: Actor | None, finish: bool = True
) -> web.StreamResponse:
    async with _process(forge, request, repo, actor) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("git http-backend was started without pipes")
        feeding = asyncio.create_task(_feed(request, process.stdin))
        response = await _head(process.stdout)
        await response.prepare(request)
        try:
            while chunk := await process.stdout.read(CHUNK):
                await response.write(chunk)
        except ConnectionError:
            await process.stdout.read()  # the client went; git still has to finish
        await feeding
        await process.wait()
    if finish:
        await response.write_eof()
    return response


@asynccontextmanager
async def _process(
    forge: Forge, request: web.Request, repo: Row, actor: Actor | None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The CGI process; it does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment(_cgi(forge, request, repo, actor)),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _cgi(forge: Forge, request: web.Request, repo: Row, actor: Actor | None) -> dict[str, str]:
    """No CONTENT_LENGTH: git (2.39) reads for ever, at full speed, where a body ends before it is that long."""
    with forge.tx() as tx:
        owner = get(tx, db.accounts, id=repo["owner_id"])["login"]
    given = {
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REMOTE_USER": actor.login if actor else "",
    }
    return {
        "GIT_PROJECT_ROOT": str(forge.data / "repos"),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{owner}/{repo['name']}.git/{request.match_info['tail']}",
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "REMOTE_ADDR": request.remote or "",
        **{name: value for name, value in given.items() if value},
    }


async def _feed(request: web.Request, stdin: asyncio.StreamWriter) -> None:
    """The request's body, as it comes (compressed or not), into git. A side that goes away ends it."""
    try:
        async for chunk in request.content.iter_chunked(CHUNK):
            stdin.write(chunk)
            await stdin.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        return
    finally:
        stdin.close()


async def _head(stdout: asyncio.StreamReader) -> web.StreamResponse:
    """CGI's header lines as the beginning of an HTTP answer."""
    status, headers = 200, {}
    while line := (await stdout.readline()).decode().strip():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value.strip()
    return web.StreamResponse(status=status if headers or status != 200 else 500, headers=headers)
