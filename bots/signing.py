"""The page where people read and sign the contributor agreement. A signature is a row that is never changed."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core import records
from core.records import Signature
from core.settings import Settings, SettingsError
from core.store import Store, now, text
from forge.errors import GitHubError
from forge.github import GitHub

HERE = Path(__file__).parent
LONGEST_TOKEN = 1000


class Signing:
    """`GET /cla` and `POST /cla/sign`. `wake` is told when somebody signed."""

    def __init__(self, store: Store, settings: Settings, github: GitHub, wake: Callable[[], None]) -> None:
        self._store, self._settings, self._github, self._wake = store, settings, github, wake
        self._text = _agreement(settings.cla.document)
        self._pages = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    async def show(self, _request: web.Request) -> web.Response:
        """The text, and the form to sign it."""
        web_url = self._settings.github.web_url
        return self._page("cla.html", "Contributor agreement", text=self._text, web_url=web_url)

    async def sign(self, request: web.Request) -> web.Response:
        """Form fields `token` (of the person's own account at the forge) and `agree` (yes)."""
        form = await request.post()
        token = form.get("token")
        if form.get("agree") != "yes":
            return self._refuse(400, "Nothing is signed: tick the box to say that you agree.")
        if not isinstance(token, str) or not token.strip() or len(token) > LONGEST_TOKEN or not token.isascii():
            return self._refuse(400, "Nothing is signed: paste a token of your account, so that we know who you are.")
        try:
            account = await self._github.who_is(token.strip())
        except GitHubError:
            return self._refuse(503, "Nothing is signed: the forge does not answer just now. Please try again soon.")
        if account is None or account.get("type") == "Bot":
            return self._refuse(403, "Nothing is signed: the forge knows no person by this token. Make a new one.")
        return await asyncio.to_thread(self._record, account)

    def _record(self, account: dict[str, Any]) -> web.Response:
        """One row an address, and the delivery that has waiting pull requests looked at again."""
        document, at = self._settings.cla.document, text(now())
        digest = hashlib.sha256(self._text.encode()).hexdigest()
        addresses = account["addresses"]
        for address in addresses or [""]:
            signature = Signature(account["id"], account["login"], address, document, digest, False, at)
            records.add_signature(self._store.engine, signature)
        guid = f"cla:{account['id']}:{at}"
        self._store.keep(guid, "bots", "cla.signed", "repository", {"login": account["login"], "id": account["id"]})
        self._wake()
        waiting = [
            pull
            for pull in records.pulls(self._store.engine)
            if pull.state == "open" and self._settings.labels.cla_unsigned in pull.labels
        ]
        repository = f"{self._settings.github.web_url}/{self._settings.github.repository}"
        names = {"login": account["login"], "document": document, "addresses": addresses}
        return self._page("signed.html", "Signed", pulls=waiting, repository=repository, **names)

    def _refuse(self, status: int, sentence: str) -> web.Response:
        return self._page("refused.html", "Not signed", status, sentence=sentence)

    def _page(self, template: str, title: str, status: int = 200, **values: Any) -> web.Response:
        html = self._pages.get_template(template).render(title=title, **values)
        return web.Response(text=html, status=status, content_type="text/html")


def _agreement(document: str) -> str:
    """The text to sign. Raises SettingsError when there is none of that name."""
    file = HERE / "agreements" / f"{document}.txt"
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        raise SettingsError(f"cla.document is {document!r}: there is no agreement text {file.name}") from None
