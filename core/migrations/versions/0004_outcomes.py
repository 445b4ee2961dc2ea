"""The result of every test file and failing case, and builds of some tests only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for table in ("build_requests", "builds"):
        op.add_column(table, sa.Column("tests", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("build", sa.Integer(), nullable=False),
        sa.Column("builder", sa.String(length=120), nullable=False),
        sa.Column("branch", sa.String(length=100), nullable=False),
        sa.Column("commit", sa.String(length=64), nullable=False),
        sa.Column("test", sa.String(length=200), nullable=False),
        sa.Column("case", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("rerun", sa.String(length=10), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["build"], ["builds.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outcomes_test", "outcomes", ["branch", "test", "case", "id"])
    op.create_index("outcomes_build", "outcomes", ["build"])
