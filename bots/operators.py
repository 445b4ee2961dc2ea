"""Tell the operators, once, of a delivery that was tried too often: it waits for a person from now on."""

from __future__ import annotations

from bots.decision import Decision
from forge.effects import TellOperators
from forge.events import Event, Parked
from forge.facts import Facts

WORDS = "{event} ({guid}) was tried too often and waits for you: {error}\nTake it up again: camelot replay {guid}"


def decide(event: Event, _facts: Facts) -> Decision:
    if not isinstance(event, Parked):
        return Decision()
    words = WORDS.format(event=event.event, guid=event.guid, error=event.error)
    return Decision((TellOperators(words),), "an operator has to look")
