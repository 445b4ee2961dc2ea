"""The calendar: every release, and every day on which a branch changes its status, as iCalendar (RFC 5545).

An event keeps its UID for good. Given the calendar that was published before, an event whose day has moved has a higher
SEQUENCE, and one that is no longer planned is CANCELLED instead of vanishing: subscribers hear of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event

from core.branches import Branch, Registry, Status
from release.formats import Names

# Days before an event on which it reminds.
RELEASE_ALARMS = (7, 0)
TURN_ALARMS = (30, 7, 0)
END_OF_LIFE_ALARMS = (90, 30, 7, 0)

Component = Any  # icalendar's, whose properties it types as one of thirty


class CalendarError(ValueError):
    """What was given as the earlier calendar is none."""


@dataclass(frozen=True)
class Planned:
    """An event as it is to be: `certain` once it has happened."""

    uid: str
    day: date
    summary: str
    description: str
    certain: bool
    alarms: tuple[int, ...]
    url: str = ""


def ical(registry: Registry, today: date, names: Names, previous: str = "") -> str:
    """The calendar as text. Same registry, day and earlier calendar: same bytes. Raises CalendarError."""
    calendar: Component = Calendar()
    calendar.add("prodid", f"-//Camelot//{names.product} releases//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{names.product} releases")
    known = _known(previous)
    wanted = {event.uid: event for event in events(registry, today, names)}
    made = [_event(event, known.get(event.uid), today) for event in wanted.values()]
    made += [_cancelled(event, today) for uid, event in known.items() if uid not in wanted]
    for event in sorted(made, key=lambda event: (event["dtstart"].dt, str(event["uid"]))):
        calendar.add_component(event)
    return str(calendar.to_ical().decode())


def events(registry: Registry, today: date, names: Names) -> Iterator[Planned]:
    """All that is in the calendar, branch by branch."""
    for branch in registry:
        yield from _releases(branch, today, names)
        yield from _turns(branch, today, names)


def _releases(branch: Branch, today: date, names: Names) -> Iterator[Planned]:
    for row in branch.releases:
        out = row.state == "actual"
        words = f"{names.product} {row.version.spoken()}"
        yield Planned(
            uid=_uid(names, str(row.version)),
            day=row.date,
            summary=f"{words} (recalled)" if row.recalled else words,
            description=row.note,
            certain=out,
            alarms=() if out else RELEASE_ALARMS,
            url=_pep(branch),
        )


# A change of status: what the event is called in its UID, in words, and when it reminds.
TURNS: Mapping[Status, tuple[tuple[str, str, tuple[int, ...]], ...]] = {
    Status.FEATURE: (("start-of-development", "development begins", ()),),
    Status.PRERELEASE: (("feature-freeze", "feature freeze", TURN_ALARMS),),
    Status.SECURITY: (
        ("end-of-bugfix", "end of bug fixes", TURN_ALARMS),
        ("security", "security fixes only from here", TURN_ALARMS),
    ),
    Status.END_OF_LIFE: (("end-of-life", "end of life", END_OF_LIFE_ALARMS),),
}


def _turns(branch: Branch, today: date, names: Names) -> Iterator[Planned]:
    for turn in branch.turns:
        for name, words, alarms in TURNS.get(turn.status, ()):
            yield Planned(
                uid=_uid(names, f"{branch.version}-{name}"),
                day=turn.day,
                summary=f"{names.product} {branch.version}: {words}",
                description=turn.why,
                certain=turn.day <= today,
                alarms=alarms if turn.day > today else (),
                url=_pep(branch),
            )


def _uid(names: Names, what: str) -> str:
    return f"{names.program}-{what}@releases.camelot.invalid"


def _pep(branch: Branch) -> str:
    return f"https://peps.python.org/pep-{branch.pep:04}/" if branch.pep else ""


def _known(previous: str) -> dict[str, Component]:
    """The events of the calendar published before, by UID."""
    if not previous.strip():
        return {}
    try:
        calendar: Component = Calendar.from_ical(previous)
    except ValueError as error:
        raise CalendarError(f"the earlier calendar cannot be read: {error}: give one that we wrote, or none") from None
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def _event(wanted: Planned, before: Component | None, today: date) -> Component:
    event: Component = Event()
    event.add("uid", wanted.uid)
    event.add("dtstart", wanted.day)
    event.add("dtend", wanted.day + timedelta(days=1))
    event.add("summary", wanted.summary)
    if wanted.description:
        event.add("description", wanted.description)
    if wanted.url:
        event.add("url", wanted.url)
    event.add("status", "CONFIRMED" if wanted.certain else "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    for days in wanted.alarms:
        event.add_component(_alarm(wanted.summary, days))
    same = before is not None and _words(before) == _words(event)
    stamp = before["dtstamp"].dt if before is not None and same else datetime.combine(today, time(), UTC)
    event.add("sequence", _sequence(event, before))
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    return event


def _sequence(event: Component, before: Component | None) -> int:
    """One more than before where the day is another, or where it had been cancelled."""
    if before is None:
        return 0
    moved = before["dtstart"].dt != event["dtstart"].dt or str(before.get("status")) == "CANCELLED"
    return int(before.get("sequence", 0)) + moved


def _words(event: Component) -> tuple[Any, ...]:
    """What subscribers see of it."""
    shown = tuple(str(event.get(name, "")) for name in ("summary", "description", "url", "status"))
    return (event["dtstart"].dt, *shown)


def _alarm(summary: str, days: int) -> Component:
    alarm: Component = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"{summary} {f'in {days} days' if days else 'today'}")
    alarm.add("trigger", timedelta(days=-days))
    return alarm


def _cancelled(event: Component, today: date) -> Component:
    if str(event.get("status")) == "CANCELLED":
        return event
    gone: Component = Event()
    for name in ("uid", "dtstart", "dtend", "summary", "url", "transp"):
        if name in event:
            gone.add(name, event[name])
    gone.add("status", "CANCELLED")
    gone.add("sequence", int(event.get("sequence", 0)) + 1)
    stamp = datetime.combine(today, time(), UTC)
    gone.add("dtstamp", stamp)
    gone.add("last-modified", stamp)
    return gone
