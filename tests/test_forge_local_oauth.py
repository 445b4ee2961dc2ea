"""Logging in through an App at the local forge: the page, the way back, the trade, and who may not."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from forge.local.oauth import allowed
from forge.local.process import Running, start
from tests.forge_world import config

CLIENT, CALLBACK = "Iv1.camelot", "http://127.0.0.1:8030/cla/back"
HERE = {"client_id": CLIENT, "redirect_uri": CALLBACK, "state": "s t&te"}


@pytest_asyncio.fixture
async def forge(tmp_path: Path) -> AsyncIterator[Running]:
    seed = config("")
    seed["users"][0]["emails"] = [{"email": "ada@work.example"}, {"email": "ada@old.example", "verified": False}]
    seed["apps"][0] |= {"client_id": CLIENT, "client_secret": "client secret", "callback_urls": [CALLBACK]}
    with start(tmp_path, seed) as running:
        yield running


async def ask(forge: Running, **form: str) -> tuple[int, str, dict[str, list[str]]]:
    """What the page answers to its form: status, where to, and the query there."""
    url = f"{forge.url}/login/oauth/authorize"
    async with aiohttp.ClientSession() as session, session.post(url, data=form, allow_redirects=False) as answer:
        back = answer.headers.get("Location", "")
        return answer.status, back.partition("?")[0], parse_qs(urlsplit(back).query)


async def code(forge: Running, login: str = "ada", **more: str) -> str:
    _, _, query = await ask(forge, **HERE, login=login, token=f"token-{login}", decision="authorize", **more)
    return query["code"][0]


async def trade(forge: Running, **form: str) -> dict[str, Any]:
    sent = {"client_id": CLIENT, "client_secret": "client secret", **form}
    url, headers = f"{forge.url}/login/oauth/access_token", {"Accept": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=sent) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def get(forge: Running, path: str, token: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(forge.api + path) as answer:
        return answer.status, await answer.json()


async def test_who_agrees_is_sent_back_with_a_code_that_buys_a_token_which_knows_the_person(forge: Running) -> None:
    status, back, query = await ask(forge, **HERE, login="ada", token="token-ada", decision="authorize")
    assert (status, back, query["state"]) == (302, CALLBACK, ["s t&te"])
    said = await trade(forge, code=query["code"][0], redirect_uri=CALLBACK)
    assert (said["token_type"], said["access_token"][:4]) == ("bearer", "ghu_")
    status, user = await get(forge, "/user", said["access_token"])
    assert (status, user["login"], user["id"]) == (200, "ada", 1001)
    status, emails = await get(forge, "/user/emails", said["access_token"])
    assert [(e["email"], e["primary"], e["verified"]) for e in emails] == [
        ("ada@example.org", True, True),
        ("ada@old.example", False, False),
        ("ada@work.example", False, True),
    ]


async def test_the_page_names_the_app_and_keeps_what_was_asked(forge: Running) -> None:
    url = f"{forge.url}/login/oauth/authorize"
    async with aiohttp.ClientSession() as session, session.get(url, params={**HERE, "login": "ada"}) as answer:
        page = await answer.text()
    assert answer.status == 200
    assert "camelot asks who you are" in page
    assert 'name="state" value="s t&amp;te"' in page
    assert 'name="login" value="ada"' in page


async def test_a_code_is_good_once_and_only_for_its_app_and_address(forge: Running) -> None:
    bought = await code(forge)
    assert (await trade(forge, code=bought, client_secret="another"))["error"] == "incorrect_client_credentials"
    assert (await trade(forge, code=bought, redirect_uri="http://127.0.0.1:8030/"))["error"] == "redirect_uri_mismatch"
    assert "access_token" in await trade(forge, code=bought)
    assert (await trade(forge, code=bought))["error"] == "bad_verification_code"
    assert (await trade(forge, code="never given"))["error"] == "bad_verification_code"


async def test_a_code_asked_for_with_a_challenge_needs_its_verifier(forge: Running) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"a long verifier").digest()).decode().rstrip("=")
    bought = await code(forge, code_challenge=challenge, code_challenge_method="S256")
    assert (await trade(forge, code=bought))["error"] == "bad_verification_code"
    assert "access_token" in await trade(forge, code=bought, code_verifier="a long verifier")


@pytest.mark.parametrize(
    ("form", "status", "query"),
    [
        ({"token": "token-bob", "decision": "authorize"}, 401, {}),
        ({"decision": "cancel"}, 302, {"error": ["access_denied"], "state": ["s t&te"]}),
        ({"redirect_uri": "http://127.0.0.1:8030/elsewhere"}, 302, {"error": ["redirect_uri_mismatch"]}),
        ({"client_id": "Iv1.nobody"}, 404, {}),
    ],
)
async def test_who_is_wrong_says_no_or_asks_for_too_much_gets_no_code(
    forge: Running, form: dict[str, str], status: int, query: dict[str, list[str]]
) -> None:
    got, back, said = await ask(forge, **{**HERE, "login": "ada", **form})
    assert (got, "code" in said) == (status, False)
    assert back in ("", CALLBACK)
    assert query.items() <= said.items()


async def test_a_token_from_a_login_that_the_app_may_not_see_addresses_with_is_refused_them(tmp_path: Path) -> None:
    seed = config("")
    seed["apps"][0] |= {"client_id": CLIENT, "client_secret": "client secret", "callback_urls": [CALLBACK]}
    seed["apps"][0]["permissions"] = {"contents": "read"}
    with start(tmp_path, seed) as forge:
        token = (await trade(forge, code=await code(forge)))["access_token"]
        assert (await get(forge, "/user/emails", token))[0] == 403
        assert (await get(forge, "/user", token))[0] == 200


@pytest.mark.parametrize(
    ("wanted", "fine"),
    [
        ("https://bots.example.org/cla/back", True),
        ("https://bots.example.org/cla/back/further?x=1", True),
        ("https://bots.example.org/cla/backwards", False),
        ("https://bots.example.org/cla/back/../..", False),
        ("https://bots.example.org:8443/cla/back", False),
        ("http://bots.example.org/cla/back", False),
        ("https://bots.example.org.evil.example/cla/back", False),
        ("http://[nonsense", False),
        ("http://127.0.0.1:9999/cla", True),
    ],
)
def test_a_login_returns_to_a_registered_address_or_below_and_on_loopback_to_any_port(wanted: str, fine: bool) -> None:
    assert allowed(["https://bots.example.org/cla/back", "http://127.0.0.1/cla"], wanted) is fine
