"""What is done of a hunt for leaks is kept while it goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "hunt_parts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("hunt", sa.String(length=80), nullable=False),
        sa.Column("commit", sa.String(length=64), nullable=False),
        sa.Column("pieces", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("result", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
    )
    op.create_index("hunt_parts_hunt", "hunt_parts", ["hunt"])
