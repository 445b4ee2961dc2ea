"""What a reaction answers: the effects it wants, and a sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass

from forge.effects import Effect


@dataclass(frozen=True)
class Decision:
    """Carried out in the order given. `why` is kept for `explain` and the pages; it may be empty."""

    effects: tuple[Effect, ...] = ()
    why: str = ""
