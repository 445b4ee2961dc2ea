"""Gates that somebody answers for: who, why, until when, signed, and checked again at each use.

A waiver is a claim in a DSSE envelope, signed by the release manager's key as releases are. The row repeats what it
says, so that people can read it; the envelope is what counts, and a row that says something else counts for nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from core.models import release_waivers
from core.permissions import may_waive
from core.settings import Settings
from core.store import now, text
from core.versions import Version
from release import keys, policy, sign
from release.judging import Excuse

WAIVER_TYPE = "https://camelot.invalid/release/waiver/v1"  # .invalid: an identifier, not an address to fetch
LONGEST_DAYS = 92  # longer is no exception any more, but a rule that should be changed

# Gates that nobody can answer for, and what to do instead.
NEVER: dict[str, str] = {
    "branch": "a release that its branch's phase does not allow would break the schedule: "
    "write the other phase into the registry with `camelot branches decide`",
    "version": "a tree, a README or a registry that says another version would be published as it is: correct it",
    "tag": "a tag is never moved, for people have it already: cut the next version",
    "tree": "two cuts of one branch would overwrite each other: resume or abandon the other",
}
# Gates of which only the answer "unknown" can be waived.
ONLY_UNKNOWN: dict[str, str] = {
    "news": "an entry that cannot be read cannot be gathered either: correct it",
    "magic": "files compiled by another version would be taken for this one's: correct the test or the number",
}
ABLE = ("date", "news", "builders", "notices", "blockers", "docs", "magic")


class WaiverError(ValueError):
    """It cannot be waived so; one sentence with the remedy."""


@dataclass(frozen=True)
class Waiver:
    """A row; `until` is the last day on which it holds, `revoked` the moment at which it was taken back."""

    id: int
    version: str
    gate: str
    actor: str
    why: str
    until: str
    at: str
    envelope: str
    revoked: str
    revoked_by: str


def waive(
    settings: Settings, engine: Engine, version: Version, gate: str, actor: str, why: str, until: date, today: date
) -> Waiver:
    """Answer for a gate of a version. Raises WaiverError for what nobody can waive, and for who may not."""
    _check(settings, version, gate, actor, why, until, today)
    said = {"version": str(version), "gate": gate, "actor": actor, "why": why.strip(), "until": until.isoformat()}
    row = {**said, "at": text(now())}
    envelope = sign.sign(_claim(row), keys.signing_key(settings, actor, today)).decode()
    with engine.begin() as connection:
        made = insert(release_waivers).values(**row, envelope=envelope).returning(release_waivers.c.id)
        key = int(connection.execute(made).scalar_one())
    return next(waiver for waiver in waivers(engine) if waiver.id == key)


def revoke(settings: Settings, engine: Engine, waiver_id: int, actor: str, today: date) -> Waiver:
    """Take a waiver back; taking it back again changes nothing. Raises WaiverError."""
    found = next((waiver for waiver in waivers(engine) if waiver.id == waiver_id), None)
    if found is None:
        raise WaiverError(f"there is no waiver {waiver_id}: `camelot release waivers` lists them")
    allowed = may_waive(settings.load_registry(), Version.parse(found.version).branch, actor, today)
    if not allowed.allowed:
        raise WaiverError(allowed.reason)
    mine = (release_waivers.c.id == waiver_id) & (release_waivers.c.revoked == "")
    with engine.begin() as connection:
        connection.execute(update(release_waivers).where(mine).values(revoked=text(now()), revoked_by=actor))
    return next(waiver for waiver in waivers(engine) if waiver.id == waiver_id)


def waivers(engine: Engine, version: str = "") -> list[Waiver]:
    """Of a version, or all (empty); the oldest first, those that no longer hold among them."""
    query = select(release_waivers).order_by(release_waivers.c.id)
    if version:
        query = query.where(release_waivers.c.version == version)
    with engine.begin() as connection:
        rows: Sequence[Row[Any]] = connection.execute(query).all()
    return [Waiver(**row._mapping) for row in rows]


def standing(settings: Settings, waiver: Waiver, today: date) -> str:
    """Empty while it holds; else why not, in words that go after "waiver 3 "."""
    if waiver.revoked:
        return f"was revoked by {waiver.revoked_by} on {waiver.revoked[:10]}"
    known = policy.of(settings)
    try:
        claim = sign.opened(waiver.envelope.encode(), known.unrevoked())
    except sign.SignatureError as error:
        return f"is forged: {error}"
    if claim != _claim(vars(waiver)):
        return "is forged: its row says something else than what was signed"
    if sign.signed_by(waiver.envelope.encode()) not in {key.keyid for key in known.keys_of(waiver.actor)}:
        return f"is forged: the key that signed it is not one of {waiver.actor}"
    allowed = may_waive(settings.load_registry(), Version.parse(waiver.version).branch, waiver.actor, today)
    if not allowed.allowed:
        return f"does not hold: {allowed.reason}"
    if today > date.fromisoformat(waiver.until):
        return f"of {waiver.actor} ran out on {waiver.until}"
    return ""


def applied(settings: Settings, engine: Engine, version: Version, today: date, found: Sequence[Excuse]) -> list[Excuse]:
    """The gates' answers, with those `waived` that somebody answers for; a waiver that does not hold is named."""
    known = waivers(engine, str(version))
    return [_applied(settings, excuse, [row for row in known if row.gate == excuse.gate], today) for excuse in found]


def _applied(settings: Settings, excuse: Excuse, rows: Sequence[Waiver], today: date) -> Excuse:
    """The newest waiver that holds counts; where none does, the newest one's fault is told."""
    if excuse.state == "pass" or not rows or _refusal(excuse.gate, excuse.state):
        return excuse
    faults = {row.id: standing(settings, row, today) for row in rows}
    good = [row for row in rows if not faults[row.id]]
    if not good:
        return replace(excuse, reason=f"{excuse.reason} (waiver {rows[-1].id} {faults[rows[-1].id]})")
    row = good[-1]
    said = {"waiver": row.id, "actor": row.actor, "why": row.why, "until": row.until, "was": excuse.state}
    words = f"waived by {row.actor} until {row.until}: {row.why} (it says: {excuse.reason})"
    return Excuse(excuse.gate, "waived", words, {**excuse.evidence, "waived": said})


def _check(settings: Settings, version: Version, gate: str, actor: str, why: str, until: date, today: date) -> None:
    if gate not in ABLE and gate not in NEVER:
        raise WaiverError(f"there is no gate {gate!r}: those that can be waived are {', '.join(ABLE)}")
    if refusal := _refusal(gate, "unknown"):
        raise WaiverError(f"{gate} cannot be waived: {refusal}")
    if not why.strip():
        raise WaiverError("the reason is empty: say with --why what makes the gate harmless this time")
    if not today <= until <= today + timedelta(LONGEST_DAYS):
        raise WaiverError(f"{until} is no end for a waiver: choose a day from {today} to {LONGEST_DAYS} days later")
    allowed = may_waive(settings.load_registry(), version.branch, actor, today)
    if not allowed.allowed:
        raise WaiverError(allowed.reason)


def _refusal(gate: str, state: str) -> str:
    """Why this answer of a gate cannot be waived; empty when it can."""
    return NEVER.get(gate) or (ONLY_UNKNOWN.get(gate, "") if state != "unknown" else "")


def _claim(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed: the statement about one gate of one version."""
    name = f"{row['version']}/{row['gate']}"
    fields = ("version", "gate", "actor", "why", "until", "at")
    return {
        "_type": sign.STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": hashlib.sha256(name.encode()).hexdigest()}}],
        "predicateType": WAIVER_TYPE,
        "predicate": {field: row[field] for field in fields},
    }
