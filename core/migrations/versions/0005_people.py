"""What a release asks of people, the gates that they waive, and the steps of transitions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def words(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def prose(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def number() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "release_tasks",
        number(),
        sa.Column("run", sa.Integer(), nullable=False),
        words("step", 60),
        words("owner", 100),
        prose("title"),
        prose("link"),
        prose("text"),
        words("wants", 12),
        words("expected", 64),
        words("state", 12),
        prose("evidence"),
        words("actor", 100),
        words("opened", 40),
        words("finished", 40),
        sa.ForeignKeyConstraint(["run"], ["release_runs.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("release_tasks_run", "release_tasks", ["run", "step"])
    op.create_table(
        "release_waivers",
        number(),
        words("version", 20),
        words("gate", 20),
        words("actor", 100),
        prose("why"),
        words("until", 10),
        words("at", 40),
        prose("envelope"),
        words("revoked", 40),
        words("revoked_by", 100),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("release_waivers_version", "release_waivers", ["version", "gate"])
    op.create_table(
        "transition_steps",
        number(),
        words("profile", 40),
        words("version", 20),
        words("target", 20),
        words("step", 60),
        words("state", 12),
        words("at", 10),
        words("actor", 100),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("profile", "version", "target", "step"),
    )
