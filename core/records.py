"""What we remember of pull requests and people: snapshots, backports, signatures, notices. Narrow reads and writes.

Every write may be repeated: the outbox carries an effect out again after a crash.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from core import standings
from core.database import reading, writing
from core.models import backports, configurations, notices, pull_requests, release_runs, signatures
from core.store import now, text


@dataclass(frozen=True)
class Pull:
    """The last snapshot of a pull request; `state` is open, closed or merged."""

    number: int
    title: str
    author: str
    state: str
    draft: bool
    base: str
    head_sha: str
    merge_sha: str
    stage: str
    why: str
    labels: tuple[str, ...]
    updated: str = ""  # GitHub's time of the last change, as text


@dataclass(frozen=True)
class Known:
    """What to compare with GitHub's list: `updated` is GitHub's own time of the last change when we last looked."""

    number: int
    state: str
    updated: str


@dataclass(frozen=True)
class BackportRow:
    """Where the backport of `number` onto `branch` stands.

    `state` is one of refused, opened, conflict, already-there, failed, merged; `result` is the backport's own pull
    request; `changed` is ISO text in UTC.
    """

    number: int
    branch: str
    state: str
    why: str
    result: int | None
    changed: str


@dataclass(frozen=True)
class Signature:
    """Somebody signed (or took back) a contributor agreement. `sha256` is of the text that was signed."""

    account_id: int
    login: str
    email: str
    document: str
    sha256: str
    revoked: bool
    at: str


@dataclass(frozen=True)
class NoticeRow:
    """A breakage that was told to pull request `number` (None: to nobody, and `why` says so)."""

    key: str
    number: int | None
    state: str
    commit: str
    body: Mapping[str, Any]
    why: str
    opened: str
    closed: str


# Asked for with most deliveries, so they are made once.
_LABELS = select(pull_requests.c.labels).where(pull_requests.c.number == bindparam("its"))
_RELABEL = update(pull_requests).where(pull_requests.c.number == bindparam("its")).values(labels=bindparam("new"))
_BACKPORTS = select(backports).order_by(backports.c.number.desc(), backports.c.branch)
_BACKPORTS_OF = _BACKPORTS.where(backports.c.number == bindparam("its"))
_UNDER_WAY = (
    select(release_runs.c.branch, release_runs.c.version)
    .where(release_runs.c.mode == "real", release_runs.c.state.in_(("running", "blocked")))
    .order_by(release_runs.c.id)
)


# --- pull requests ---


def remember_pull(engine: Engine, pull: Pull) -> None:
    """Keep this snapshot instead of the one before."""
    values = {**asdict(pull), "labels": sorted(pull.labels), "seen": text(now())}
    with writing(engine) as connection:
        _upsert(connection, pull_requests, {"number": values.pop("number")}, values)


def relabel(engine: Engine, number: int, label: str, there: bool) -> None:
    """The pull request has a label from now on, or has it no longer; the snapshot follows without a new look."""
    with writing(engine) as connection:
        labels = connection.execute(_LABELS, {"its": number}).scalar()
        if labels is not None:
            new = sorted({*labels, label} if there else {*labels} - {label})
            connection.execute(_RELABEL, {"its": number, "new": new})


def pull(engine: Engine, number: int) -> Pull | None:
    with reading(engine) as connection:
        row = connection.execute(select(pull_requests).where(pull_requests.c.number == number)).first()
    return _pull(row) if row else None


def pulls(engine: Engine) -> list[Pull]:
    """Every pull request that we have seen, newest first."""
    with reading(engine) as connection:
        return [_pull(row) for row in connection.execute(select(pull_requests).order_by(pull_requests.c.number.desc()))]


def known_pulls(engine: Engine) -> list[Known]:
    """Every pull request that we have seen, by number."""
    known = pull_requests.c
    with reading(engine) as connection:
        rows = connection.execute(select(known.number, known.state, known.updated).order_by(known.number)).all()
    return [Known(row.number, row.state, row.updated) for row in rows]


def pull_of_merge(engine: Engine, sha: str) -> Pull | None:
    """The merged pull request whose merge made commit `sha`; None where several were merged by one push."""
    query = select(pull_requests).where(pull_requests.c.merge_sha == sha, pull_requests.c.merge_sha != "")
    with reading(engine) as connection:
        rows = connection.execute(query.limit(2)).all()
    return _pull(rows[0]) if len(rows) == 1 else None


# --- backports ---


def set_backport(
    engine: Engine, number: int, branch: str, state: str, why: str = "", result: int | None = None
) -> None:
    """Where the backport of `number` onto `branch` stands from now on."""
    values = {"state": state, "why": why, "result": result, "changed": text(now())}
    with writing(engine) as connection:
        _upsert(connection, backports, {"number": number, "branch": branch}, values)


def backports_of(engine: Engine, number: int) -> list[BackportRow]:
    """All backports of a pull request, by branch."""
    return _backports(engine, _BACKPORTS_OF, {"its": number})


def all_backports(engine: Engine) -> list[BackportRow]:
    return _backports(engine, _BACKPORTS, {})


def backport_by_result(engine: Engine, result: int) -> BackportRow | None:
    """The backport whose own pull request is `result`."""
    found = _backports(engine, _BACKPORTS.where(backports.c.result == bindparam("its")), {"its": result})
    return found[0] if found else None


def _backports(engine: Engine, query: Select[Any], values: Mapping[str, int]) -> list[BackportRow]:
    with reading(engine) as connection:
        rows = connection.execute(query, values).all()
    return [BackportRow(row.number, row.branch, row.state, row.why, row.result, row.changed) for row in rows]


# --- signatures: rows are only ever added ---

_NEWEST = (
    select(func.max(signatures.c.id))
    .where(signatures.c.document == bindparam("document"))
    .group_by(signatures.c.account_id, signatures.c.email)
)
_NEWEST_OF = _NEWEST.where(
    or_(
        signatures.c.account_id.in_(bindparam("accounts", expanding=True)),
        func.lower(signatures.c.email).in_(bindparam("addresses", expanding=True)),
    )
)


def _standing(newest: Select[Any]) -> Select[Any]:
    still = signatures.c.id.in_(newest), signatures.c.revoked.is_(False)
    return select(signatures).where(*still).order_by(signatures.c.id)


_STANDING, _STANDING_OF = _standing(_NEWEST), _standing(_NEWEST_OF)


def add_signature(engine: Engine, signature: Signature) -> bool:
    """Write a signature down; False when the same one is in force already."""
    with writing(engine) as connection:
        if any(_same(known, signature) for known in in_force(engine, signature.document)):
            return False
        connection.execute(insert(signatures).values(**asdict(signature)))
    return True


def in_force(
    engine: Engine, document: str, accounts: Collection[int] | None = None, addresses: Collection[str] = ()
) -> list[Signature]:
    """The signatures of `document` that stand, one an account and address; a later revocation ends a signature.

    With `accounts`, only theirs and those of `addresses` (in lower case).
    """
    query: Select[Any] = _STANDING
    values: dict[str, Any] = {"document": document}
    if accounts is not None:
        query = _STANDING_OF
        values |= {"accounts": list(accounts), "addresses": list(addresses)}
    with reading(engine) as connection:
        rows = connection.execute(query, values).all()
    return [
        Signature(row.account_id, row.login, row.email, row.document, row.sha256, row.revoked, row.at) for row in rows
    ]


def _same(known: Signature, new: Signature) -> bool:
    return not new.revoked and (known.account_id, known.email, known.sha256) == (new.account_id, new.email, new.sha256)


def signature_rows(engine: Engine) -> list[Signature]:
    """Every row that was ever written, oldest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(signatures).order_by(signatures.c.id)).all()
    return [Signature(**{name: value for name, value in row._mapping.items() if name != "id"}) for row in rows]


# --- releases and settings ---


def releases_under_way(engine: Engine) -> dict[str, str]:
    """Branch -> version of every release that is being made for real."""
    with reading(engine) as connection:
        return {row.branch: row.version for row in connection.execute(_UNDER_WAY)}


def adopt_configuration(engine: Engine, sha: str, text_: str) -> bool:
    """The repository's settings from now on; False when they were in force already."""
    if configuration(engine) == text_:
        return False
    with writing(engine) as connection:
        connection.execute(insert(configurations).values(sha=sha, text=text_, at=text(now())))
    return True


def configuration(engine: Engine) -> str:
    """The repository's settings in force, as TOML; empty when it has none."""
    query = select(configurations.c.text).order_by(configurations.c.id.desc()).limit(1)
    with reading(engine) as connection:
        return connection.execute(query).scalar() or ""


# --- notices ---


def open_notice(
    engine: Engine, key: str, number: int | None, commit: str, body: Mapping[str, Any], why: str = ""
) -> bool:
    """Open a notice of the breakage `key`. One that is open already gets the new body (False).

    While that one was told to nobody, it also learns whom it is told to; who was told once stays the one.
    """
    row = {"key": key, "number": number, "state": "open", "commit": commit, "body": dict(body), "why": why}
    mine = and_(notices.c.key == key, notices.c.state == "open")
    with writing(engine) as connection:
        standings.touch(connection)
        if connection.execute(update(notices).where(mine).values(body=dict(body))).rowcount:
            told = {"number": number, "commit": commit, "why": why}
            if number is None and why:
                connection.execute(update(notices).where(mine, notices.c.number.is_(None)).values(why=why))
            if number is not None:
                connection.execute(update(notices).where(mine, notices.c.number.is_(None)).values(**told))
            return False
        connection.execute(insert(notices).values(**row, opened=text(now())))
        return True


def close_notice(engine: Engine, key: str) -> bool:
    """The breakage `key` is mended; False when no notice of it is open."""
    with writing(engine) as connection:
        done = connection.execute(
            update(notices)
            .where(notices.c.key == key, notices.c.state == "open")
            .values(state="closed", closed=text(now()))
        )
        standings.touch(connection)
    return done.rowcount > 0


def open_notices(engine: Engine) -> list[NoticeRow]:
    return [notice for notice in all_notices(engine) if notice.state == "open"]


def all_notices(engine: Engine) -> list[NoticeRow]:
    """Every notice, oldest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(notices).order_by(notices.c.id)).all()
    return [
        NoticeRow(row.key, row.number, row.state, row.commit, row.body, row.why, row.opened, row.closed) for row in rows
    ]


def _pull(row: Any) -> Pull:
    fields = dict(row._mapping)
    del fields["seen"]
    return Pull(**{**fields, "labels": tuple(fields["labels"])})


def _upsert(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Writers of one row are deliveries of one subject, which never run at the same time: no race to lose here."""
    change, new = _upserting(table, tuple(key), tuple(values))
    row = {**values, **{f"its_{name}": value for name, value in key.items()}}
    if connection.execute(change, row).rowcount == 0:
        connection.execute(new, {**key, **values})


@cache
def _upserting(table: Table, key: tuple[str, ...], values: tuple[str, ...]) -> tuple[Update, Insert]:
    """Made once: making a statement takes longer than running it."""
    mine = and_(*(table.c[name] == bindparam(f"its_{name}") for name in key))
    return update(table).where(mine).values({name: bindparam(name) for name in values}), insert(table)
