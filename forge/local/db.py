"""What the forge remembers, beside the repositories themselves: one SQLite file, and the few verbs to use it.

Transactions are short and never await, so the single event loop runs them one at a time and each is all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.schema import CreateColumn

Row: TypeAlias = "dict[str, Any]"
metadata = MetaData()
Name = String(collation="NOCASE")  # logins, repository and label names keep their case and ignore it when compared


def _key() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _to(target: str, name: str, required: bool = True, **more: Any) -> Column[Any]:
    return Column(name, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=not required, **more)


accounts = Table(
    "accounts",
    metadata,
    _key(),
    Column("login", Name, unique=True, nullable=False),
    Column("type", String, nullable=False),  # User, Organization, Bot
    Column("name", Text),
    Column("email", Name),
    Column("token_hash", String, unique=True),  # of a personal access token
    Column("created_at", String, nullable=False),
)
teams = Table(
    "teams",
    metadata,
    _key(),
    _to("accounts", "org_id"),
    Column("slug", Name, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("org_id", "slug"),
)
members = Table(
    "members",
    metadata,
    _to("teams", "team_id", primary_key=True),
    _to("accounts", "account_id", primary_key=True),
    Column("role", String, nullable=False),  # member, maintainer
)
repos = Table(
    "repos",
    metadata,
    _key(),
    _to("accounts", "owner_id"),
    Column("name", Name, nullable=False),
    Column("description", Text),
    Column("private", Boolean, nullable=False, default=False),
    Column("default_branch", String, nullable=False),
    _to("repos", "parent_id", required=False),
    Column("created_at", String, nullable=False),
    Column("pushed_at", String, nullable=False),
    Column("last_number", Integer, nullable=False, default=0),  # issues and pull requests count together
    UniqueConstraint("owner_id", "name"),
)
rights = Table(
    "rights",
    metadata,
    _key(),
    _to("repos", "repo_id"),
    _to("accounts", "account_id", required=False),
    _to("teams", "team_id", required=False),
    Column("permission", String, nullable=False),
)
protections = Table(
    "protections",
    metadata,
    _to("repos", "repo_id", primary_key=True),
    Column("branch", String, primary_key=True),
    Column("rules", JSON, nullable=False),
)
refs = Table(  # as last announced; what git holds beyond this is news
    "refs",
    metadata,
    _to("repos", "repo_id", primary_key=True),
    Column("name", String, primary_key=True),
    Column("sha", String, nullable=False),
)
pushes = Table(  # who is pushing now: known after a crash in the middle
    "pushes",
    metadata,
    _key(),
    _to("repos", "repo_id"),
    _to("accounts", "account_id"),
)
apps = Table(
    "apps",
    metadata,
    _key(),
    _to("accounts", "bot_id"),
    _to("accounts", "owner_id"),
    Column("slug", Name, unique=True, nullable=False),
    Column("name", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("webhook_url", Text, nullable=False),
    Column("webhook_secret", Text, nullable=False),
    Column("permissions", JSON, nullable=False),
    Column("events", JSON, nullable=False),
    Column("created_at", String, nullable=False),
)
installations = Table(
    "installations",
    metadata,
    _key(),
    _to("apps", "app_id"),
    _to("accounts", "account_id"),
    Column("created_at", String, nullable=False),
)
installed = Table(
    "installed",
    metadata,
    _to("installations", "installation_id", primary_key=True),
    _to("repos", "repo_id", primary_key=True),
)
tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", String, primary_key=True),
    _to("installations", "installation_id"),
    Column("expires_at", String, nullable=False),
)
emails = Table(  # further addresses of a person, beside the one of the account
    "emails",
    metadata,
    _to("accounts", "account_id", primary_key=True),
    Column("email", Name, primary_key=True),
    Column("verified", Boolean, nullable=False),
)
clients = Table(  # an App as people log in through it
    "clients",
    metadata,
    _to("apps", "app_id", primary_key=True),
    Column("client_id", String, unique=True, nullable=False),
    Column("secret_hash", String, nullable=False),
    Column("callbacks", JSON, nullable=False),  # addresses that a login may return to, or below which it may
)
codes = Table(  # a login on its way back to the App
    "codes",
    metadata,
    Column("code_hash", String, primary_key=True),
    _to("apps", "app_id"),
    _to("accounts", "account_id"),
    Column("redirect_uri", Text, nullable=False),  # as asked for; empty: the App's own
    Column("challenge", String, nullable=False),  # PKCE, S256; empty: none
    Column("expires_at", String, nullable=False),
)
user_tokens = Table(  # what an App holds of a person who logged in
    "user_tokens",
    metadata,
    Column("token_hash", String, primary_key=True),
    _to("apps", "app_id"),
    _to("accounts", "account_id"),
)
labels = Table(
    "labels",
    metadata,
    _key(),
    _to("repos", "repo_id"),
    Column("name", Name, nullable=False),
    Column("color", String, nullable=False),
    Column("description", Text),
    UniqueConstraint("repo_id", "name"),
)
issues = Table(
    "issues",
    metadata,
    _key(),
    _to("repos", "repo_id"),
    Column("number", Integer, nullable=False),
    Column("is_pull", Boolean, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text),
    _to("accounts", "author_id"),
    Column("state", String, nullable=False),  # open, closed
    Column("state_reason", String),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("closed_at", String),
    _to("accounts", "closed_by_id", required=False),
    UniqueConstraint("repo_id", "number"),
)
gone = Table(  # numbers of issues that were deleted, or moved to another repository
    "gone",
    metadata,
    _to("repos", "repo_id", primary_key=True),
    Column("number", Integer, primary_key=True),
    _to("issues", "now_id", required=False),  # where it is now; none: deleted
)
issue_labels = Table(
    "issue_labels",
    metadata,
    _to("issues", "issue_id", primary_key=True),
    _to("labels", "label_id", primary_key=True),
)
assignees = Table(
    "assignees",
    metadata,
    _to("issues", "issue_id", primary_key=True),
    _to("accounts", "account_id", primary_key=True),
)
pulls = Table(
    "pulls",
    metadata,
    _to("issues", "issue_id", primary_key=True),
    _to("repos", "repo_id"),
    Column("base_ref", String, nullable=False),
    Column("base_sha", String, nullable=False),
    _to("repos", "head_repo_id"),
    Column("head_ref", String, nullable=False),
    Column("head_sha", String, nullable=False),
    Column("draft", Boolean, nullable=False),
    Column("mergeable", Boolean),
    Column("merge_sha", String),  # open: the test merge; merged: the commit on the base branch
    Column("merged_at", String),
    _to("accounts", "merged_by_id", required=False),
    Column("commits", Integer, nullable=False),
    Column("behind", Integer, nullable=False, server_default="0"),  # commits of the base that the head has not
    Column("additions", Integer, nullable=False),
    Column("deletions", Integer, nullable=False),
    Column("changed_files", Integer, nullable=False),
    Column("maintainer_can_modify", Boolean, nullable=False),
    Column("intent_sha", String),  # a merge that has begun: once the base branch holds this commit, it is done
    _to("accounts", "intent_by_id", required=False),
)
requested = Table(
    "requested",
    metadata,
    _key(),
    _to("issues", "issue_id"),
    _to("accounts", "account_id", required=False),
    _to("teams", "team_id", required=False),
)
comments = Table(
    "comments",
    metadata,
    _key(),
    _to("issues", "issue_id"),
    _to("accounts", "author_id"),
    Column("body", Text, nullable=False),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
)
reviews = Table(
    "reviews",
    metadata,
    _key(),
    _to("issues", "issue_id"),
    _to("accounts", "author_id"),
    Column("state", String, nullable=False),  # PENDING, COMMENTED, APPROVED, CHANGES_REQUESTED, DISMISSED
    Column("body", Text, nullable=False),
    Column("commit_sha", String, nullable=False),
    Column("submitted_at", String),
)
timeline = Table(  # what was done to an issue or pull request beside talking
    "timeline",
    metadata,
    _key(),
    _to("issues", "issue_id"),
    _to("accounts", "actor_id"),
    Column("event", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", String, nullable=False),
)
statuses = Table(
    "statuses",
    metadata,
    _key(),
    _to("repos", "repo_id"),
    Column("sha", String, nullable=False, index=True),
    Column("context", String, nullable=False),
    Column("state", String, nullable=False),  # error, failure, pending, success
    Column("description", Text),
    Column("target_url", Text),
    _to("accounts", "creator_id"),
    Column("created_at", String, nullable=False),
)
releases = Table(
    "releases",
    metadata,
    _key(),
    _to("repos", "repo_id"),
    Column("tag_name", String, nullable=False),
    Column("target", String, nullable=False),
    Column("name", Text),
    Column("body", Text),
    Column("draft", Boolean, nullable=False),
    Column("prerelease", Boolean, nullable=False),
    _to("accounts", "author_id"),
    Column("created_at", String, nullable=False),
    Column("published_at", String),
    UniqueConstraint("repo_id", "tag_name"),
)
deliveries = Table(  # one row an attempt; attempts of one event share its guid
    "deliveries",
    metadata,
    _key(),
    _to("apps", "app_id"),
    _to("installations", "installation_id", required=False),
    _to("repos", "repo_id", required=False),
    Column("guid", String, nullable=False, index=True),
    Column(
        "turn", Integer, nullable=False, default=0
    ),  # an automatic retry keeps its first attempt's place in the queue
    Column("event", String, nullable=False),
    Column("action", String),
    Column("payload", Text, nullable=False),
    Column("redelivery", Boolean, nullable=False),
    Column("waiting", Boolean, nullable=False, index=True),
    Column("created_at", String, nullable=False),
    Column("not_before", Float, nullable=False, default=0.0),  # seconds since the epoch
    Column("url", Text, nullable=False, default=""),
    Column("status", String),
    Column("status_code", Integer, nullable=False, default=0),
    Column("duration_s", Float, nullable=False, default=0.0),
    Column("delivered_at", String),
    Column("request_headers", JSON),
    Column("response_headers", JSON),
    Column("response_body", Text),
)


def open_database(file: Path) -> Engine:
    """The engine of the forge's memory, with its tables made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    metadata.create_all(engine)
    _grow(engine)
    return engine


def _grow(engine: Engine) -> None:
    """Give the tables of an older run the columns that they lack."""
    known = inspect(engine)
    with engine.begin() as connection:
        for table in metadata.tables.values():
            there = {column["name"] for column in known.get_columns(table.name)}
            for column in table.columns:
                if column.name not in there:
                    spelled = CreateColumn(column).compile(engine)
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {spelled}")


def _prepare(connection: Any, _record: object) -> None:
    """WAL with `synchronous=NORMAL` outlives `kill -9`; only a power cut could take the last moments."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _where(table: Table, equals: Row) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in equals.items()]


@cache
def _lookup(table: Table, names: tuple[str, ...], nulls: tuple[str, ...], limit: int | None) -> Select[Any]:
    """`SELECT` of the rows with these columns, made once: building a statement takes longer than running it."""
    where = [table.c[name] == bindparam(name) for name in names] + [table.c[name].is_(None) for name in nulls]
    return select(table).where(*where).order_by(*table.primary_key.columns).limit(limit)


def _look_up(tx: Connection, table: Table, equals: Row, limit: int | None) -> list[Row]:
    given = {name: value for name, value in equals.items() if value is not None}
    nulls = tuple(name for name, value in equals.items() if value is None)
    found = tx.execute(_lookup(table, tuple(given), nulls, limit), given)
    return [dict(row) for row in found.mappings()]


def many(
    tx: Connection,
    table: Table,
    *where: ColumnElement[bool],
    order: Any = None,
    limit: int | None = None,
    **equals: Any,
) -> list[Row]:
    """The rows that fit, in the order of their keys unless said otherwise."""
    if not where and order is None:
        return _look_up(tx, table, equals, limit)
    order = order if order is not None else tuple(table.primary_key.columns)
    order = order if isinstance(order, tuple) else (order,)
    found = tx.execute(select(table).where(*where, *_where(table, equals)).order_by(*order).limit(limit))
    return [dict(row) for row in found.mappings()]


def one(tx: Connection, table: Table, *where: ColumnElement[bool], **equals: Any) -> Row | None:
    found = many(tx, table, *where, limit=1, **equals)
    return found[0] if found else None


def get(tx: Connection, table: Table, **equals: Any) -> Row:
    """The row that must be there. Raises LookupError when it is not: a defect of ours, never a user's mistake."""
    found = one(tx, table, **equals)
    if found is None:
        raise LookupError(f"no row in {table.name} with {equals}")
    return found


def add(tx: Connection, table: Table, **values: Any) -> int:
    """The key of the new row (0 for tables with a compound key)."""
    key = tx.execute(insert(table).values(**values)).inserted_primary_key
    return int(key[0]) if key is not None and len(key) == 1 and isinstance(key[0], int) else 0


def change(tx: Connection, table: Table, equals: Row, **values: Any) -> int:
    return tx.execute(update(table).where(*_where(table, equals)).values(**values)).rowcount


def drop(tx: Connection, table: Table, *where: ColumnElement[bool], **equals: Any) -> int:
    return tx.execute(delete(table).where(*where, *_where(table, equals))).rowcount


def put(tx: Connection, table: Table, equals: Row, **values: Any) -> None:
    """Change the row that fits, or add it."""
    if not (change(tx, table, equals, **values) if values else one(tx, table, **equals)):
        add(tx, table, **equals, **values)


def in_(column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    return column.in_(list(values))
