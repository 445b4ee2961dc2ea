"""Turns are looked up by their time."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("content_calls_at", "content_calls", ["at"])
