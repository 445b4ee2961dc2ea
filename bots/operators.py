"""Tell the operators, once, of what waits for a person: a delivery tried too often, a branch that is due to turn."""

from __future__ import annotations

from bots.decision import Decision
from core import reminders
from forge.effects import TellOperators
from forge.events import DayBegan, Event, Parked
from forge.facts import Facts

WORDS = "{event} ({guid}) was tried too often and waits for you: {error}\nTake it up again: camelot replay {guid}"


def decide(event: Event, facts: Facts) -> Decision:
    if isinstance(event, DayBegan):
        near = reminders.due(facts.registry, event.day)
        return Decision(tuple(TellOperators(str(reminder)) for reminder in near), "; ".join(map(str, near)))
    if not isinstance(event, Parked):
        return Decision()
    words = WORDS.format(event=event.event, guid=event.guid, error=event.error)
    return Decision((TellOperators(words),), "an operator has to look")
