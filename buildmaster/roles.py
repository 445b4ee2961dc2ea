"""Who may do what on the farm's own pages: one table, and Buildbot's rules made from it.

Roles come from the forge's teams at login, admins from the settings, and owners from the inventory: whoever a worker
belongs to may pause it, and stop what it runs. Everybody may look. Source: master/custom/auth.py of
python/buildmaster-config, where queued builds, and workers, can be touched by admins alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from buildbot.plugins import util
from buildbot.www.authz.endpointmatchers import EndpointMatcherBase, Match
from buildbot.www.authz.roles import RolesFromBase
from twisted.internet import defer

from buildmaster.inventory import Worker
from core.settings import Settings, Teams


class Role(StrEnum):
    """As whom somebody acts. OWNER: of the worker that is acted upon."""

    ADMIN = "admin"
    CORE = "core"
    TRIAGE = "triage"
    MANAGER = "release-manager"
    OWNER = "owner"


class Action(StrEnum):
    FORCE = "force"  # a build
    STOP = "stop"  # a build that runs
    REBUILD = "rebuild"  # one that has ended
    CANCEL = "cancel"  # one that waits
    PAUSE = "pause"  # a worker; also to let it go on, or to shut it down
    ENABLE = "enable"  # a scheduler, or disable it


BUILDS = frozenset({Role.ADMIN, Role.CORE, Role.TRIAGE, Role.MANAGER})

# fmt: off
MAY: dict[Action, frozenset[Role]] = {
    Action.FORCE:   BUILDS,
    Action.STOP:    BUILDS | {Role.OWNER},
    Action.REBUILD: BUILDS | {Role.OWNER},
    Action.CANCEL:  BUILDS,
    Action.PAUSE:   frozenset({Role.ADMIN, Role.OWNER}),
    Action.ENABLE:  frozenset({Role.ADMIN, Role.MANAGER}),
}

# Buildbot's endpoints and the orders that they take.
ORDERS: dict[Action, tuple[tuple[str, str], ...]] = {
    Action.FORCE:   (("ForceSchedulerEndpoint", "force"),),
    Action.STOP:    (("BuildEndpoint", "stop"),),
    Action.REBUILD: (("BuildEndpoint", "rebuild"),),
    Action.CANCEL:  (("BuildRequestEndpoint", "cancel"), ("BuildRequestEndpoint", "set_priority")),
    Action.PAUSE:   tuple(("WorkerEndpoint", order) for order in ("pause", "unpause", "stop", "kill")),
    Action.ENABLE:  (("SchedulerEndpoint", "enable"),),
}
# fmt: on


def of_worker(name: str) -> str:
    """The role of whoever owns this worker."""
    return f"{Role.OWNER} of {name}"


@dataclass(frozen=True)
class Roles:
    """What the roles of a person follow from. `owners`: login, or the slug of a team, of each worker."""

    teams: Teams
    admins: frozenset[str]
    owners: Mapping[str, str]

    def of(self, login: str, groups: Sequence[str]) -> set[str]:
        """`groups` are the slugs of the teams that the forge said `login` is in."""
        by_team = {
            self.teams.core: Role.CORE,
            self.teams.triage: Role.TRIAGE,
            self.teams.release_managers: Role.MANAGER,
        }
        found = {str(by_team[group]) for group in groups if group in by_team}
        found |= {of_worker(worker) for worker, owner in self.owners.items() if owner in (login, *groups)}
        return found | ({str(Role.ADMIN)} if login in self.admins else set())


class FromLogin(RolesFromBase):  # type: ignore[misc]  # Buildbot has no types
    """Buildbot asks this for the roles of whoever is logged in; nobody else has any."""

    def __init__(self, roles: Roles) -> None:
        super().__init__()
        self.roles = roles

    def getRolesFromUser(self, userDetails: Mapping[str, Any]) -> list[str]:  # noqa: N802, N803 (Buildbot's names)
        login = userDetails.get("username")
        return sorted(self.roles.of(login, userDetails.get("groups") or ())) if login else []


class Rule(EndpointMatcherBase):  # type: ignore[misc]  # Buildbot has no types
    """One action, of these roles; with `worker`, on that worker or on a build that it ran."""

    def __init__(self, action: Action, roles: Sequence[str], worker: str = "", last: bool = False) -> None:
        super().__init__(role=" or ".join(roles), defaultDeny=last)
        self.action, self.worker = action, worker
        for endpoint, order in ORDERS[action]:
            setattr(self, f"match_{endpoint}_{order}", self._matched)

    @defer.inlineCallbacks  # type: ignore[untyped-decorator]
    def _matched(self, endpoint: Any, place: Mapping[str, Any], _options: Mapping[str, Any]) -> Any:
        if not self.worker:
            return Match(self.master)
        thing = yield endpoint.get({}, place)
        if thing and "workerid" in thing and self.action is not Action.PAUSE:
            thing = yield self.master.data.get(("workers", thing["workerid"]))
        return Match(self.master) if thing and thing["name"] == self.worker else None


def authz(roles: Roles) -> util.Authz:
    """Buildbot's own authorization, from the table. What no row names is for admins."""
    rules: list[Any] = [util.AnyEndpointMatcher(role=str(Role.ADMIN), defaultDeny=False)]
    for action, allowed in MAY.items():
        if Role.OWNER in allowed:
            rules += [Rule(action, [of_worker(worker)], worker) for worker in roles.owners]
        rules.append(Rule(action, [str(role) for role in Role if role in allowed], last=True))
    rules.append(util.AnyControlEndpointMatcher(role=str(Role.ADMIN)))
    return util.Authz(allowRules=rules, roleMatchers=[FromLogin(roles)], stringsMatcher=_is_one_of)


def _is_one_of(role: str, wanted: str) -> bool:
    return role in wanted.split(" or ")


class ForgeAuth(util.GitHubAuth):  # type: ignore[misc]  # Buildbot has no types
    """Logging in at the forge of the settings; the teams that matter are asked for one by one, as the person."""

    def __init__(self, settings: Settings) -> None:
        github, self.teams = settings.github, settings.teams
        super().__init__(github.client_id, github.client_secret.get_secret_value())
        self.resourceEndpoint = github.api_url.rstrip("/")
        self.authUri = f"{github.web_url.rstrip('/')}/login/oauth/authorize"
        self.tokenUri = f"{github.web_url.rstrip('/')}/login/oauth/access_token"

    def getUserInfoFromOAuthClient(self, c: Any) -> dict[str, Any]:  # noqa: N802 (Buildbot's name)
        person = self.get(c, "/user")
        login = person["login"]
        slugs = (self.teams.core, self.teams.triage, self.teams.release_managers)
        groups = [slug for slug in dict.fromkeys(slugs) if self._is_in(c, slug, login)]
        return {"full_name": person.get("name") or login, "email": login, "username": login, "groups": groups}

    def _is_in(self, c: Any, slug: str, login: str) -> bool:
        """Whoever is not in the organization is told 403, who is not in the team 404."""
        path = f"/orgs/{self.teams.organization}/teams/{slug}/memberships/{login}"
        answer = c.get(f"{self.resourceEndpoint}{path}", timeout=30)
        return bool(answer.status_code == 200 and answer.json().get("state") == "active")


def www(settings: Settings, workers: Sequence[Worker]) -> dict[str, Any]:
    """The part of Buildbot's `www` that says who may do what. Without a client nobody can log in, and all may look."""
    roles = Roles(settings.teams, frozenset(settings.farm.admins), {each.name: each.owner for each in workers})
    return {"authz": authz(roles), **({"auth": ForgeAuth(settings)} if settings.github.client_id else {})}
