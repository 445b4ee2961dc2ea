"""From the Authorization header to who calls: personal tokens, installation tokens, and an App's own signed JWT."""

from __future__ import annotations

import base64
from datetime import timedelta

import jwt
from sqlalchemy import Connection

from forge.local.db import Row, accounts, add, apps, drop, get, installations, one, tokens, user_tokens
from forge.local.rights import Actor
from forge.local.state import Forge, hashed, stamp

TOKEN_LIFE = timedelta(hours=1)
APP_TOKEN = "ghs_"  # noqa: S105  (how an installation token begins, not one)
JWT_LEEWAY_S = 60
JWT_LONGEST_S = 600


class BadCredentials(Exception):
    """The header is there and proves nothing; the text is GitHub's."""


def secret_of(header: str) -> str:
    """The token of an Authorization header; empty without a usable one."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() not in ("basic", "bearer", "token"):
        return ""
    return _password(value) if scheme.lower() == "basic" else value.strip()


def kind_of(header: str) -> str:
    """Who sends this header, by the look of it: app, person or nobody."""
    secret = secret_of(header)
    if secret.startswith(APP_TOKEN) or secret.count(".") == 2:
        return "app"
    return "person" if secret else "nobody"


def actor(forge: Forge, header: str) -> Actor | None:
    """Who sends this Authorization header; None without one. Raises BadCredentials."""
    if not header:
        return None
    secret = secret_of(header)
    if not secret:
        raise BadCredentials("Bad credentials")
    with forge.tx() as tx:
        return _app(forge, tx, secret) if secret.count(".") == 2 else _token(forge, tx, secret)


def _password(value: str) -> str:
    """The token of a Basic header: the password, or the name when the password is empty, as git clients send it."""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:  # no base64, no ASCII, no UTF-8
        return ""
    return name if password in ("", "x-oauth-basic") else password


def _token(forge: Forge, tx: Connection, secret: str) -> Actor:
    person = one(tx, accounts, token_hash=hashed(secret))
    if person is not None:
        return Actor(person["id"], person["login"], person["type"])
    login = one(tx, user_tokens, token_hash=hashed(secret))
    if login is not None:
        person = get(tx, accounts, id=login["account_id"])
        return Actor(person["id"], person["login"], person["type"], via_app_id=login["app_id"])
    token = one(tx, tokens, token_hash=hashed(secret))
    if token is None or token["expires_at"] <= forge.now():
        raise BadCredentials("Bad credentials")
    installation = get(tx, installations, id=token["installation_id"])
    bot = get(tx, accounts, id=get(tx, apps, id=installation["app_id"])["bot_id"])
    return Actor(bot["id"], bot["login"], "Bot", installation["id"])


def _app(forge: Forge, tx: Connection, token: str) -> Actor:
    app = _app_of(tx, token)
    try:
        claims = jwt.decode(
            token,
            app["public_key"],
            algorithms=["RS256"],
            leeway=JWT_LEEWAY_S,
            options={"require": ["iat", "exp", "iss"], "verify_iss": False},
        )
    except jwt.ExpiredSignatureError:
        raise BadCredentials(
            "'Expiration time' claim ('exp') must be a numeric value representing a future time"
        ) from None
    except jwt.InvalidTokenError:
        raise BadCredentials("A JSON web token could not be decoded") from None
    if claims["exp"] - forge.clock().timestamp() > JWT_LONGEST_S + JWT_LEEWAY_S:
        raise BadCredentials("'Expiration time' claim ('exp') is too far in the future")
    bot = get(tx, accounts, id=app["bot_id"])
    return Actor(bot["id"], bot["login"], "Bot", app_id=app["id"])


def _app_of(tx: Connection, token: str) -> Row:
    """The App that the token says it is from; the signature is checked against its key afterwards."""
    try:
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.InvalidTokenError:
        raise BadCredentials("A JSON web token could not be decoded") from None
    app = one(tx, apps, id=int(issuer)) if issuer.isdigit() else None
    if app is None:
        raise BadCredentials("Integration not found")
    return app


def issue_token(forge: Forge, tx: Connection, installation_id: int, secret: str) -> str:
    """Remember a new installation token; the time it ends. Those that have ended are forgotten."""
    drop(tx, tokens, tokens.c.expires_at <= forge.now())
    expires = stamp(forge.clock() + TOKEN_LIFE)
    add(tx, tokens, token_hash=hashed(secret), installation_id=installation_id, expires_at=expires)
    return expires
