"""Logging in at the forge, and what the started master then takes from whom over its REST interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from tests.bots_world import CLIENT_ID, CLIENT_SECRET, REPOSITORY, running_forge, seed
from tests.farm_world import Farm

ADA, TRIAGER, CORE, MANAGER = "ada", "triager", "core-dev", "release-manager"


class FarmWithLogin(Farm):
    """A farm whose people log in at a forge."""

    forge: dict[str, str] = {}

    @property
    def environ(self) -> dict[str, str]:
        client = {"GITHUB_CLIENT_ID": CLIENT_ID, "GITHUB_CLIENT_SECRET": CLIENT_SECRET, "GITHUB_REPOSITORY": REPOSITORY}
        return {**super().environ, **self.forge, **client}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.web}"

    @asynccontextmanager
    async def browser(self, login: str = "") -> AsyncIterator[aiohttp.ClientSession]:
        """Of a person who went through the login; without a name, of somebody who did not."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            if login:
                async with browser.get(f"{self.address}/auth/login", allow_redirects=False) as answer:
                    asked = urlsplit(answer.headers["Location"])
                proof = {"login": login, "token": f"token-{login}", "decision": "authorize"}
                form = {**dict(parse_qsl(asked.query)), **proof}
                page = f"{asked.scheme}://{asked.netloc}{asked.path}"
                async with browser.post(page, data=form, allow_redirects=False) as answer:
                    back = answer.headers["Location"]
                async with browser.get(back, allow_redirects=False) as answer:
                    assert answer.status == 302, await answer.text()
            yield browser

    async def may(self, login: str, path: str, order: str, **how: Any) -> bool:
        """Whether the master takes the order. Raises AssertionError for any other answer than yes and no."""
        call = {"jsonrpc": "2.0", "method": order, "params": how, "id": 1}
        async with (
            self.browser(login) as browser,
            browser.post(f"{self.address}/api/v2/{path}", json=call) as answer,
        ):
            assert answer.status in (200, 403), await answer.text()
            return answer.status == 200


def with_farm(given: dict[str, Any]) -> dict[str, Any]:
    """The seed of a forge that knows the farm's address for logins, and a team of release managers."""
    teams = given["organizations"][0]["teams"]
    teams.append({"slug": "release-managers", "members": [MANAGER]})
    given["apps"][0]["callback_urls"] = ["http://127.0.0.1/auth/login"]
    return given


@pytest.mark.row("A8")
async def test_the_farms_pages_take_orders_from_those_who_may_and_from_nobody_else(tmp_path: Path) -> None:
    with running_forge(tmp_path) as forge:
        forge.seed(with_farm(seed()))
        farm = FarmWithLogin(tmp_path)
        farm.forge = {name: value for name, value in forge.environment().items() if name.startswith("GITHUB_")}
        try:
            await farm._start("master")
            (worker,) = farm.get("workers")["workers"]
            pause = f"workers/{worker['workerid']}", "pause"
            (night,) = [each for each in farm.get("schedulers")["schedulers"] if each["name"] == "nightly-main"]
            enable = f"schedulers/{night['schedulerid']}", "enable"
            force = "forceschedulers/force-main", "force"
            (debug,) = [each["builderid"] for each in farm.get("builders")["builders"] if each["name"] == "debug 1.3"]

            assert {who: await farm.may(who, *force, builderid=debug) for who in ("", ADA, TRIAGER, CORE)} == {
                "": False, ADA: False, TRIAGER: True, CORE: True,
            }  # fmt: skip
            asked = farm.get("buildrequests")["buildrequests"]
            assert [each["builderid"] for each in asked] == [debug, debug], "one each, and what was refused has none"
            waiting = [f"buildrequests/{each['buildrequestid']}" for each in farm.get("buildrequests")["buildrequests"]]
            assert not await farm.may(ADA, waiting[0], "cancel")
            assert await farm.may(TRIAGER, waiting[0], "cancel")
            # the worker `local` belongs to core-dev
            assert {who: await farm.may(who, *pause) for who in ("", TRIAGER, MANAGER, CORE)} == {
                "": False, TRIAGER: False, MANAGER: False, CORE: True,
            }  # fmt: skip
            assert {who: await farm.may(who, *enable, enabled=False) for who in (ADA, CORE, MANAGER)} == {
                ADA: False, CORE: False, MANAGER: True,
            }  # fmt: skip
        finally:
            await farm.stop()
            farm.engine.dispose()
