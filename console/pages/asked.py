"""What a page is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine

from core.branches import Registry
from core.settings import Settings


@dataclass(frozen=True)
class Asked:
    """`match` holds the parts of the address: a number, a commit; `query` what stands behind its question mark."""

    settings: Settings
    engine: Engine
    registry: Registry
    today: date
    match: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
