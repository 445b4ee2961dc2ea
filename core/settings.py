"""One frozen object of settings: a profile's defaults, then one TOML file, then the environment, then the command line.

A key that nobody reads is an error, never ignored: a typing mistake in a settings file must not switch a rule off.
Secrets print as stars.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from core import branches

PROFILES = Path(__file__).parent / "profiles"
PROFILE_NAMES = ("rabbit", "cpython")


class SettingsError(ValueError):
    """The settings cannot be used; the text says which key, what it holds and what to write."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GitHub(_Section):
    """How GitHub (or the local forge) is reached, and as whom."""

    api_url: str = "https://api.github.com"
    web_url: str = "https://github.com"
    git_url: str = "https://github.com"  # base of git remotes: https, http on loopback, or file
    repository: str = ""  # owner/name
    app_id: str = ""
    app_private_key: SecretStr = SecretStr("")  # PEM text or the path of a file that holds it
    app_slug: str = "camelot"  # the App's login is `<slug>[bot]`
    webhook_secret: SecretStr = SecretStr("")  # several, separated by commas, while a secret is being changed

    client_id: str = ""  # with which people log in at GitHub for us; empty: they cannot
    client_secret: SecretStr = SecretStr("")
    main_branch: str = "main"
    configuration: str = ".github/camelot.toml"  # the repository's own settings, in its main branch
    sweep_s: float = Field(default=60.0, gt=0)  # how often deliveries that GitHub could not make are asked for again
    reconcile_s: float = Field(default=300.0, gt=0)  # how often open pull requests are compared with what we know
    content_gap_s: float = Field(default=1.0, ge=0)  # between two calls that write to people
    content_a_minute: int = Field(default=80, gt=0)  # GitHub's documented limits
    content_an_hour: int = Field(default=500, gt=0)
    dry_run: bool = False  # decide and log everything, change nothing at GitHub

    @property
    def bot_login(self) -> str:
        return f"{self.app_slug}[bot]"

    @property
    def webhook_secrets(self) -> tuple[bytes, ...]:
        """Every secret that a signature may be made with, the newest first."""
        return tuple(
            part.strip().encode() for part in self.webhook_secret.get_secret_value().split(",") if part.strip()
        )

    @property
    def remote(self) -> str:
        """The git remote of the repository."""
        return f"{self.git_url.rstrip('/')}/{self.repository}.git"


class Labels(_Section):
    """The label names that rules read and write."""

    awaiting_review: str
    awaiting_core_review: str
    awaiting_changes: str
    awaiting_change_review: str
    awaiting_merge: str
    backport_prefix: str  # followed by the branch: `needs backport to 1.2`
    skip_news: str
    skip_issue: str
    type_security: str
    docs: str
    tests: str
    do_not_merge: str = "DO-NOT-MERGE"
    invalid: str = "invalid"
    cla_signed: str
    cla_unsigned: str
    copied_prefixes: tuple[str, ...]  # labels that a backport takes over from its original
    backport_declined: str = "backport declined"  # a backport's pull request was closed without a merge
    test_with_buildbots: str = ":hammer: test-with-buildbots"
    test_with_refleak_buildbots: str = ":hammer: test-with-refleak-buildbots"

    @property
    def that_test(self) -> tuple[str, str]:
        """Who puts one of these on a pull request asks for builds of it."""
        return self.test_with_buildbots, self.test_with_refleak_buildbots


class Contexts(_Section):
    """The names of the commit statuses."""

    news: str
    issue_number: str
    maintenance_branch: str
    cla: str
    merge_guard: str = "merge-guard"
    configuration: str = "camelot/configuration"
    build_prefix: str  # followed by the builder's name


class Teams(_Section):
    """Who is who: slugs of teams in the organization."""

    organization: str
    core: str
    triage: str
    release_managers: str


class Stages(_Section):
    """How the stage of a pull request is kept."""

    keep_approval: bool = True  # a push that leaves the change as it was (a rebase, a merge of the base) keeps it
    by_hand: Literal["report", "keep"] = "report"  # a stage label that a person sets: put back and said so, or left


class Backports(_Section):
    """How a pick that conflicts is left to people."""

    conflicts: Literal["comment", "draft"] = "comment"  # nothing is pushed; or a draft with the conflicts marked in it


class PathRule(_Section):
    """Files that match one of `paths` (`*` within a folder, `**` across folders) give a pull request this label."""

    label: str
    paths: tuple[str, ...]
    unless: tuple[str, ...] = ()  # but not files that match one of these


class News(_Section):
    """Where news entries live, and under which headings."""

    directory: str  # Misc/NEWS.d
    sections: tuple[str, ...]
    lowest_issue: int


class Cla(_Section):
    """The contributor agreement."""

    required: bool = True
    document: str = "contributor-agreement-1"
    people: frozenset[Literal["opener", "author", "committer", "co-author"]] = frozenset(
        ("opener", "author", "committer", "co-author")
    )  # who of a pull request has to have signed
    trusted_ids: frozenset[int] = frozenset()  # accounts of programs, by number: names can be imitated


class Keep(_Section):
    """For how many days the results of some builders are kept whole; see core/retention.py."""

    builders: str  # a regular expression on their names
    days: int = Field(ge=1)

    @field_validator("builders")
    @classmethod
    def _readable(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"{text!r} is not a regular expression: {error}") from error
        return text


class Farm(_Section):
    """The Buildbot master and where people see it."""

    web_host: str = "127.0.0.1"
    web_port: int = 8010
    worker_port: int = 9989
    url: str = ""  # as people reach it; empty: made from host and port
    worker_password: SecretStr = SecretStr("")
    worker_certificate: Path | None = (
        None  # certificate and private key in PEM: workers call through TLS; none: they do not
    )
    builders: str = "rabbit"  # which table of builders
    worker_silent_s: float = Field(default=60.0, ge=1)  # nothing heard of its machine for so long: its build is lost
    worker_missing_s: float = Field(default=600.0, gt=0)  # away for so long: its owner is told
    owners: dict[str, str] = Field(default_factory=dict)  # an owner in the inventory -> where mail reaches them
    keep: tuple[Keep, ...] = ()  # the first that fits a builder; the others by the next line
    keep_results_days: int = Field(default=365, ge=1)
    keep_logs_days: int = Field(default=180, ge=1)
    kinds: tuple[str, ...] = ()  # the names of those that are wanted of it; empty: all that it enables
    inventory: Path | None = None  # the table of workers; none: workers/inventory.toml
    quiet_s: float = Field(default=30.0, ge=0)  # a push is built when its branch has been quiet for so long
    quiet_most_s: float = Field(default=300.0, ge=0)  # and after so long at the latest
    refleak_quiet_s: float = Field(default=3600.0, ge=0)  # likewise for the builders that take long
    refleak_most_s: float = Field(default=14400.0, ge=0)
    label_builds: Literal["core", "triage"] = "core"  # whose label is enough to build a fork's pull request
    admins: tuple[str, ...] = ()  # logins that may do everything on the farm's own pages
    known_flakes: str = ""  # rules, one a line: see core/flakes.py

    @field_validator("known_flakes")
    @classmethod
    def _readable(cls, text: str) -> str:
        from core import flakes  # it knows the schema, which settings alone do not need

        flakes.rules(text)
        return text

    @property
    def web_url(self) -> str:
        return (self.url or f"http://{self.web_host}:{self.web_port}").rstrip("/") + "/"


class Web(_Section):
    """A server of ours: where it listens, and how people reach it."""

    host: str = "127.0.0.1"
    port: int
    url: str = ""

    @property
    def address(self) -> str:
        return (self.url or f"http://{self.host}:{self.port}").rstrip("/")


class Operators(_Section):
    """The people who run this."""

    notify_url: str = ""  # takes {"text": ...} by POST, as chats do; empty: the log is all they have


Word = Literal["broken", "mended", "worker"]


class Channel(_Section):
    """Where news of the farm goes, besides the comment on the pull request; see bots/channels.py."""

    kind: Literal["mail", "http", "discord", "irc"]
    to: SecretStr  # an address of mail, an URL (whoever knows Discord's may write), irc://host:port/channel, ircs://
    hears: tuple[Word, ...] = ("broken", "mended")
    branches: tuple[str, ...] = ()  # git branches; empty: all
    secret: SecretStr = SecretStr("")  # http: signs what is sent, as GitHub signs its webhooks; irc: the password
    nick: str = "camelot"  # irc

    @model_validator(mode="after")
    def _reachable(self) -> Channel:
        wanted = {
            "mail": r"[^\s@<>,]+@[^\s@<>,]+",
            "http": r"https?://[^\s/]+.*",
            "discord": r"https?://[^\s/]+/.*",
            "irc": r"ircs?://[^\s/:]+(:\d+)?/[#&]?[^\s,/]+",
        }
        if not re.fullmatch(wanted[self.kind], self.to.get_secret_value()):
            example = {"mail": "list@example.org", "irc": "irc://irc.example.org:6667/#farm"}
            write = example.get(self.kind, "https://example.org/hook")
            raise ValueError(f"`to` is no address for {self.kind}: write one like {write}")
        return self


class Mail(_Section):
    """The server that takes our mail."""

    host: str = ""  # empty: no mail can be sent, and a channel that is to have some is a mistake
    port: int = 25
    sender: str = "camelot@localhost"
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["none", "starttls", "tls"] = "none"


class ReleaseSettings(_Section):
    """Where a release is made and published."""

    product: str = "Rabbit"
    program: str = "rabbit"  # the executable that a build makes
    downloads: Path | None = None  # None: `downloads` in the data folder
    patchlevel: str = "Include/patchlevel.h"
    readme: str = "README.md"
    whatsnew: str = "Doc/whatsnew/{version}.rst"  # begun for the next feature version at the first beta
    docs: str = "Doc"  # where directives that say `next` and "(unreleased)" are looked for
    magic: str = "Include/internal/pycore_magic_number.h"  # the number of compiled files, where the tree has one
    magic_test: str = "Lib/test/test_importlib/test_util.py"  # and the test that must agree with it
    tiers_that_block: tuple[int, ...] = (1, 2)
    gpg_until: str = ""  # the last branch whose files are signed with GPG too (PEP 761); empty: none is
    gpg_home: Path | None = None  # the GPG home with the release managers' secret keys


class Settings(_Section):
    """Everything that can be set. See `profiles/rabbit.toml` for each key with its default."""

    profile: str
    today: date | None = None
    data: Path = Path(".camelot")
    database_url: SecretStr = SecretStr("")  # empty: SQLite in the data folder
    registry: Path | None = None  # None: the profile's own
    github: GitHub = GitHub()
    labels: Labels
    contexts: Contexts
    teams: Teams
    news: News
    stages: Stages = Stages()
    backports: Backports = Backports()
    path_labels: tuple[PathRule, ...] = ()
    cla: Cla = Cla()
    farm: Farm = Farm()
    operators: Operators = Operators()
    channels: dict[str, Channel] = Field(default_factory=dict)  # by a name of your own
    mail: Mail = Mail()
    bots: Web = Web(port=8080)
    console: Web = Web(port=8090)
    release: ReleaseSettings = Field(default_factory=ReleaseSettings)

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Settings:
        wanted = [f"channels.{name}" for name, channel in self.channels.items() if channel.kind == "mail"]
        wanted += ["farm.owners"] if self.farm.owners else []
        if wanted and not self.mail.host:
            raise ValueError(
                f"{wanted[0]} is to have mail, and mail.host is empty: name the server that takes our mail"
            )
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the one database."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data / 'camelot.db'}"

    @property
    def downloads(self) -> Path:
        return self.release.downloads or self.data / "downloads"

    def day(self) -> date:
        """The day that rules go by: CAMELOT_TODAY, else today in UTC."""
        return self.today or datetime.now(UTC).date()

    def load_registry(self) -> branches.Registry:
        return branches.load(self.registry or branches.registry_path(self.profile))


# What a repository may say of itself in a file that any maintainer can change: names and rules, no address or secret.
OF_REPOSITORY = ("labels", "contexts", "news", "stages", "backports", "cla")


def with_repository(base: Settings, text: str) -> Settings:
    """`base` with the repository's own TOML over it. Raises SettingsError with a line for each mistake."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not a TOML file: {error}") from None
    unknown = sorted(set(table) - set(OF_REPOSITORY))
    if unknown:
        names = ", ".join(unknown)
        raise SettingsError(f"{names} cannot be set here: write only {', '.join(OF_REPOSITORY)}")
    changed: dict[str, Any] = {}
    problems: list[str] = []
    for name, section in table.items():
        try:
            before = getattr(base, name)
            changed[name] = type(before).model_validate(_merge(before.model_dump(), {**section}))
        except ValidationError as error:
            problems += [_sentence({**problem, "loc": (name, *problem["loc"])}, None) for problem in error.errors()]
        except TypeError:
            problems.append(f"{name} is not a table: write [{name}] and keys below it")
    if problems:
        raise SettingsError("\n".join(problems))
    return base.model_copy(update=changed)


# Environment names are fixed, so that the same client drives any installation.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "CAMELOT_PROFILE": ("profile",),
    "CAMELOT_TODAY": ("today",),
    "CAMELOT_DATA": ("data",),
    "CAMELOT_REGISTRY": ("registry",),
    "DATABASE_URL": ("database_url",),
    "GITHUB_API_URL": ("github", "api_url"),
    "GITHUB_WEB_URL": ("github", "web_url"),
    "GITHUB_GIT_URL": ("github", "git_url"),
    "GITHUB_REPOSITORY": ("github", "repository"),
    "GITHUB_APP_ID": ("github", "app_id"),
    "GITHUB_APP_PRIVATE_KEY": ("github", "app_private_key"),
    "GITHUB_WEBHOOK_SECRET": ("github", "webhook_secret"),
    "GITHUB_CLIENT_ID": ("github", "client_id"),
    "GITHUB_CLIENT_SECRET": ("github", "client_secret"),
    "CAMELOT_BOTS_URL": ("bots", "url"),
    "CAMELOT_CONSOLE_URL": ("console", "url"),
    "CAMELOT_FARM_URL": ("farm", "url"),
    "CAMELOT_WORKER_PASSWORD": ("farm", "worker_password"),
}


def load(
    environ: Mapping[str, str],
    profile: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings in force: profile < file named by CAMELOT_CONFIG < environment < `overrides` (nested like the file).

    Raises SettingsError with one line a mistake, each naming the key and its value.
    """
    file = Path(environ["CAMELOT_CONFIG"]) if environ.get("CAMELOT_CONFIG") else None
    layers = [_read(file) if file else {}, _from_environment(environ), dict(overrides or {})]
    if profile:
        layers.append({"profile": profile})
    chosen = next((layer["profile"] for layer in reversed(layers) if "profile" in layer), "rabbit")
    if chosen not in PROFILE_NAMES:
        raise SettingsError(f"profile is {chosen!r}: write one of {', '.join(PROFILE_NAMES)}")
    merged: dict[str, Any] = _read(PROFILES / f"{chosen}.toml")
    for layer in layers:
        merged = _merge(merged, layer)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(dict(problem), file) for problem in error.errors())) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such settings file: correct CAMELOT_CONFIG or leave it out") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for name, path in ENVIRONMENT.items():
        if environ.get(name):
            layer = _merge(layer, _nest(path, environ[name]))
    return layer


def _nest(path: tuple[str, ...], value: str) -> dict[str, Any]:
    first, *rest = path
    return {first: _nest(tuple(rest), value) if rest else value}


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _sentence(problem: Mapping[str, Any], file: Path | None) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    where = f"{file}: " if file else "settings: "
    if problem["type"] == "extra_forbidden":
        return f"{where}{key} is not a setting: correct its name or take it out"
    if problem["type"] == "missing":
        return f"{where}{key} is missing: add it"
    return f"{where}{key} is {problem['input']!r}: {problem['msg']}"
