"""What the person asked for on the command line, before the verb."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.settings import Settings


@dataclass(frozen=True)
class Request:
    """Options that every verb shares; None where nothing was said."""

    profile: str | None
    config: Path | None
    today: date | None

    def environ(self) -> dict[str, str]:
        """The environment with the command line laid over it, for us and for the processes we start."""
        over = {"CAMELOT_PROFILE": self.profile, "CAMELOT_CONFIG": self.config, "CAMELOT_TODAY": self.today}
        return {**os.environ, **{name: str(value) for name, value in over.items() if value is not None}}

    def settings(self, **overrides: Any) -> Settings:
        from core import settings

        return settings.load(self.environ(), overrides=overrides)
