"""Who may do what on the farm's pages: a truth table, put to Buildbot's own authorization and to its REST interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from buildbot.www.authz.authz import Forbidden
from twisted.internet import defer

from buildmaster.roles import MAY, ORDERS, Action, Role, Roles, authz
from tests.bots_facts import rabbit

pytestmark = pytest.mark.row("A8")

WORKERS = {"local": "core-dev", "far": "bob", "teams": "triage"}  # worker -> owner
PEOPLE = {  # login -> teams
    "root": [],
    "core-dev": ["core"],
    "triager": ["triage"],
    "release-manager": ["release-managers"],
    "bob": [],
    "ada": [],
    "": [],  # nobody is logged in
}
F, S, R, C, P, E = Action.FORCE, Action.STOP, Action.REBUILD, Action.CANCEL, Action.PAUSE, Action.ENABLE

# What each may do to the worker `far`, which is bob's, to a build that ran there, and to what belongs to no worker.
# fmt: off
TABLE = {
    "root":            {F, S, R, C, P, E},
    "core-dev":        {F, S, R, C},
    "triager":         {F, S, R, C},
    "release-manager": {F, S, R, C, E},
    "bob":             {S, R, P},
    "ada":             set(),
    "":                set(),
}
# fmt: on


@dataclass(frozen=True)
class Endpoint:
    """One thing of Buildbot's data, by name of its class."""

    thing: Mapping[str, Any]

    def get(self, _spec: object, _place: object) -> Any:
        return defer.succeed(self.thing)


ENDPOINTS = {
    name: type(name, (Endpoint,), {})
    for name in (
        "ForceSchedulerEndpoint",
        "BuildEndpoint",
        "BuildRequestEndpoint",
        "WorkerEndpoint",
        "SchedulerEndpoint",
    )
}


@dataclass(frozen=True)
class Data:
    """What Buildbot's data connector answers for paths like `BuildEndpoint/far`: builds and workers of that worker."""

    names: tuple[str, ...] = tuple(WORKERS)

    def getEndpoint(self, path: str) -> tuple[Endpoint, dict[str, Any]]:  # noqa: N802 (Buildbot's name)
        kind, _, worker = path.partition("/")
        number = self.names.index(worker)
        thing = {"name": worker, "workerid": number} if kind == "WorkerEndpoint" else {"workerid": number}
        return ENDPOINTS[kind](thing), {}

    def get(self, path: tuple[str, int]) -> Any:
        return defer.succeed({"name": self.names[path[1]], "workerid": path[1]})


@dataclass(frozen=True)
class Master:
    data: Data = Data()


def allowed(login: str, path: str, order: str) -> bool:
    rules = authz(Roles(rabbit().teams, frozenset({"root"}), WORKERS))
    rules.setMaster(Master())
    user = {"username": login, "groups": PEOPLE[login]} if login else {"anonymous": True}
    answers: list[bool] = []
    asked = rules.assertUserAllowed(path, order, {}, user)
    asked.addCallbacks(lambda _: answers.append(True), lambda why: answers.append(not why.trap(Forbidden)))
    return answers == [True]


def orders() -> Iterator[tuple[Action, str, str]]:
    for action, places in ORDERS.items():
        for endpoint, order in places:
            yield action, endpoint, order


@pytest.mark.parametrize("login", TABLE)
def test_each_may_do_what_the_table_says_and_no_more(login: str) -> None:
    found = {(action, order) for action, endpoint, order in orders() if allowed(login, f"{endpoint}/far", order)}
    assert found == {(action, order) for action, _, order in orders() if action in TABLE[login]}


@pytest.mark.parametrize("login", TABLE)
def test_everybody_may_look(login: str) -> None:
    assert all(allowed(login, f"{endpoint}/far", "get") for endpoint in ENDPOINTS)


def test_an_owner_has_a_say_about_their_own_worker_alone() -> None:
    assert allowed("bob", "WorkerEndpoint/far", "pause") and allowed("bob", "BuildEndpoint/far", "stop")
    assert not allowed("bob", "WorkerEndpoint/local", "pause")
    assert not allowed("bob", "BuildEndpoint/local", "stop")
    assert allowed("triager", "WorkerEndpoint/teams", "kill"), "a worker may belong to a team"
    assert allowed("core-dev", "WorkerEndpoint/local", "stop") and not allowed("core-dev", "WorkerEndpoint/far", "stop")


@pytest.mark.parametrize("login", TABLE)
def test_an_order_that_no_row_knows_is_for_admins(login: str) -> None:
    assert allowed(login, "BuildEndpoint/far", "explode") is (login == "root")


def test_every_action_has_its_row_and_its_orders() -> None:
    assert set(MAY) == set(ORDERS) == set(Action)
    assert all(Role.ADMIN in roles for roles in MAY.values())
