"""The repository's own settings file: taken over when it changes and can be used, else the one before stays in force.

A status on the commit says which; a key that nobody knows is named.
"""

from __future__ import annotations

from bots.decision import Decision
from core import settings
from core.settings import SettingsError
from forge.effects import AdoptConfiguration, Effect, SetStatus
from forge.events import Event, Pushed
from forge.facts import Facts

TAKEN, NONE = "In force", "Taken away: the defaults are in force"


def decide(event: Event, facts: Facts) -> Decision:
    if facts.configuration is None:
        return Decision()
    sha = event.after if isinstance(event, Pushed) else ""
    try:
        settings.with_repository(facts.settings, facts.configuration)
    except SettingsError as error:
        problem = "; ".join(str(error).splitlines())
        return Decision(_told(facts, sha, "failure", f"Kept the one before: {problem}"), problem)
    adopt = AdoptConfiguration(sha, facts.configuration)
    text = TAKEN if facts.configuration.strip() else NONE
    return Decision((adopt, *_told(facts, sha, "success", text)), text)


def _told(facts: Facts, sha: str, state: str, text: str) -> tuple[Effect, ...]:
    return (SetStatus(sha, facts.settings.contexts.configuration, state, text),) if sha else ()
