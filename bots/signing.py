"""The page where people read, sign and revoke the contributor agreement. A signature is a row that is never changed.

Who signs is who logged in with GitHub; what is signed for is the addresses that GitHub verified. Where nobody can log
in (no client id is set, as on a forge of one's own machine), a token of the person's own shows who it is instead.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import aiohttp_session
from aiohttp import web
from aiohttp_session.cookie_storage import EncryptedCookieStorage
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core import records
from core.records import Signature
from core.settings import Settings, SettingsError
from core.store import Store, now, text
from core.writer import Writer
from forge.errors import GitHubError
from forge.github import GitHub
from forge.login import Attempt, Login

HERE = Path(__file__).parent
LONGEST_TOKEN = 1000
LOGGED_IN_S = 3600
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Account = dict[str, Any]


class Signing:
    """Everything below `/cla`. `wake` is told when somebody signed or revoked."""

    def __init__(
        self, store: Store, writer: Writer, settings: Settings, github: GitHub, wake: Callable[[], None]
    ) -> None:
        self._store, self._settings, self._github, self._wake = store, settings, github, wake
        self._write = writer.do
        self._text = agreement(settings.cla.document)
        self._login = Login(settings.github, github, f"{settings.bots.address}/cla/back")
        self._pages = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    def app(self) -> web.Application:
        """The pages with their encrypted cookies; the front door for webhooks has none."""
        app = web.Application()
        secure = self._settings.bots.address.startswith("https:")
        storage = EncryptedCookieStorage(
            _cookie_key(self._settings), cookie_name="camelot_cla", max_age=LOGGED_IN_S, httponly=True, secure=secure,
            samesite="Lax",
        )  # fmt: skip
        aiohttp_session.setup(app, storage)
        app.add_routes(
            [
                web.get("", self.show),
                web.get("/login", self.login),
                web.get("/back", self.back),
                web.post("/sign", self.sign),
                web.post("/revoke", self.revoke),
                web.post("/logout", self.logout),
            ]
        )
        return app

    # --- who is it? ---

    async def login(self, request: web.Request) -> web.Response:
        """Off to GitHub."""
        if not self._login.possible:
            return self._refuse(404, "Nobody can log in here: no client id of the App is set.")
        address, attempt = self._login.begin()
        session = await aiohttp_session.new_session(request)
        session["attempt"] = asdict(attempt)
        return web.Response(status=302, headers={"Location": address})

    async def back(self, request: web.Request) -> web.Response:
        """Back from GitHub, with a code or a refusal."""
        session = await aiohttp_session.get_session(request)
        attempt = session.pop("attempt", None)
        if not isinstance(attempt, dict):
            return self._refuse(403, "You are not logged in: please begin at the agreement's page.")
        try:
            account = await self._login.finish(str(request.url), Attempt(**attempt))
        except GitHubError:
            return self._refuse(
                503, "You are not logged in: the forge does not answer just now. Please try again soon."
            )
        if account is None or account.get("type") == "Bot":
            return self._refuse(403, "You are not logged in: the forge did not say who you are. Please try again.")
        session = await aiohttp_session.new_session(request)
        session["account"] = {name: account[name] for name in ("id", "login", "addresses")}
        session["form"] = secrets.token_urlsafe(24)
        return web.Response(status=302, headers={"Location": f"{self._settings.bots.address}/cla"})

    async def logout(self, request: web.Request) -> web.Response:
        (await aiohttp_session.get_session(request)).invalidate()
        return web.Response(status=302, headers={"Location": f"{self._settings.bots.address}/cla"})

    async def _who(self, request: web.Request) -> Account | web.Response:
        """The account that a form comes from, or why it does not count."""
        form = await request.post()
        if self._login.possible:
            session = await aiohttp_session.get_session(request)
            account, known = session.get("account"), str(session.get("form") or "")
            if not isinstance(account, dict) or not known:
                return self._refuse(403, "Nothing is signed: please log in first.")
            if not hmac.compare_digest(known.encode(), str(form.get("form") or "").encode()):
                return self._refuse(403, "Nothing is signed: this form is not from our page. Please try again.")
            return account
        token = form.get("token")
        if not isinstance(token, str) or not token.strip() or len(token) > LONGEST_TOKEN or not token.isascii():
            return self._refuse(400, "Nothing is signed: paste a token of your account, so that we know who you are.")
        try:
            found = await self._github.who_is(token.strip())
        except GitHubError:
            return self._refuse(503, "Nothing is signed: the forge does not answer just now. Please try again soon.")
        if found is None or found.get("type") == "Bot":
            return self._refuse(403, "Nothing is signed: the forge knows no person by this token. Make a new one.")
        return found

    # --- the agreement ---

    async def show(self, request: web.Request) -> web.Response:
        """The text, and the way to sign it."""
        session = await aiohttp_session.get_session(request)
        account = session.get("account")
        mine = await asyncio.to_thread(self._signatures_of, account["id"]) if account else []
        return self._page(
            "cla.html",
            "Contributor agreement",
            text=self._text,
            web_url=self._settings.github.web_url,
            here=f"{self._settings.bots.address}/cla",
            possible=self._login.possible,
            account=account,
            form=session.get("form", ""),
            signed=mine,
        )

    def _signatures_of(self, account: int) -> list[Signature]:
        known = records.in_force(self._store.engine, self._settings.cla.document)
        return [signature for signature in known if signature.account_id == account]

    async def sign(self, request: web.Request) -> web.Response:
        """Form fields `agree` (yes) and what shows who it is: `form` after a login, else `token`."""
        if (await request.post()).get("agree") != "yes":
            return self._refuse(400, "Nothing is signed: tick the box to say that you agree.")
        account = await self._who(request)
        if isinstance(account, web.Response):
            return account
        await self._write(self._record, account)
        self._wake()
        waiting = await asyncio.to_thread(self._waiting)
        repository = f"{self._settings.github.web_url}/{self._settings.github.repository}"
        names = {"login": account["login"], "document": self._settings.cla.document, "addresses": account["addresses"]}
        return self._page("signed.html", "Signed", pulls=waiting, repository=repository, **names)

    def _record(self, account: Account) -> None:
        """One row an address, and the delivery that has waiting pull requests looked at again."""
        at = text(now())
        new = Signature(account["id"], account["login"], "", self._settings.cla.document, self._digest, False, at)
        for address in account["addresses"] or [""]:
            records.add_signature(self._store.engine, replace(new, email=address))
        self._tell("cla.signed", account, at)

    async def revoke(self, request: web.Request) -> web.Response:
        """Take every signature of the account back: rows of their own, the old ones stay."""
        account = await self._who(request)
        if isinstance(account, web.Response):
            return account
        taken_back = await self._write(self._take_back, account)
        self._wake()
        return self._page("revoked.html", "Revoked", login=account["login"], addresses=taken_back)

    def _take_back(self, account: Account) -> list[str]:
        at = text(now())
        mine = self._signatures_of(account["id"])
        for signature in mine:
            records.add_signature(self._store.engine, replace(signature, revoked=True, at=at))
        self._tell("cla.revoked", account, at)
        return [signature.email or signature.login for signature in mine]

    def _tell(self, event: str, account: Account, at: str) -> None:
        payload = {"login": account["login"], "id": account["id"]}
        self._store.keep(f"{event}:{account['id']}:{at}", "bots", event, "repository", payload)

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self._text.encode()).hexdigest()

    def _waiting(self) -> list[records.Pull]:
        unsigned = self._settings.labels.cla_unsigned
        return [pull for pull in records.pulls(self._store.engine) if pull.state == "open" and unsigned in pull.labels]

    # --- pages ---

    def _refuse(self, status: int, sentence: str) -> web.Response:
        here = f"{self._settings.bots.address}/cla"
        return self._page("refused.html", "Not signed", status, sentence=sentence, here=here)

    def _page(self, template: str, title: str, status: int = 200, **values: Any) -> web.Response:
        html = self._pages.get_template(template).render(title=title, **values)
        return web.Response(text=html, status=status, content_type="text/html", headers=SAFE)


def _cookie_key(settings: Settings) -> bytes:
    """The same for every process with the same secrets, so that a login holds with each of them and over a restart."""
    secret = settings.github.client_secret.get_secret_value() or settings.github.webhook_secret.get_secret_value()
    return HKDF(SHA256(), 32, None, b"camelot cla session").derive(secret.encode())


def agreement(document: str) -> str:
    """The text to sign. Raises SettingsError when there is none of that name."""
    file = HERE / "agreements" / f"{document}.txt"
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        raise SettingsError(f"cla.document is {document!r}: there is no agreement text {file.name}") from None
