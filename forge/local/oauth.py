"""Logging in through an App, as on GitHub: a page asks the person, a code comes back, the App trades it for a token.

`GET /login/oauth/authorize` shows the page, `POST` of its form answers it, `POST /login/oauth/access_token` is the
trade. The person proves who they are with their login and their personal access token, which stands for a password.
Refusals of the trade are 200 with `error` in the body, as GitHub words them; a code is good once, for ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web
from sqlalchemy import Connection

from forge.local import db, pages
from forge.local.api import FORGE
from forge.local.db import Row, add, drop, get, one
from forge.local.state import Forge, hashed, stamp

CODE_LIFE = timedelta(minutes=10)
LOOPBACK = ("127.0.0.1", "::1", "localhost")
HELP = "https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps"
ASKED = ("client_id", "redirect_uri", "state", "login", "code_challenge", "code_challenge_method")
CREDENTIALS = "The client_id and/or client_secret passed are incorrect."
REDIRECT = "The redirect_uri MUST match the registered callback URL for this application."
CODE = "The code passed is incorrect or expired."
UNSUPPORTED = "The grant_type MUST be authorization_code."


class Mismatch(Exception):
    """The trade is refused: `error` is OAuth's word, the text GitHub's sentence."""

    def __init__(self, error: str, said: str) -> None:
        super().__init__(said)
        self.error = error


def add_routes(app: web.Application) -> None:
    app.router.add_get("/login/oauth/authorize", _ask)
    app.router.add_post("/login/oauth/authorize", _decide)
    app.router.add_post("/login/oauth/access_token", _trade)


def _client(tx: Connection, given: Mapping[str, str]) -> Row | None:
    """The App that `client_id` names, with what a login needs."""
    client = one(tx, db.clients, client_id=given.get("client_id", ""))
    return {**get(tx, db.apps, id=client["app_id"]), **client} if client and client["secret_hash"] else None


def allowed(callbacks: list[str], wanted: str) -> bool:
    """Whether a login may return to `wanted`: a registered address, or below one; on loopback the port is free."""
    try:
        return any(_below(urlsplit(known), urlsplit(wanted)) for known in callbacks)
    except ValueError:  # not an address at all
        return False


def _below(known: SplitResult, wanted: SplitResult) -> bool:
    same_place = (known.scheme, known.hostname) == (wanted.scheme, wanted.hostname)
    same_port = known.port == wanted.port or wanted.hostname in LOOPBACK
    below = wanted.path == known.path or wanted.path.startswith(f"{known.path.rstrip('/')}/")
    return same_place and same_port and below and "/.." not in wanted.path


def _return(address: str, **more: str) -> web.Response:
    """Send the browser back with `more` in the query."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return web.Response(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})


async def _ask(request: web.Request) -> web.Response:
    """The page, or the way back when what the App asks for cannot be."""
    return _checked(request.app[FORGE], request.query) or _page(request, request.query)


def _checked(forge: Forge, asked: Mapping[str, str]) -> web.Response | None:
    """What to answer before the person is asked at all; None when all is in order."""
    with forge.tx() as tx:
        client = _client(tx, asked)
    if client is None or not client["callbacks"]:
        return pages.not_found("There is no App with that client_id that people can log in through.")
    state = {"state": asked["state"]} if asked.get("state") else {}
    wanted = asked.get("redirect_uri", "")
    if wanted and not allowed(client["callbacks"], wanted):
        said = {"error": "redirect_uri_mismatch", "error_description": REDIRECT, "error_uri": HELP}
        return _return(client["callbacks"][0], **said, **state)
    return None


def _page(request: web.Request, asked: Mapping[str, str], said: str = "", status: int = 200) -> web.Response:
    forge = request.app[FORGE]
    with forge.tx() as tx:
        client = _client(tx, asked)
    hidden = {name: asked[name] for name in ASKED if name in asked and name != "login"}
    return pages.show("authorize.html", status, app=client, hidden=hidden, login=asked.get("login", ""), said=said)


async def _decide(request: web.Request) -> web.Response:
    """The person's answer: `login` and `token` prove who it is, `decision` is `authorize` or `cancel`."""
    forge, form = request.app[FORGE], await _form(request)
    refusal = _checked(forge, form)
    if refusal is not None:
        return refusal
    with forge.tx() as tx:
        client = _client(tx, form)
        assert client is not None  # noqa: S101  (checked above)
        back = form.get("redirect_uri") or client["callbacks"][0]
        state = {"state": form["state"]} if form.get("state") else {}
        if form.get("decision") == "cancel":
            said = "The user has denied your application access."
            return _return(back, error="access_denied", error_description=said, error_uri=HELP, **state)
        person = one(tx, db.accounts, login=form.get("login", ""), token_hash=hashed(form.get("token", "")))
        if person is not None:
            return _return(back, code=_code(forge, tx, client, person, form), **state)
    return _page(request, form, "Incorrect login or token.", 401)


def _code(forge: Forge, tx: Connection, client: Row, person: Row, asked: Mapping[str, str]) -> str:
    code = secrets.token_hex(10)
    drop(tx, db.codes, db.codes.c.expires_at <= forge.now())
    add(
        tx,
        db.codes,
        code_hash=hashed(code),
        app_id=client["app_id"],
        account_id=person["id"],
        redirect_uri=asked.get("redirect_uri", ""),
        challenge=asked.get("code_challenge", ""),
        expires_at=stamp(forge.clock() + CODE_LIFE),
    )
    return code


async def _trade(request: web.Request) -> web.Response:
    """A code for a token. The answer is a form unless JSON is asked for."""
    forge, given = request.app[FORGE], {**request.query, **await _form(request)}
    try:
        with forge.tx() as tx:
            said = {"access_token": _token(forge, tx, given), "token_type": "bearer", "scope": ""}
    except Mismatch as error:
        said = {"error": error.error, "error_description": str(error), "error_uri": HELP}
    if "json" in request.headers.get("Accept", ""):
        return web.json_response(said)
    return web.Response(text=urlencode(said), content_type="application/x-www-form-urlencoded")


async def _form(request: web.Request) -> dict[str, str]:
    """The fields of a form, or of a JSON object; what is neither has none."""
    raw = (await request.read()).decode(errors="replace")
    if request.content_type != "application/json":
        return dict(parse_qsl(raw, keep_blank_values=True))
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _token(forge: Forge, tx: Connection, given: Mapping[str, str]) -> str:
    """A new token of the person who gave the code. Raises Mismatch; a wrong secret does not use the code up."""
    client = _client(tx, given)
    if client is None or not hmac.compare_digest(client["secret_hash"], hashed(given.get("client_secret", ""))):
        raise Mismatch("incorrect_client_credentials", CREDENTIALS)
    if given.get("grant_type", "authorization_code") != "authorization_code":
        raise Mismatch("unsupported_grant_type", UNSUPPORTED)
    code = one(tx, db.codes, code_hash=hashed(given.get("code", "")), app_id=client["app_id"])
    if code is None or code["expires_at"] <= forge.now():
        raise Mismatch("bad_verification_code", CODE)
    if given.get("redirect_uri") and given["redirect_uri"] != (code["redirect_uri"] or client["callbacks"][0]):
        raise Mismatch("redirect_uri_mismatch", REDIRECT)
    if code["challenge"] and not _answers(code["challenge"], given.get("code_verifier", "")):
        raise Mismatch("bad_verification_code", CODE)
    drop(tx, db.codes, code_hash=code["code_hash"])
    token = "ghu_" + re.sub(r"[-_]", "x", secrets.token_urlsafe(27))
    add(tx, db.user_tokens, token_hash=hashed(token), app_id=client["app_id"], account_id=code["account_id"])
    return token


def _answers(challenge: str, verifier: str) -> bool:
    """Whether PKCE's verifier is the one that the challenge was made from (S256)."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(challenge, digest)
